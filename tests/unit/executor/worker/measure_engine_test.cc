// What is measured of an engine, with a model that takes exactly known times on a clock of its own:
// the curves must be found again, whatever batches were chosen to find them.
#include "executor/worker/measure_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/support/arithmetic_model.h"
#include "workloads/catalog/catalog.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

/// Seconds: 1 ms, 20 us a token, 50 us a token that is given, 10 ns a token that decoding looks
/// back at, 5 ns a pair of a prompt.
class Timed : public ArithmeticModel {
 public:
  using ArithmeticModel::ArithmeticModel;
  std::vector<GivenToken> compute(std::span<const StepPart> parts) override {
    std::int64_t nanoseconds = 1'000'000;
    for (const StepPart& part : parts) {
      const auto tokens = std::ssize(part.tokens);
      const std::int64_t known = part.computed;
      nanoseconds += 20'000 * tokens;
      if (part.sampling != nullptr) nanoseconds += 50'000;
      const bool decodes = tokens == 1 && part.sampling != nullptr;
      nanoseconds += decodes ? 10 * (known + 1) : 5 * (tokens * known + tokens * (tokens + 1) / 2);
    }
    now_ += Duration{nanoseconds};
    return ArithmeticModel::compute(parts);
  }
  Time now() const { return now_; }
  void pass(Duration time) { now_ += time; }

 private:
  Time now_;
};

class MeasureEngine : public testing::Test {
 protected:
  MeasureEngine() {
    spec_.model = built_in_catalog().model("llama-1m");
    spec_.deployment.precision = Precision::kFp32;
    spec_.engine.batch_tokens = 96;
    spec_.engine.max_sequences = 12;
    spec_.batch_policy = "fifo";
    spec_.tenants.add("default", {}, 1);
  }

  MeasuredEngine measured(const ArithmeticModel::Shape& shape) {
    Timed model(shape);
    return measure_engine(model, spec_, [&] { return model.now(); }, {2, 3ms, 500ms});
  }

  /// All whole numbers to `last`, and then `more`.
  static std::vector<double> each(int last, std::vector<double> more = {}) {
    std::vector<double> all(last);
    std::iota(all.begin(), all.end(), 1);
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  static std::vector<double> places(const MeasuredEngine::Points& points) {
    std::vector<double> all;
    for (const auto& point : points) all.push_back(point.at);
    return all;
  }

  ServingSpec spec_;
};

TEST_F(MeasureEngine, FindsTheCurvesAgain) {
  const MeasuredEngine engine = measured({.block_tokens = 4, .blocks = 1000, .context = 513});
  EXPECT_EQ(engine.model, "llama-1m");
  EXPECT_EQ(engine.precision, Precision::kFp32);
  EXPECT_EQ(places(engine.tokens), each(16, {31.5, 63.5, 96}));
  for (const auto& [at, seconds] : engine.tokens) EXPECT_NEAR(seconds, 1e-3 + 2e-5 * at, 1e-9);
  EXPECT_EQ(places(engine.sampled), each(12));
  for (const auto& [at, seconds] : engine.sampled) EXPECT_NEAR(seconds, 5e-5 * at, 1e-6);
  EXPECT_EQ(places(engine.context), (std::vector<double>{1, 2, 4, 8, 12}));
  for (const auto& [at, seconds] : engine.context) EXPECT_NEAR(seconds, 1e-8, 1e-13);
  EXPECT_EQ(places(engine.pairs), (std::vector<double>{16, 32, 64, 96}));
  for (const auto& [at, seconds] : engine.pairs) EXPECT_NEAR(seconds, 5e-9, 1e-13);
  EXPECT_NEAR(engine.band_low, 1, 1e-3);
  EXPECT_NEAR(engine.band_high, 1, 1e-3);
}

TEST_F(MeasureEngine, MeasuresWhatASmallCacheHolds) {
  // Room for 25 blocks of 4 tokens, of which an engine's turn takes 12 a request.
  const MeasuredEngine engine = measured({.block_tokens = 4, .blocks = 25, .context = 60});
  EXPECT_EQ(places(engine.sampled), each(5));
  EXPECT_TRUE(engine.context.empty());
  // The rehearsal tells what the curve that could not be measured would have told.
  for (const auto& [at, seconds] : engine.tokens) {
    EXPECT_NEAR(seconds / (1e-3 + 2e-5 * at), 1, 1e-4);
  }
}

/// Takes a tenth longer for what it did not compute a moment ago.
class Forgetful final : public Timed {
 public:
  using Timed::Timed;
  std::vector<GivenToken> compute(std::span<const StepPart> parts) override {
    std::vector<std::pair<std::uint32_t, std::size_t>> now;
    for (const StepPart& part : parts) now.emplace_back(part.computed, part.tokens.size());
    const Time begun = Timed::now();
    std::vector<GivenToken> tokens = Timed::compute(parts);
    if (now != last_) pass((Timed::now() - begun) / 10);
    last_ = std::move(now);
    return tokens;
  }

