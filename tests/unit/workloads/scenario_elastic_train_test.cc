// Training jobs that run on more or fewer devices: which sizes, and how fast each is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/error_of.h"
#include "tests/support/random.h"
#include "tests/support/temporary_file.h"
#include "tests/unit/workloads/scenario_text.h"
#include "workloads/catalog/catalog.h"
#include "workloads/training.h"

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The job begins in line 7.
std::string text(const std::string& train, const std::string& model = "gpt2") {
  return with_jobs("  - train: { name: t, model: " + model + ", steps: 10, " + train + " }");
}

std::vector<std::uint32_t> sizes(const std::string& train) {
  const auto arrivals = all_arrivals(load(text(train)));
  return arrivals[0].job.elastic ? arrivals[0].job.elastic->sizes : std::vector<std::uint32_t>{};
}

TEST(ElasticTrain, HasTheSizesThatDivideItsBatch) {
  // dp 1, 2, 3, 4, 6 and 12 divide 12 sequences.
  EXPECT_THAT(sizes("batch: 12, parallel: { dp: 4 }, elastic: { min: 1, max: 16 }"),
              ElementsAre(1, 2, 3, 4, 6, 12));
  EXPECT_THAT(sizes("batch: 12, parallel: { dp: 4 }, elastic: { min: 2, max: 5 }"),
              ElementsAre(2, 3, 4));
  EXPECT_THAT(sizes("batch: 12, micro_batch: 2, parallel: { dp: 2 }, elastic: { min: 1, max: 16 }"),
              ElementsAre(1, 2, 3, 6));
  EXPECT_THAT(sizes("batch: 12, parallel: { tp: 2, dp: 2 }, elastic: { min: 1, max: 9 }"),
              ElementsAre(2, 4, 6, 8));
  // With interleaved stages their number divides that of the micro-batches: dp is 1 or 2.
  EXPECT_THAT(sizes("batch: 8, parallel: { pp: 4, interleave: 3 }, elastic: { min: 1, max: 16 }"),
              ElementsAre(4, 8));
}

TEST(ElasticTrain, PrefersItsLayout) {
  const Job job =
      all_arrivals(load(text("batch: 12, parallel: { dp: 4 }, elastic: { min: 2, max: 12 }")))[0]
          .job;
  EXPECT_EQ(job.demand.devices, 4U);
  EXPECT_EQ(job.least_devices(), 2U);
  EXPECT_EQ(job.most_devices(), 12U);
}

TEST(ElasticTrain, IsAsFastAsItsStepsAre) {
  const Scenario scenario =
      load(text("batch: 12, parallel: { dp: 4 }, elastic: { min: 1, max: 12 "
                "}"));
  const Arrival arrival = all_arrivals(scenario)[0];
  const Catalog& catalog = built_in_catalog();
  const Machine machine = usual_machine(catalog, catalog.device("h100-sxm"));
  const double own =
      step_time(arrival.training->model(), machine, arrival.training->layout()).seconds();
  EXPECT_NEAR(to_seconds(arrival.run_time), 10 * own, 1e-6);
  const Elastic& elastic = *arrival.job.elastic;
  for (const std::uint32_t size : elastic.sizes) {
    Layout layout = arrival.training->layout();
    layout.data = size;
    const double step = step_time(arrival.training->model(), machine, layout).seconds();
    EXPECT_DOUBLE_EQ(arrival.training->step_s({0}, size), step);
    EXPECT_NEAR(static_cast<double>(elastic.speedup_ppm(size)), 1e6 * own / step, 1) << size;
  }
  EXPECT_EQ(elastic.speedup_ppm(4), 1'000'000U);
  EXPECT_EQ(scenario.models.rate({}, &elastic, 4, {0}, 2).ppm, elastic.speedup_ppm(2));
}

TEST(ElasticTrain, LeavesNoSizeOut) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    Layout layout;
    layout.tensor = 1 + random.below(4);
    layout.pipeline = 1 + random.below(3);
    layout.expert = 1 + random.below(2);
    layout.interleave = layout.pipeline > 1 ? 1 + random.below(2) : 1;
    layout.micro_batch = 1 + random.below(3);
    layout.batch = 1 + random.below(200);
    const std::uint32_t least = 1 + random.below(20);
    const std::uint32_t most = least + random.below(100);
    std::vector<std::uint32_t> expected;
    for (std::uint32_t size = least; size <= most; ++size) {
      const std::int64_t replica = layout.tensor * layout.pipeline;
      const std::int64_t data = size / replica;
      if (size % replica != 0 || data % layout.expert != 0) continue;
      if (layout.batch % (data * layout.micro_batch) != 0) continue;
      const std::int64_t micro_batches = layout.batch / (data * layout.micro_batch);
      if (layout.interleave > 1 && micro_batches % layout.pipeline != 0) continue;
      expected.push_back(size);
    }
    ASSERT_EQ(possible_sizes(layout, least, most), expected) << "seed " << seed;
  }
}

