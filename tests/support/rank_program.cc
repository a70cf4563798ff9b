// One rank of a gang that trains, as a process:
//   rank_program SPEC.json RENDEZVOUS RANK PATIENCE_MS [COMMAND…]
// in which commands are done one after the other, all numbers printed whole, as hexadecimals:
//   steps N       N more steps; a line for each: step, loss, norm of the gradient
//   stop-after N  this rank wants to stop from when N steps are done
//   resume DIR, save DIR, evaluate, sizes
// It ends with "clean" when everything has been taken down, also after "lost: …".

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "executor/collective/group.h"
#include "executor/train/trainer.h"

namespace tandem {
namespace {

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

class Rank {
 public:
  Rank(const TrainingSpec& spec, const RankPlace& place) : trainer_(spec, place) {}

  void run(std::span<char*> words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string command = words[i];
      const auto argument = [&] { return std::string(words[++i]); };
      if (command == "steps") {
        step(std::stoll(argument()));
      } else if (command == "stop-after") {
        stop_after_ = std::stoll(argument());
      } else if (command == "resume") {
        say(fmt::format("resumed {}", trainer_.resume(argument())));
      } else if (command == "save") {
        trainer_.save(argument());
      } else if (command == "evaluate") {
        say(fmt::format("evaluation {:a}", trainer_.evaluate()));
      } else if (command == "sizes") {
        say(fmt::format("parameters {} moments {}", trainer_.parameters(),
                        trainer_.moment_bytes()));
      } else {
        throw std::invalid_argument("no command " + command);
      }
    }
  }

 private:
  void step(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      const StepReport report =
          trainer_.step(trainer_.steps_done() >= stop_after_ ? Wish::kStop : Wish::kGoOn);
      say(fmt::format("step {} {:a} {:a}", report.step, report.loss, report.gradient_norm));
      if (report.agreed == Wish::kStop) {
        say(fmt::format("stopped after {}", report.step));
        return;
      }
    }
  }

  Trainer trainer_;
  std::int64_t stop_after_ = std::numeric_limits<std::int64_t>::max();
};

int run(std::span<char*> words) {
  std::ifstream in(words[1]);
  const TrainingSpec spec = training_spec_of(nlohmann::json::parse(in));
  RankPlace place;
  place.rendezvous = words[2];
  place.rank = std::stoi(words[3]);
  place.world = static_cast<int>(spec.layout.devices());
  place.patience = std::chrono::milliseconds{std::stoll(words[4])};
  try {
    Rank(spec, place).run(words.subspan(5));
  } catch (const GroupLost& lost) {
    say(std::string("lost: ") + lost.what());
  } catch (const std::exception& error) {
    say(std::string("error: ") + error.what());
    return 1;
  }
  say("clean");
  return 0;
}

}  // namespace
}  // namespace tandem

int main(int argc, char** argv) { return tandem::run({argv, static_cast<std::size_t>(argc)}); }
