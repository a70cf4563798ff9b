// How long generated prompts and answers are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "workloads/generators/distribution.h"
#include "workloads/requests/lengths.h"
#include "workloads/requests/servegen.h"

namespace tandem {

/// Two distributions, drawn from independently. Draws are rounded to whole tokens, at least 1.
struct SeparateLengths {
  Distribution prompt;
  Distribution output;
};
/// Pairs as they were recorded, each equally often: long prompts keep their answers.
using RecordedLengths = std::shared_ptr<const std::vector<Lengths>>;
/// Histograms that change with time.
using WindowedLengths = std::shared_ptr<const std::vector<LengthWindow>>;

using LengthRule = std::variant<SeparateLengths, RecordedLengths, WindowedLengths>;

bool is_random(const LengthRule& rule);

/// A positive amount as whole tokens.
std::uint32_t whole_tokens(double amount);

/// Draws the lengths of one source's requests.
class LengthDraws {
 public:
  /// The rule must outlive it.
  LengthDraws(const LengthRule& rule, std::uint64_t seed, std::uint64_t source);

  /// `time` counts as the rule's windows do, and never goes back.
  Lengths draw(Time time);

 private:
  Lengths draw(const SeparateLengths& rule, Time);
  Lengths draw(const RecordedLengths& rule, Time);
  Lengths draw(const WindowedLengths& rule, Time time);

  const LengthRule& rule_;
  Stream prompts_;
  Stream outputs_;
  std::size_t window_ = 0;
};

}  // namespace tandem
