// tandem-worker: what a worker runs is a transformer on LibTorch.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>

#include "executor/train/trainer.h"
#include "executor/worker/measure.h"
#include "executor/worker/served_model.h"
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
  StepReport step(const AskWish& wish) override { return trainer_.step(wish); }
  void save(const std::filesystem::path& folder) override { trainer_.save(folder); }
  double evaluate() override { return trainer_.evaluate(); }
  std::int64_t tokens_per_step() const override { return trainer_.tokens_per_step(); }
  std::int64_t peak_memory_bytes() const override { return trainer_.peak_memory_bytes(); }

 private:
  Trainer trainer_;
};

/// Of "--measure N --on DEVICE --threads N [--engine FILE]", which `tandem calibrate` says; nothing
/// if the first is not there.
std::optional<MeasureRequest> measure_request(int argc, char** argv) {
  MeasureRequest request;
  bool is_asked = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    const char* value = argv[i + 1];
    if (option == "--measure") {
      is_asked = true;
      request.ranks = std::atoi(value);
    } else if (option == "--on") {
      request.on = value;
    } else if (option == "--threads") {
      request.threads = std::atoi(value);
    } else if (option == "--engine") {
      request.engine = value;
    } else if (option == "--rank") {
      request.rank = std::atoi(value);
    } else if (option == "--meet") {
      request.meet = value;
    }
  }
  return is_asked ? std::optional(request) : std::nullopt;
}

}  // namespace
}  // namespace tandem

int main(int argc, char** argv) {
  int code = 1;
  try {
    if (const auto request = tandem::measure_request(argc, argv)) {
      code = tandem::measure(*request);
    } else {
      const auto train = [](const auto& spec, const auto& place) {
        return std::make_unique<tandem::Training>(spec, place);
      };
      code = tandem::run_worker(argc, argv, {train, tandem::served_model});
    }
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
