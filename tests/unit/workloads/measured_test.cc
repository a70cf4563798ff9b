// What a catalogue file says was measured of a device.
#include "workloads/catalog/measured.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/error_of.h"
#include "workloads/catalog/catalog.h"

namespace tandem {
namespace {

using testing::HasSubstr;

const std::string kStep =
    "model: llama-1m, batch: 8, micro_batch: 8, sequence: 128, precision: fp32, seconds: 0.041";

/// A file of one device; the steps begin at line 6.
std::string file_with(const std::string& steps) {
  return "devices:\n"
         "- { name: mine, title: Mine, memory: 10 GB, memory_bytes_per_s: 2e10, sources: [mine],\n"
         "    measured: { start: 0.35 s, load: 50 ms, save: 0.03 s, stop: 0.02 s,\n"
         "      steps: [\n"
         "\n" +
         steps + "\n] } }\n";
}

Catalog catalog_of(const std::string& steps) {
  Catalog catalog = built_in_catalog();
  add_to_catalog(catalog, file_with(steps), "mine.yaml");
  return catalog;
}

TEST(Measured, IsReadAsItStands) {
  using std::chrono::milliseconds;
  const Catalog catalog = catalog_of("{ " + kStep + " }");
  EXPECT_FALSE(catalog.device("h100-sxm").measured);
  const Measured& measured = catalog.device("mine").measured.value();
  EXPECT_EQ(measured.start, milliseconds{350});
  EXPECT_EQ(measured.load, milliseconds{50});
  EXPECT_EQ(measured.save, milliseconds{30});
  EXPECT_EQ(measured.stop, milliseconds{20});
  ASSERT_EQ(measured.steps.size(), 1U);
  const MeasuredStep& step = measured.steps[0];
  EXPECT_EQ(step.model, "llama-1m");
  EXPECT_EQ(step.kind, StepKind::kLearn);
  EXPECT_EQ(step.layout.devices(), 1);
  EXPECT_EQ(step.layout.zero, 0);
  EXPECT_EQ(step.layout.batch, 8);
  EXPECT_EQ(step.layout.micro_batch, 8);
  EXPECT_EQ(step.layout.sequence, 128);
  EXPECT_EQ(step.layout.precision, Precision::kFp32);
  EXPECT_EQ(step.layout.recompute, Recompute::kNone);
  EXPECT_EQ(step.seconds, 0.041);
}

TEST(Measured, StepIsThatOfExactlyThisLayout) {
  const Catalog catalog = catalog_of("{ " + kStep + " },\n{ kind: evaluate, " + kStep +
                                     " },\n{ dp: 2, zero: 1, recompute: full, " + kStep + " }");
  const Measured& measured = *catalog.device("mine").measured;
  const Architecture& model = catalog.model("llama-1m");
  const Layout layout = measured.steps[0].layout;
  EXPECT_EQ(measured.step(model, layout, StepKind::kLearn), measured.steps.data());
  EXPECT_EQ(measured.step(model, layout, StepKind::kEvaluate), &measured.steps[1]);
  EXPECT_EQ(measured.step(model, measured.steps[2].layout, StepKind::kLearn), &measured.steps[2]);
  EXPECT_EQ(measured.step(catalog.model("llama-5m"), layout, StepKind::kLearn), nullptr);
  const auto is_known = [&](auto change) {
    Layout other = layout;
    change(other);
    return measured.step(model, other, StepKind::kLearn) != nullptr;
  };
  EXPECT_TRUE(is_known([](Layout& l) { l.overlap_data = false; }));
  EXPECT_FALSE(is_known([](Layout& l) { l.tensor = 2; }));
  EXPECT_FALSE(is_known([](Layout& l) { l.pipeline = 2; }));
  EXPECT_FALSE(is_known([](Layout& l) { l.data = 2; })) << "but for zero and recompute as measured";
  EXPECT_FALSE(is_known([](Layout& l) { l.expert = 2; }));
  EXPECT_FALSE(is_known([](Layout& l) { l.interleave = 2; }));
  EXPECT_FALSE(is_known([](Layout& l) { l.zero = 1; }));
  EXPECT_FALSE(is_known([](Layout& l) { l.sequence_parallel = true; }));
  EXPECT_FALSE(is_known([](Layout& l) { l.batch = 16; }));
  EXPECT_FALSE(is_known([](Layout& l) { l.micro_batch = 4; }));
  EXPECT_FALSE(is_known([](Layout& l) { l.sequence = 64; }));
  EXPECT_FALSE(is_known([](Layout& l) { l.precision = Precision::kBf16; }));
  EXPECT_FALSE(is_known([](Layout& l) { l.recompute = Recompute::kFull; }));
}

std::string error_in(const std::string& steps) {
  return error_of([&] { catalog_of(steps); });
}

TEST(Measured, SaysWhatIsWrong) {
  EXPECT_EQ(error_in("{ " + kStep + " }"), "no error");
  EXPECT_THAT(error_in("{ " + kStep + ", tpp: 1 }"), HasSubstr("unknown key 'tpp'"));
  EXPECT_THAT(error_in("{ " + kStep + ", tp: 0 }"), HasSubstr("from 1 to 10000000"));
  EXPECT_THAT(error_in("{ model: llama-1m }"),
              HasSubstr("mine.yaml:6:1: devices.0.measured.steps.0: the key 'batch' is missing"));
  EXPECT_THAT(error_in("{ " + kStep + ", kind: learn }"),
              HasSubstr("unknown value 'learn' (one of: train, evaluate)"));
  std::string unknown = "{ " + kStep + " }";
  unknown.replace(unknown.find("llama-1m"), 8, "lama-1m");
  EXPECT_EQ(error_in(unknown),
            "mine.yaml:6:10: there is no model 'lama-1m' in the catalogue (did you mean "
            "'llama-1m'?)");
  EXPECT_EQ(error_in("{ " + kStep + " },\n{ tp: 1, " + kStep + " }"),
            "mine.yaml:7:1: this step was measured twice");
  EXPECT_THAT(error_of([&] {
                Catalog catalog;
                add_to_catalog(catalog,
                               "devices: [{ name: a, title: A, memory: 1 GB, memory_bytes_per_s: "
                               "1, sources: [b], measured: { start: 2 h } }]",
                               "mine.yaml");
              }),
              HasSubstr("from 0 s to one hour"));
}

/// The text of a device with this engine, which stands in line 3.
std::string file_with_engine(const std::string& engine) {
  return "devices:\n- { name: mine, title: Mine, memory: 10 GB, memory_bytes_per_s: 2e10, sources: "
         "[mine], measured: { engines: [\n" +
         engine + "\n] } }\n";
}

TEST(Measured, EnginesAreChecked) {
  const auto error = [](const std::string& engine) {
    return error_of([&] {
      Catalog catalog = built_in_catalog();
      add_to_catalog(catalog, file_with_engine(engine), "mine.yaml");
    });
  };
  const std::string good =
      "{ model: llama-1m, precision: fp32, tokens: [{ at: 1, seconds: 0.01 }] }";
  EXPECT_EQ(error(good), "no error");
  EXPECT_THAT(error(good + ", " + good), HasSubstr("this engine was measured twice"));
  EXPECT_THAT(error("{ model: llama-1n, precision: fp32, tokens: [{ at: 1, seconds: 1 }] }"),
              HasSubstr("llama-1m"));
  EXPECT_THAT(error("{ model: llama-1m, precision: fp32, tokens: [] }"),
              HasSubstr("tokens: expected at least one point"));
  EXPECT_THAT(error("{ model: llama-1m, precision: fp32, tokens: [{ at: 2, seconds: 1 }, { at: 2, "
                    "seconds: 2 }] }"),
              HasSubstr("mine.yaml:3:69: 'at': expected more than at the point before"));
}

}  // namespace
}  // namespace tandem