TEST(ElasticTrain, IsDrawnToo) {
  const auto arrivals = all_arrivals(load(with_jobs(
      "  - generate: { count: 20, arrival: poisson, load: 0.5, duration: { deterministic: "
      "1 h }, elastic: { min: 1, max: 8 },\n      train: [{ model: gpt2, batch: 8, "
      "parallel: { dp: 4 } }, { model: gpt2, batch: 6, parallel: { dp: 2 } }] }")));
  std::size_t wide = 0;
  for (const Arrival& arrival : arrivals) {
    const bool is_wide = arrival.job.demand.devices == 4;
    wide += is_wide ? 1 : 0;
    EXPECT_EQ(arrival.job.elastic->sizes, is_wide ? (std::vector<std::uint32_t>{1, 2, 4, 8})
                                                  : (std::vector<std::uint32_t>{1, 2, 3, 6}));
  }
  EXPECT_GT(wide, 0U);
  EXPECT_LT(wide, arrivals.size());
}

TEST(ElasticTrain, MistakesAreExplained) {
  const std::string dp = "batch: 12, parallel: { dp: 4 }, ";
  expect_error(text(dp + "elastic: { min: 5, max: 12 }"),
               "s.yaml:7:88: elastic: the 4 devices of its layout are not from min 5 to max 12");
  expect_error(text(dp + "elastic: { min: 4, max: 5 }"),
               "s.yaml:7:88: elastic: from min 4 to max 5 its layout has one size, 4: sizes are tp "
               "* pp = 1 times a dp, where dp * micro_batch divides the batch of 12");
  expect_error(text(dp + "elastic: { min: 1, max: 12, speedup: { 1: 1, 4: 3 } }"),
               "elastic: how fast it is on more devices follows from its layout: leave 'speedup' "
               "out");
  expect_error(text("batch: 10, parallel: { dp: 4 }, elastic: { min: 1, max: 12 }"),
               "elastic: --batch 10 cannot be divided by --dp times --micro-batch 4");
  // A seventh of the model's optimizer fits, but not all of it.
  expect_error(text("batch: 16, parallel: { dp: 16, zero: 3 }, recompute: full, elastic: { min: 1, "
                    "max: 16 }",
                    "llama-2-7b"),
               "train: llama-2-7b cannot run here; h100-sxm: on 1 of them: needs ");
  EXPECT_EQ(error_of(text("batch: 16, parallel: { dp: 16, zero: 3 }, recompute: full, elastic: { "
                          "min: 4, max: 16 }",
                          "llama-2-7b")),
            "");
  expect_error(with_jobs("  - evaluate: { name: e, checkpoints: here, rows: 8, model: gpt2, batch: "
                         "8, parallel: { dp: 2 }, elastic: { min: 1, max: 2 } }"),
               "elastic: an evaluation keeps the size of its layout");
}

TEST(ElasticTrain, EverySizeIsMeasuredOrModelled) {
  const std::string step = "{ model: llama-1m, batch: 8, sequence: 128, precision: fp32, ";
  const auto with = [&](const std::string& steps) {
    return "devices:\n- { name: mine, title: Mine, memory: 1 GB, memory_bytes_per_s: 1, sources: "
           "[me],\n    measured: { steps: [" +
           steps + "] } }\n";
  };
  const auto scenario = [](const TemporaryFile& profile) {
    return "tandem: 1\nname: one\ncatalog: [" + profile.path().string() +
           "]\ncluster:\n  nodes: [{ name: m, devices: { type: mine, count: 2 } }]\nworkload:\n  "
           "jobs:\n  - train: { name: a, model: llama-1m, steps: 10, batch: 8, sequence: 128, "
           "parallel: { dp: 2 }, precision: fp32, elastic: { min: 1, max: 2 } }\n";
  };
  const TemporaryFile whole("whole.yaml",
                            with(step + "seconds: 1 }, " + step + "dp: 2, seconds: 0.6 }"));
  const Arrival arrival = all_arrivals(load(scenario(whole)))[0];
  EXPECT_EQ(arrival.training->step_s({0}, 1), 1);
  EXPECT_EQ(arrival.training->step_s({0}, 2), 0.6);
  EXPECT_EQ(arrival.job.elastic->speedup_ppm(1), 600'000U);
  const TemporaryFile half("half.yaml", with(step + "dp: 2, seconds: 0.6 }"));
  EXPECT_THAT(error_of([&] { load(scenario(half)); }),
              HasSubstr("mine: on 1 of them: the catalogue knows no usual node of it, and this "
                        "layout was not measured"));
}

}  // namespace
}  // namespace tandem
