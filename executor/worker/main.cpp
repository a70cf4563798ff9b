// tandem-worker: what a worker runs is a transformer on LibTorch.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <memory>

#include "executor/train/trainer.h"
#include "executor/worker/worker.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

class Training final : public Computation {
 public:
  Training(const TrainingSpec& spec, const RankPlace& place) : trainer_(spec, place) {}
  std::int64_t resume(const std::filesystem::path& folder) override {
    const std::int64_t steps = trainer_.resume(folder);
    for (const std::string& warning : trainer_.warnings()) fmt::print(stderr, "{}\n", warning);
    return steps;
  }
  StepReport step(Wish wish) override { return trainer_.step(wish); }
  void save(const std::filesystem::path& folder) override { trainer_.save(folder); }
  double evaluate() override { return trainer_.evaluate(); }
  std::int64_t tokens_per_step() const override { return trainer_.tokens_per_step(); }
  std::int64_t peak_memory_bytes() const override { return trainer_.peak_memory_bytes(); }

 private:
  Trainer trainer_;
};

}  // namespace
}  // namespace tandem

int main(int argc, char** argv) {
  int code = 1;
  try {
    code = tandem::run_worker(argc, argv, [](const auto& spec, const auto& place) {
      return std::make_unique<tandem::Training>(spec, place);
    });
  } catch (const tandem::InputError& error) {
    fmt::print(stderr, "tandem-worker: {}\n", error.what());
    code = 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "tandem-worker: {}\n", error.what());
  }
  // Not by return: what lost its peers may wait for them in a destructor.
  std::fflush(nullptr);
  _exit(code);
}