 private:
  std::vector<std::pair<std::uint32_t, std::size_t>> last_;
};

TEST_F(MeasureEngine, ScalesToWhatStepsTakeAmongEachOther) {
  Forgetful model({.block_tokens = 4, .blocks = 1000, .context = 513});
  // Repeated for so long that the first of equal steps hardly counts.
  const MeasuredEngine engine =
      measure_engine(model, spec_, [&] { return model.now(); }, {2, 1s, 500ms});
  for (const auto& [at, seconds] : engine.tokens) {
    EXPECT_NEAR(seconds / (1e-3 + 2e-5 * at), 1.1, 0.002);
  }
  for (const auto& [at, seconds] : engine.pairs) EXPECT_NEAR(seconds / 5e-9, 1.1, 0.02);
}

TEST_F(MeasureEngine, CountsWhatALoopDoesBesides) {
  Timed model({.block_tokens = 4, .blocks = 1000, .context = 513});
  // Every look at the clock takes 100 us: several a turn.
  const auto clock = [&] {
    model.pass(100us);
    return model.now();
  };
  const MeasuredEngine engine = measure_engine(model, spec_, clock, {2, 20ms, 500ms});
  for (const auto& [at, seconds] : engine.sampled) {
    EXPECT_GT(seconds, 5e-5 * at + 2e-4);
    EXPECT_LT(seconds, 5e-5 * at + 8e-4);
  }
}

TEST_F(MeasureEngine, LeavesOutWhatTakesTooLong) {
  Timed model({.block_tokens = 4, .blocks = 1000, .context = 513});
  const auto clock = [&] { return model.now(); };
  EXPECT_EQ(places(measure_engine(model, spec_, clock, {2, 3ms, 1400us}).tokens), each(16));
}

/// Takes 700 us more after a pause.
class Cooling final : public Timed {
 public:
  using Timed::Timed;
  std::vector<GivenToken> compute(std::span<const StepPart> parts) override {
    if (now() - last_ >= kEnginePause) pass(700us);
    std::vector<GivenToken> tokens = Timed::compute(parts);
    last_ = now();
    return tokens;
  }

 private:
  Time last_;
};

TEST_F(MeasureEngine, FindsWhatStepsTakeMoreAfterAPause) {
  Cooling model({.block_tokens = 4, .blocks = 1000, .context = 513});
  const auto clock = [&] { return model.now(); };
  EngineMeasurement how{2, 3ms, 500ms};
  how.pause = [&] { model.pass(20ms); };
  const MeasuredEngine engine = measure_engine(model, spec_, clock, how);
  ASSERT_EQ(engine.after_pause.size(), 1U);
  EXPECT_NEAR(engine.after_pause[0].seconds, 700e-6, 20e-6);
  // And nothing else of it anywhere.
  for (const auto& [at, seconds] : engine.tokens) EXPECT_NEAR(seconds, 1e-3 + 2e-5 * at, 2e-6);
}

/// Products go by tiles of eight rows: as long for one row of a tile as for all.
class Tiled final : public ArithmeticModel {
 public:
  using ArithmeticModel::ArithmeticModel;
  std::vector<GivenToken> compute(std::span<const StepPart> parts) override {
    std::int64_t tokens = 0;
    for (const StepPart& part : parts) tokens += std::ssize(part.tokens);
    now_ += 160us * ((tokens + 7) / 8);
    return ArithmeticModel::compute(parts);
  }
  Time now() const { return now_; }

 private:
  Time now_;
};

TEST_F(MeasureEngine, IsNotFlatteredByWholeTiles) {
  Tiled model({.block_tokens = 4, .blocks = 1000, .context = 513});
  spec_.engine.batch_tokens = 256;
  const auto clock = [&] { return model.now(); };
  const MeasuredEngine engine = measure_engine(model, spec_, clock, {2, 3ms, 500ms});
  const auto at = [&](double place) {
    return std::ranges::find(engine.tokens, place, &MeasuredEngine::Point::at)->seconds;
  };
  // What is rehearsed may scale it all a little.
  EXPECT_NEAR(at(9) / at(8), 2, 1e-6);
  // Of 60 to 67 tokens five take 8 tiles and three take 9.
  EXPECT_NEAR(at(63.5) / at(8), 8.375, 1e-6);
  EXPECT_NEAR(at(256) / at(8), 32, 1e-6);
}

TEST_F(MeasureEngine, IsAnEntryOfTheCatalogue) {
  MeasuredEngine engine = measured({.block_tokens = 4, .blocks = 1000, .context = 513});
  engine.start = 250ms;
  Catalog catalog = built_in_catalog();
  add_to_catalog(catalog,
                 "devices:\n- { name: mine, title: Mine, memory: 10 GB, memory_bytes_per_s: 2e10, "
                 "sources: [mine], measured: { engines: [" +
                     to_json(engine).dump() + "] } }\n",
                 "mine.yaml");
  const MeasuredEngine* read =
      catalog.device("mine").measured->engine(spec_.model, Precision::kFp32);
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->start, 250ms);
  EXPECT_EQ(to_json(*read), to_json(engine));
  EXPECT_EQ(catalog.device("mine").measured->engine(spec_.model, Precision::kBf16), nullptr);
}

}  // namespace
}  // namespace tandem
