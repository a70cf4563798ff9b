// Decision replay: a recorded run as a World. Every action must come again, byte for byte.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "policies/core/journal.h"
#include "policies/core/world.h"

namespace tandem {

/// The scheduler did not decide again as it had.
class ReplayMismatch : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reports the steps of a journal, and throws ReplayMismatch ("FILE:LINE: recorded …, replay did
/// …") at the first action that differs.
class ReplayWorld final : public World {
 public:
  /// `reader` must outlive the world.
  explicit ReplayWorld(JournalReader& reader) : reader_(reader) {}

  std::optional<Step> next(std::optional<Time> deadline) override;
  void apply(const Action& action) override;

  std::size_t steps() const { return steps_; }
  std::size_t actions() const { return actions_; }

 private:
  JournalReader& reader_;
  std::vector<JournalReader::RecordedAction> expected_;
  std::size_t matched_ = 0;  ///< Of expected_.
  std::size_t step_line_ = 0;
  std::size_t steps_ = 0;
  std::size_t actions_ = 0;
};

}  // namespace tandem
