// A worker that sleeps instead of computing: everything else about it is real. What a step takes is
// in the environment (TANDEM_STEP_MS), and so is a step at which it breaks (TANDEM_BREAK_AT).
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "executor/worker/worker.h"
#include "policies/core/error.h"
#include "tests/support/arithmetic_model.h"

namespace tandem {
namespace {

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

class Sleeper final : public Computation {
 public:
  Sleeper(const TrainingSpec& spec, const RankPlace& place) : spec_(spec), place_(place) {
    if (spec.recipe.seed == 13) throw InputError("this recipe is no good");
  }
  std::int64_t resume(const std::filesystem::path& folder) override {
    std::ifstream(folder / "step") >> steps_done_;
    return steps_done_;
  }
  StepReport step(const AskWish& wish) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(setting("TANDEM_STEP_MS", 10)));
    if (++steps_done_ == setting("TANDEM_BREAK_AT", -1)) throw std::runtime_error("broken");
    return {steps_done_, 1.0 / static_cast<double>(steps_done_), 1, 1e-3, wish()};
  }
  void save(const std::filesystem::path& folder) override {
    if (place_.rank != 0) return;
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "step.partial") << steps_done_ << '\n';
    std::filesystem::rename(folder / "step.partial", folder / "step");
  }
  double evaluate() override { return 1; }
  std::int64_t tokens_per_step() const override {
    return spec_.layout.batch * spec_.layout.sequence;
  }
  std::int64_t peak_memory_bytes() const override { return 1 << 20; }

 private:
  const TrainingSpec spec_;
  const RankPlace place_;
  std::int64_t steps_done_ = 0;
};

/// Answers what arithmetic says, after a sleep for each step.
class Dreamer final : public ArithmeticModel {
 public:
  explicit Dreamer(const ServingSpec& spec)
      : ArithmeticModel({.block_tokens = spec.engine.block_tokens,
                         .blocks = spec.engine.kv_blocks,
                         .context = spec.model.context,
                         .vocabulary = spec.model.vocabulary}) {}
  std::vector<GivenToken> compute(std::span<const StepPart> parts) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(setting("TANDEM_STEP_MS", 10)));
    return ArithmeticModel::compute(parts);
  }
};

}  // namespace
}  // namespace tandem

int main(int argc, char** argv) {
  const auto train = [](const auto& spec, const auto& place) {
    return std::make_unique<tandem::Sleeper>(spec, place);
  };
  const auto serve = [](const auto& spec, const std::string&, int) {
    return std::make_unique<tandem::Dreamer>(spec);
  };
  const int code = tandem::run_worker(argc, argv, {train, serve});
  std::fflush(nullptr);
  _exit(code);
}
