// Training jobs: devices, run times and states that follow from model and layout.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "tests/support/error_of.h"
#include "tests/support/temporary_file.h"
#include "tests/unit/workloads/scenario_text.h"
#include "workloads/catalog/catalog.h"
#include "workloads/training.h"

namespace tandem {
namespace {

using testing::HasSubstr;

std::string text(const std::string& train, const std::string& network = "") {
  return "tandem: 1\nname: test\ncluster:\n  nodes:\n"
         "  - { name: h, count: 4, devices: { type: h100-sxm, count: 8 } }\n"
         "  - { name: a, count: 4, devices: { type: a100-sxm-80g, count: 8 } }\n" +
         network + "workload:\n  jobs:\n  - train: { name: t, model: llama-2-7b, " + train + " }\n";
}
const std::string kLayout = "batch: 32, parallel: { tp: 2, dp: 8, zero: 1 }, recompute: full";

Arrival arrival(const std::string& settings, const std::string& network = "") {
  return all_arrivals(load(text(settings, network)))[0];
}

TEST(ScenarioTrain, RunTimeIsThatOfItsSteps) {
  const Scenario scenario = load(text("steps: 100, " + kLayout));
  const Arrival job = all_arrivals(scenario)[0];
  EXPECT_EQ(job.job.demand.devices, 16U);
  EXPECT_EQ(job.job.demand.types & 3U, 3U);
  ASSERT_NE(job.training, nullptr);
  const double h100 = job.training->step_s(DeviceTypeId{0}, 16);
  const double a100 = job.training->step_s(DeviceTypeId{1}, 16);
  EXPECT_NEAR(to_seconds(job.run_time), 100 * h100, 1e-6);
  EXPECT_EQ(job.job.estimate, job.run_time);
  EXPECT_NEAR(scenario.models.speed_ppm(job.job.model, DeviceTypeId{1}), 1e6 * h100 / a100, 1);
}

TEST(ScenarioTrain, StepIsThatOfTheCommand) {
  // The very machine that `tandem models step --devices 16xa100-sxm-80g` takes.
  const Arrival job = arrival("steps: 1, types: [a100-sxm-80g], " + kLayout);
  const Catalog& catalog = built_in_catalog();
  Layout layout;
  layout.tensor = 2;
  layout.data = 8;
  layout.zero = 1;
  layout.batch = 32;
  layout.sequence = catalog.model("llama-2-7b").context;
  layout.recompute = Recompute::kFull;
  const Machine machine = usual_machine(catalog, catalog.device("a100-sxm-80g"));
  const double expected = step_time(catalog.model("llama-2-7b"), machine, layout).seconds();
  EXPECT_NEAR(to_seconds(job.run_time), expected, 1e-6);
  EXPECT_EQ(job.job.demand.types & 3U, 2U);
}

TEST(ScenarioTrain, TokensMakeSteps) {
  const Arrival job = arrival("tokens: 1e9, sequence: 2048, " + kLayout);
  EXPECT_EQ(job.training->steps(), 15'259) << "1e9 / (32 * 2048), rounded up";
}

TEST(ScenarioTrain, StateIsWeightsAndOptimizer) {
  EXPECT_EQ(arrival("steps: 1, " + kLayout).state.count, 14 * 6'738'415'616);
  EXPECT_EQ(arrival("steps: 1, state: 5 GB, " + kLayout).state.count, 5'000'000'000);
}

TEST(ScenarioTrain, ASlowNetworkIsFelt) {
  const std::string settings =
      "steps: 10, batch: 32, parallel: { dp: 16, zero: 3 }, recompute: full";
  const Duration fast =
      arrival(settings, "  network: { nic: 400 Gbps, nics_per_node: 8 }\n").run_time;
  const Duration slow =
      arrival(settings, "  network: { nic: 25 Gbps, nics_per_node: 1 }\n").run_time;
  EXPECT_GT(slow, 2 * fast);
}

TEST(ScenarioTrain, LosesWhatItsShareOfTheNetworkLacks) {
  const Arrival job =
      arrival("steps: 1, batch: 32, parallel: { dp: 16, zero: 3 }, recompute: full");
  const Training& training = *job.training;
  const DeviceTypeId h100{0};
  double before = training.step_s(h100, 16, 8, 1);
  for (const double share : {0.5, 0.25, 0.1, 0.01}) {
    EXPECT_GE(training.step_s(h100, 16, 8, share), before);
    before = training.step_s(h100, 16, 8, share);
    EXPECT_NEAR(training.sending_s(h100, 16, 8, share), training.sending_s(h100, 16, 8, 1) / share,
                1e-9 * before);
    EXPECT_LE(training.sending_s(h100, 16, 8, share), before * 1.001)
        << "sends no longer than it lasts";
  }
}

TEST(ScenarioTrain, IsDrawnByWeight) {
  const std::string head =
      "tandem: 1\nname: test\ncluster:\n"
      "  nodes: [{ name: h, count: 8, devices: { type: h100-sxm, count: 8 } }]\nworkload:\n  "
      "jobs:\n"
      "  - generate:\n      count: 400\n      arrival: poisson\n      load: 0.5\n"
      "      duration: { deterministic: 1 h }\n";
  const std::string train =
      "      train:\n"
      "        - { weight: 3, model: gpt2, batch: 64, parallel: { dp: 8 } }\n"
      "        - { model: llama-2-7b, batch: 64, parallel: { dp: 16, zero: 3 }, recompute: full "
      "}\n";
  int wide = 0;
  const auto arrivals = all_arrivals(load(head + train));
  for (const Arrival& arrival : arrivals) {
    ASSERT_NE(arrival.training, nullptr);
    EXPECT_EQ(arrival.run_time, std::chrono::hours{1});
    EXPECT_EQ(arrival.job.demand.devices, arrival.training->layout().devices());
    EXPECT_EQ(arrival.state.count, arrival.training->state().count);
    wide += arrival.job.demand.devices == 16 ? 1 : 0;
  }
  EXPECT_NEAR(wide, 100, 4 * std::sqrt(400 * 0.25 * 0.75));
  // 64 devices at half load, 10 devices an hour each: 3.2 jobs an hour.
  const double hours = to_seconds(arrivals.back().job.submitted - kStartOfTime) / 3600;
  EXPECT_NEAR(400 / hours, 3.2, 4 * 3.2 / 20);
  expect_error(head + "      devices: 8\n" + train,
               "'devices' and 'train' exclude each other: give one of them");
}

TEST(ScenarioTrain, MistakesAreExplained) {
  expect_error(text("steps: 1, batch: 32, parallel: { tp: 3 }"),
               "train: llama-2-7b cannot run here; h100-sxm: heads 32 cannot be divided by --tp 3");
  expect_error(text("steps: 1, batch: 1, parallel: {}"), "GB on a device that has");
  expect_error(text("batch: 32, parallel: { dp: 16 }"), "tokens");
  expect_error(text("steps: 1, batch: 100000000, parallel: { tp: 32, pp: 32, dp: 1000000 }"),
               "parallel: tp * pp * dp is 1024000000, more than the 1000000 devices");
  std::string unknown = text("steps: 1, " + kLayout);
  unknown.replace(unknown.find("llama-2-7b"), 10, "lama-2-7b!");
  expect_error(unknown, "llama-2-7b");
}

constexpr const char* kMine = R"(
models:
  - { name: tiny, title: Tiny, layers: 2, hidden: 512, heads: 8, ffn: 2048, vocabulary: 1000,
      context: 512, sources: [mine] }
devices:
  - { name: mine-1, title: Mine, memory: 10 GB, memory_bytes_per_s: 1e12, peak_bf16: 1e14,
      busy_watts: 123, node: { devices: 4, fabric: my-wire, network: my-wire }, sources: [mine] }
fabrics:
  - { name: my-wire, title: My wire, bytes_per_s: 1e10, sources: [mine] }
)";

std::string with_catalog(const std::string& file, const std::string& device,
                         const std::string& model) {
  return "tandem: 1\nname: test\ncatalog: [" + file + "]\ncluster:\n  nodes:\n" +
         "  - { name: m, count: 2, devices: { type: " + device + ", count: 4 } }\n" +
         "workload:\n  jobs:\n  - train: { name: t, model: " + model +
         ", steps: 10, batch: 8, parallel: { dp: 8 } }\n";
}

TEST(ScenarioCatalog, OwnDevicesModelsAndFabrics) {
  const TemporaryFile file("mine.yaml", kMine);
  const std::string name = file.path().string();
  const Scenario scenario = load(with_catalog(name, "mine-1", "tiny"));
  EXPECT_EQ(scenario.power[0].busy_watts, 123);
  const Arrival job = all_arrivals(scenario)[0];
  EXPECT_EQ(&job.training->model(), &scenario.catalog->model("tiny"));
  EXPECT_GT(job.run_time, Duration::zero());
  ASSERT_EQ(scenario.step_bands.size(), 1U);
  EXPECT_EQ(scenario.step_bands[0].device, "mine-1");
  EXPECT_THAT(scenario.warnings.back(), HasSubstr("0.70 to 1.45 times ours on mine-1 (a guess)"));
  EXPECT_THAT(error_of([&] { load(with_catalog(name, "mine-2", "tiny")); }),
              HasSubstr("not 'mine-2' (did you mean 'mine-1'?)"));
  EXPECT_THAT(error_of([&] { load(with_catalog(name, "mine-1", "tini")); }),
              HasSubstr("there is no model 'tini' in the catalogue (did you mean 'tiny'?)"));
  EXPECT_EQ(all_arrivals(load(with_catalog(name, "h100-sxm", "gpt2"))).size(), 1U)
      << "the built-in ones are still there";
}

TEST(ScenarioCatalog, ItsBytesAreInTheHash) {
  const TemporaryFile file("mine.yaml", kMine);
  const std::string text = with_catalog(file.path().string(), "mine-1", "tiny");
  const std::string before = load(text).hash;
  std::ofstream(file.path(), std::ios::app) << "# another byte\n";
  EXPECT_NE(load(text).hash, before);
}

TEST(ScenarioCatalog, SaysWhatIsWrongWithIt) {
  const TemporaryFile file("mine.yaml", "models:\n  - { name: tiny, title: Tiny, layers: two }\n");
  EXPECT_THAT(error_of([&] { load(with_catalog(file.path().string(), "h100-sxm", "gpt2")); }),
              HasSubstr("mine.yaml:2:"));
  EXPECT_THAT(error_of([&] { load(with_catalog("nowhere.yaml", "h100-sxm", "gpt2")); }),
              HasSubstr("s.yaml:3:11: 'nowhere.yaml': there is no such file"));
}

TEST(ScenarioTrain, BandsOfItsDevicesAreTold) {
  const Scenario scenario = load(text("steps: 1, " + kLayout));
  ASSERT_EQ(scenario.step_bands.size(), 2U);
  EXPECT_EQ(scenario.warnings.back(),
            "nine of ten measured training steps took 0.90 to 1.37 times ours on h100-sxm, 0.91 to "
            "1.28 times ours on a100-sxm-80g");
}

/// A device of which nothing is known but what was measured, and one of which all is known.
constexpr const char* kProfile = R"(
devices:
  - name: this-cpu
    title: This machine
    memory: 10 GB
    memory_bytes_per_s: 20e9
    sources: [measured]
    measured:
      start: 0.35 s
      load: 0.05 s
      save: 0.03 s
      stop: 0.02 s
      steps:
        - { model: llama-1m, batch: 8, micro_batch: 8, sequence: 128, precision: fp32,
            seconds: 0.041, evaluation: 0.2 }
        - { model: llama-1m, batch: 8, micro_batch: 8, sequence: 128, precision: fp32,
            kind: evaluate, seconds: 0.012 }
  - name: other-cpu
    title: Another machine
    memory: 10 GB
    memory_bytes_per_s: 20e9
    peak_fp32: 1e11
    node: { devices: 2, network: ethernet-25g }
    sources: [measured]
    measured:
      start: 0.7 s
      load: 0.1 s
      save: 0.06 s
      stop: 0.04 s
      steps:
        - { model: llama-1m, batch: 8, micro_batch: 8, sequence: 128, precision: fp32,
            seconds: 0.082 }
)";
const std::string kSmall =
    "model: llama-1m, batch: 8, micro_batch: 8, sequence: 128, precision: fp32";

class MeasuredSteps : public testing::Test {
 protected:
  std::string text(const std::string& jobs, const std::string& workload = "",
                   const std::string& type = "this-cpu") const {
    return "tandem: 1\nname: test\ncatalog: [" + profile_.path().string() +
           "]\ncluster:\n  nodes: [{ name: m, devices: { type: " + type +
           ", count: 2 } }]\nworkload:\n" + workload + "  jobs:\n" + jobs;
  }
  static std::string train(const std::string& more) {
    return "  - train: { name: t, " + kSmall + ", parallel: {}, " + more + " }\n";
  }

  const TemporaryFile profile_{"profile.yaml", kProfile};
};

TEST_F(MeasuredSteps, TakeWhatTheyTook) {
  const Scenario scenario = load(text(train("steps: 100")));
  const Arrival job = all_arrivals(scenario)[0];
  // A hundred steps, and the checkpoint at the end.
  EXPECT_EQ(job.run_time, std::chrono::milliseconds(4100 + 30));
  const DeviceTypeId here{0};
  EXPECT_TRUE(job.training->is_measured(here, 1));
  EXPECT_EQ(job.training->step_s(here, 1, 1, 0.1), job.training->step_s(here, 1))
      << "with any network";
  EXPECT_EQ(job.training->sending_s(here, 1, 1, 1), 0);
  ASSERT_EQ(scenario.step_bands.size(), 1U);
  EXPECT_EQ(scenario.step_bands[0].low, 1);
  EXPECT_EQ(scenario.step_bands[0].high, 1);
  EXPECT_TRUE(scenario.step_bands[0].is_measured);
  EXPECT_TRUE(scenario.warnings.empty()) << "nothing is modelled: there is nothing to tell";
}

TEST_F(MeasuredSteps, CheckpointsTakeTheirTime) {
  // After 30, 60 and 90 of 100 steps, and at the end; after 50 and 100.
  const auto with = [&](const std::string& recipe) {
    return all_arrivals(load(
        text(train("steps: 100, recipe: { text: { files: [a.txt] }, " + recipe + " }"))))[0]
        .run_time;
  };
  using std::chrono::milliseconds;
  EXPECT_EQ(with("checkpoint_every: 30"), milliseconds(4100 + 4 * 30));
  EXPECT_EQ(with("checkpoint_every: 50"), milliseconds(4100 + 2 * 30));
  EXPECT_EQ(with("checkpoint_every: 100"), milliseconds(4100 + 30));
  EXPECT_EQ(with("checkpoint_every: 0"), milliseconds(4100 + 30));
}

TEST_F(MeasuredSteps, LooksAtTheHeldOutTextTakeTheirTime) {
  // After 30, 60 and 90 of 100 steps, and at the end; after 50 and 100. Beside the last checkpoint.
  const auto with = [&](const std::string& recipe) {
    return all_arrivals(load(
        text(train("steps: 100, recipe: { text: { files: [a.txt] }, " + recipe + " }"))))[0]
        .run_time;
  };
  using std::chrono::milliseconds;
  EXPECT_EQ(with("evaluate_every: 30"), milliseconds(4100 + 30 + 4 * 200));
  EXPECT_EQ(with("evaluate_every: 50"), milliseconds(4100 + 30 + 2 * 200));
  EXPECT_EQ(with("evaluate_every: 1000"), milliseconds(4100 + 30 + 200));
  EXPECT_EQ(with("evaluate_every: 0"), milliseconds(4100 + 30));
}

TEST_F(MeasuredSteps, DrawnJobsHaveNoLastOne) {
  const std::string drawn =
      "  - generate:\n      count: 1\n      arrival: { poisson: 1/h }\n"
      "      duration: { deterministic: 1 h }\n"
      "      train: [{ " +
      kSmall +
      ", parallel: {}, recipe: { text: { files: [a.txt] }, "
      "checkpoint_every: 10 } }]\n";
  const Arrival job = all_arrivals(load(text(drawn)))[0];
  EXPECT_EQ(job.run_time, std::chrono::hours(1));
  EXPECT_DOUBLE_EQ(job.training->step_s({0}, 1), 0.041 + 0.003);
}

TEST_F(MeasuredSteps, EvaluationsHaveTheirOwn) {
  const std::string evaluate =
      "  - evaluate: { name: e, of: t, rows: 20, " + kSmall + ", parallel: {} }\n";
  const auto jobs = all_arrivals(load(text(train("steps: 1") + evaluate)));
  EXPECT_EQ(jobs[1].run_time, std::chrono::milliseconds(36)) << "three steps, no checkpoint";
}

TEST_F(MeasuredSteps, OtherLayoutsAreModelled) {
  const std::string two = "  - train: { name: u, " + kSmall +
                          ", parallel: { dp: 1 }, recompute: "
                          "full, steps: 1 }\n";
  EXPECT_THAT(error_of([&] { load(text(two)); }),
              HasSubstr("this-cpu: the catalogue knows no usual node of it, and this layout was "
                        "not measured"));
  const Scenario scenario = load(text(train("steps: 1") + two, "", "other-cpu"));
  const auto jobs = all_arrivals(scenario);
  EXPECT_EQ(jobs[0].run_time, std::chrono::milliseconds(82 + 60));
  EXPECT_FALSE(jobs[1].training->is_measured({0}, 1));
  const Catalog& catalog = *scenario.catalog;
  Machine machine = usual_machine(catalog, catalog.device("other-cpu"));
  EXPECT_NEAR(to_seconds(jobs[1].run_time),
              step_time(jobs[1].training->model(), machine, jobs[1].training->layout()).seconds(),
              1e-9);
  ASSERT_EQ(scenario.step_bands.size(), 1U);
  EXPECT_FALSE(scenario.step_bands[0].is_measured);
  EXPECT_THAT(scenario.warnings.back(), HasSubstr("0.70 to 1.45 times ours on other-cpu"));
}

TEST_F(MeasuredSteps, TypesDifferByWhatWasMeasured) {
  std::string both = text(train("steps: 100"));
  const std::string here = "{ name: m, devices: { type: this-cpu, count: 2 } }";
  both.replace(both.find(here), here.size(),
               here + ", { name: o, devices: { type: other-cpu, count: 2 } }");
  const Scenario scenario = load(both);
  const Arrival job = all_arrivals(scenario)[0];
  EXPECT_EQ(job.run_time, std::chrono::milliseconds(4130));
  EXPECT_EQ(scenario.models.speed_ppm(job.job.model, {1}), 500'000U);
}

TEST_F(MeasuredSteps, WhatGangsSpendAroundThemIsMeasuredToo) {
  using std::chrono::milliseconds;
  const auto costs = [&](const std::string& preemption) {
    std::string whole = text(train("steps: 1"));
    whole.insert(whole.find("workload:"), preemption);
    return load(whole).preemption.on({0});
  };
  EXPECT_EQ(costs("").start, milliseconds(350));
  EXPECT_EQ(costs("").restart, milliseconds(50)) << "reading the checkpoint";
  EXPECT_EQ(costs("").stop, milliseconds(20 + 30)) << "and writing it";
  const std::string unsaved = "  preemption: { save: false }\n";
  EXPECT_EQ(costs(unsaved).stop, milliseconds(20));
  const std::string stated = "  preemption: { stop: 5 s }\n";
  EXPECT_EQ(costs(stated).start, milliseconds(350));
  EXPECT_EQ(costs(stated).stop, milliseconds(5000)) << "what is stated is right";
}

TEST_F(MeasuredSteps, TypesDifferByWhatGangsSpend) {
  std::string both = text(train("steps: 1"));
  const std::string here = "{ name: m, devices: { type: this-cpu, count: 2 } }";
  both.replace(both.find(here), here.size(),
               here +
                   ", { name: o, devices: { type: other-cpu } }, { name: h, devices: { type: "
                   "h100-sxm } }, { name: c }");
  const PreemptionSettings settings = load(both).preemption;
  EXPECT_EQ(settings.on({0}).start, std::chrono::milliseconds(350));
  EXPECT_EQ(settings.on({1}).start, std::chrono::milliseconds(700));
  EXPECT_EQ(settings.on({2}).start, Duration::zero()) << "nothing was measured there";
  EXPECT_EQ(settings.on({3}).start, Duration::zero()) << "no device";
}

}  // namespace
}  // namespace tandem
