#include "policies/core/replay_world.h"

#include <fmt/format.h>

#include <utility>

namespace tandem {

std::optional<Step> ReplayWorld::next(std::optional<Time>) {
  if (matched_ < expected_.size()) {
    throw ReplayMismatch(fmt::format("{}:{}: recorded '{}', replay did nothing", reader_.file(),
                                     expected_[matched_].line, expected_[matched_].text));
  }
  auto recorded = reader_.next();
  if (!recorded) return std::nullopt;
  expected_ = std::move(recorded->actions);
  matched_ = 0;
  step_line_ = recorded->line;
  ++steps_;
  return std::move(recorded->step);
}

void ReplayWorld::apply(const Action& action) {
  const std::string replayed = to_line(action);
  if (matched_ == expected_.size()) {
    throw ReplayMismatch(fmt::format("{}:{}: recorded nothing more in this step, replay did '{}'",
                                     reader_.file(), step_line_, replayed));
  }
  const auto& recorded = expected_[matched_];
  if (recorded.text != replayed) {
    throw ReplayMismatch(fmt::format("{}:{}: recorded '{}', replay did '{}'", reader_.file(),
                                     recorded.line, recorded.text, replayed));
  }
  ++matched_;
  ++actions_;
}

}  // namespace tandem
