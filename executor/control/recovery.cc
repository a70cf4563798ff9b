#include "executor/control/recovery.h"

#include <fmt/format.h>

#include <memory>
#include <sstream>

#include "policies/core/error.h"
#include "policies/core/replay_world.h"

namespace tandem {
namespace {

JournalReader reader_of(const std::string& text, const std::string& file) {
  const auto lines = std::make_shared<std::istringstream>(text);
  return {[lines](std::string& line) { return static_cast<bool>(std::getline(*lines, line)); },
          file};
}

/// `recorded` may lack actions at its end if it is the last step: the controller was killed while
/// it wrote, and had carried out none of them.
void check_decisions(const JournalReader::RecordedStep& recorded,
                     const std::vector<Action>& decided, bool is_last, const std::string& file) {
  for (std::size_t i = 0; i < recorded.actions.size(); ++i) {
    const std::string again = i < decided.size() ? to_line(decided[i]) : "nothing";
    if (again == recorded.actions[i].text) continue;
    throw ReplayMismatch(fmt::format("{}:{}: recorded '{}', this program decides '{}'", file,
                                     recorded.actions[i].line, recorded.actions[i].text, again));
  }
  if (!is_last && decided.size() > recorded.actions.size()) {
    throw ReplayMismatch(
        fmt::format("{}:{}: recorded nothing more in this step, this program "
                    "decides '{}'",
                    file, recorded.line, to_line(decided[recorded.actions.size()])));
  }
}

std::string text_of(const Step& step, const std::vector<Action>& actions) {
  std::string text;
  JournalWriter writer([&text](std::string_view lines) { text += lines; });
  writer.begin_step(step.now);
  for (const Event& event : step.events) writer.event(event);
  for (const Action& action : actions) writer.action(action);
  writer.flush();
  return text;
}

}  // namespace

void check_same_run(const JournalRemains& remains, const std::string& file,
                    const RunHeader& header) {
  const RunHeader recorded = reader_of(remains.text, file).header();
  const auto expect = [&file](bool same, const std::string& what) {
    if (!same) {
      throw InputError({file, 0, 0}, what + "; go on with what began it, or choose another folder");
    }
  };
  expect(!remains.complete, "this run has come to its end");
  expect(recorded.scenario_hash == header.scenario_hash, "this run is of another scenario");
  expect(recorded.policy == header.policy, "this run has another policy, " + recorded.policy);
  expect(recorded.seed == header.seed, fmt::format("this run has another seed, {}", recorded.seed));
}

void recover(const JournalRemains& remains, const std::string& file, Scheduler& scheduler,
             RealWorld& world, JournalLog& log) {
  JournalReader reader = reader_of(remains.text, file);
  auto recorded = reader.next();
  while (recorded) {
    auto following = reader.next();
    const bool is_last = !following;
    const std::vector<Action>& decided = scheduler.step(recorded->step);
    check_decisions(*recorded, decided, is_last, file);
    world.recall(recorded->step, decided);
    if (is_last) log.replace_end(remains.last_step, text_of(recorded->step, decided));
    recorded = std::move(following);
  }
  log.mute(false);
}

}  // namespace tandem
