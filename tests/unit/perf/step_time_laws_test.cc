// What must hold of every model on every device in every layout, tried on some thousands.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "workloads/perf/step_time.h"

namespace tandem {
namespace {

struct Case {
  const Architecture& model;
  Machine machine;
  Layout layout;

  std::string name() const {
    return model.name + " on " + machine.device->name + ", tp " + std::to_string(layout.tensor) +
           ", pp " + std::to_string(layout.pipeline) + ", dp " + std::to_string(layout.data) +
           ", zero " + std::to_string(layout.zero);
  }
};

Layout layout_of(const Architecture& model, const DeviceType& device, std::int64_t t,
                 std::int64_t p, std::int64_t d) {
  Layout layout;
  layout.tensor = t;
  layout.pipeline = p;
  layout.data = d;
  layout.batch = 4 * d * p;
  layout.sequence = std::min<std::int64_t>(model.context, 2048);
  layout.precision = device.peak_bf16 ? Precision::kBf16 : Precision::kFp16;
  layout.sequence_parallel = t > 1;
  return layout;
}

/// Calls `check` for every case without an obstacle; there must be many.
void for_cases(const std::function<void(const Case&)>& check) {
  const Catalog& catalog = built_in_catalog();
  int cases = 0;
  for (const Architecture& model : catalog.models) {
    for (const char* type : {"a100-sxm-80g", "h100-sxm", "v100-sxm-16g", "l4"}) {
      const Machine machine = usual_machine(catalog, catalog.device(type));
      for (const std::int64_t t : {1, 2, 8}) {
        for (const std::int64_t p : {1, 4}) {
          for (const std::int64_t d : {1, 8, 64}) {
            const Layout layout = layout_of(model, *machine.device, t, p, d);
            if (!obstacle(model, machine, layout).empty()) continue;
            check({model, machine, layout});
            ++cases;
          }
        }
      }
    }
  }
  EXPECT_GT(cases, 2000);
}

StepTime time_of(const Case& some) { return step_time(some.model, some.machine, some.layout); }

TEST(StepTimeLaws, PartsArePositiveAndWithinThePeak) {
  for_cases([](const Case& some) {
    const StepTime time = time_of(some);
    for (const double part :
         {time.forward.total(), time.backward.total(), time.optimizer, time.overhead}) {
      EXPECT_GT(part, 0) << some.name();
    }
    for (const double part : {time.forward.host, time.backward.host, time.recompute.total(),
                              time.head, time.transfers, time.bubble, time.data}) {
      EXPECT_GE(part, 0) << some.name();
    }
    EXPECT_TRUE(std::isfinite(time.seconds())) << some.name();
    EXPECT_GT(time.mfu(), 0) << some.name();
    EXPECT_LT(time.mfu(), 0.9) << some.name();
    EXPECT_LE(time.data, time.data_whole * (1 + 1e-12)) << some.name();
  });
}

TEST(StepTimeLaws, AWorseNetworkIsNeverFaster) {
  for_cases([](Case some) {
    const double before = time_of(some).seconds();
    some.machine.oversubscription = 2;
    EXPECT_GE(time_of(some).seconds(), before) << some.name();
  });
}

TEST(StepTimeLaws, HidingIsNeverSlower) {
  for_cases([](Case some) {
    const double hidden = time_of(some).seconds();
    some.layout.overlap_data = some.layout.overlap_tensor = false;
    EXPECT_GE(time_of(some).seconds(), hidden * (1 - 1e-12)) << some.name();
  });
}

TEST(StepTimeLaws, RecomputingTakesTimeAndSavesActivations) {
  for_cases([](Case some) {
    const double kept = layer_activations(some.model, some.layout);
    const double before = time_of(some).forward.total() + time_of(some).backward.total();
    some.layout.recompute = Recompute::kFull;
    const StepTime time = time_of(some);
    EXPECT_LT(layer_activations(some.model, some.layout), kept) << some.name();
    EXPECT_GT(time.forward.total() + time.backward.total() + time.recompute.total(), before)
        << some.name();
  });
}

TEST(StepTimeLaws, ShardingMoreNeverNeedsMore) {
  for_cases([](Case some) {
    double before = memory_use(some.model, some.machine, some.layout).total();
    for (int zero = 1; zero <= 2; ++zero) {
      some.layout.zero = zero;
      const double now = memory_use(some.model, some.machine, some.layout).total();
      EXPECT_LE(now, before) << some.name();
      before = now;
    }
  });
}

TEST(StepTimeLaws, MoreWorkTakesLonger) {
  for_cases([](Case some) {
    const double before = time_of(some).seconds();
    some.layout.batch *= 2;
    const double twice = time_of(some).seconds();
    EXPECT_GT(twice, before) << some.name();
    EXPECT_LE(twice, 2 * before) << some.name();
  });
}

}  // namespace
}  // namespace tandem
