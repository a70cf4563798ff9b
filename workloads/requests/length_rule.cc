#include "workloads/requests/length_rule.h"

#include <algorithm>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>

#include "workloads/requests/request_draft.h"

namespace tandem {

bool is_random(const LengthRule& rule) {
  const auto* separate = std::get_if<SeparateLengths>(&rule);
  return separate == nullptr || separate->prompt.is_random() || separate->output.is_random();
}

std::uint32_t whole_tokens(double amount) {
  return static_cast<std::uint32_t>(
      std::llround(std::clamp(amount, 1.0, static_cast<double>(kMostTokens))));
}

LengthDraws::LengthDraws(const LengthRule& rule, std::uint64_t seed, std::uint64_t source)
    : rule_(rule),
      prompts_(make_stream(seed, source, Purpose::kPrompt)),
      outputs_(make_stream(seed, source, Purpose::kOutput)) {}

Lengths LengthDraws::draw(Time time) {
  return std::visit([&](const auto& rule) { return draw(rule, time); }, rule_);
}

Lengths LengthDraws::draw(const SeparateLengths& rule, Time) {
  return {whole_tokens(rule.prompt.draw(prompts_)), whole_tokens(rule.output.draw(outputs_))};
}

Lengths LengthDraws::draw(const RecordedLengths& rule, Time) {
  return (
      *rule)[boost::random::uniform_int_distribution<std::size_t>(0, rule->size() - 1)(prompts_)];
}

Lengths LengthDraws::draw(const WindowedLengths& rule, Time time) {
  while (window_ + 1 < rule->size() && (*rule)[window_ + 1].start <= time) ++window_;
  const LengthWindow& window = (*rule)[window_];
  return {window.prompt.draw(prompts_), window.output.draw(outputs_)};
}

}  // namespace tandem
