// Any layout of a gang computes what one rank computes: real processes, over Gloo.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/training_gang.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

constexpr double kTolerance = 1e-5;
/// Gradients feel another order of sums in 32 bits sooner than losses do.
constexpr double kToleranceOfNorms = 1e-4;

struct Cut {
  std::string name = {};
  std::int64_t tensor = 1;
  std::int64_t pipeline = 1;
  std::int64_t data = 1;
  int zero = 0;
  Recompute recompute = Recompute::kNone;
  std::int64_t micro_batch = 2;  ///< Of 8 rows in all.

  /// What GoogleTest calls a case.
  friend std::ostream& operator<<(std::ostream& out, const Cut& cut) { return out << cut.name; }
};

TrainingSpec cut(TrainingSpec spec, const Cut& cut) {
  spec.layout.tensor = cut.tensor;
  spec.layout.pipeline = cut.pipeline;
  spec.layout.data = cut.data;
  spec.layout.zero = cut.zero;
  spec.layout.recompute = cut.recompute;
  spec.layout.micro_batch = cut.micro_batch;
  return spec;
}

class Layouts : public testing::Test {
 protected:
  TrainingSpec gpt2() const { return tiny_gpt2(write_text(folder_.path())); }
  TrainingSpec llama() const { return tiny_llama(write_text(folder_.path())); }
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

 private:
  TemporaryFolder folder_;
};

void expect_near(const std::vector<double>& numbers, const std::vector<double>& expected,
                 double tolerance = kTolerance) {
  ASSERT_EQ(numbers.size(), expected.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    ASSERT_NEAR(numbers[i], expected[i], tolerance) << "step " << i + 1;
  }
}

class EveryCut : public Layouts, public testing::WithParamInterface<Cut> {
 protected:
  static void equals_one_rank(const TrainingSpec& spec) {
    // One rank's losses are the same for every cut: computed once for each model.
    static std::map<std::string, std::string> of_one;
    std::string& one = of_one[spec.model.name];
    if (one.empty()) one = TrainingGang(spec, {"steps", "50", "evaluate"}).output();
    const std::string many =
        TrainingGang(cut(spec, GetParam()), {"steps", "50", "evaluate"}).output();
    ASSERT_EQ(losses_of(one).size(), 50U);
    EXPECT_LT(losses_of(one).back(), losses_of(one).front() - 1) << "it learns";
    expect_near(losses_of(many), losses_of(one));
    expect_near(norms_of(many), norms_of(one), kToleranceOfNorms);
    const auto evaluation = [](const std::string& output) {
      return std::strtod(output.c_str() + output.find("evaluation ") + 11, nullptr);
    };
    EXPECT_NEAR(evaluation(many), evaluation(one), kTolerance);
  }
};

TEST_P(EveryCut, OfGpt2LearnsAsOneRankDoes) { equals_one_rank(gpt2()); }
TEST_P(EveryCut, OfLlamaLearnsAsOneRankDoes) { equals_one_rank(llama()); }

INSTANTIATE_TEST_SUITE_P(
    Layouts, EveryCut,
    testing::Values(Cut{.name = "tp2", .tensor = 2, .micro_batch = 4},
                    Cut{.name = "pp2", .pipeline = 2}, Cut{.name = "pp4", .pipeline = 4},
                    Cut{.name = "dp2", .data = 2}, Cut{.name = "dp4", .data = 4},
                    Cut{.name = "tp2dp2", .tensor = 2, .data = 2, .micro_batch = 4},
                    Cut{.name = "pp2dp2", .pipeline = 2, .data = 2},
                    Cut{.name = "tp2pp2", .tensor = 2, .pipeline = 2, .micro_batch = 4},
                    Cut{.name = "dp2zero", .data = 2, .zero = 1},
                    Cut{.name = "tp2dp2zero", .tensor = 2, .data = 2, .zero = 1, .micro_batch = 4},
                    Cut{.name = "pp2dp2zero", .pipeline = 2, .data = 2, .zero = 1},
                    Cut{.name = "tp2pp2recompute",
                        .tensor = 2,
                        .pipeline = 2,
                        .recompute = Recompute::kFull,
                        .micro_batch = 4}),
    [](const auto& test) { return test.param.name; });

TEST_F(Layouts, OverlapChangesNoBit) {
  TrainingSpec spec = cut(llama(), {.data = 2});
  spec.model.hidden = 128;  // Several buckets.
  spec.model.head_size = 32;
  spec.model.ffn = 2048;
  const std::string overlapped = TrainingGang(spec, {"steps", "10"}).output();
  spec.layout.overlap_data = false;
  EXPECT_EQ(TrainingGang(spec, {"steps", "10"}).output(), overlapped);
  EXPECT_EQ(losses_of(overlapped).size(), 10U);
}

TEST_F(Layouts, AnyLayoutGoesOnFromAnyOther) {
  for (const TrainingSpec& spec : {gpt2(), llama()}) {
    const std::vector<double> straight = losses_of(TrainingGang(spec, {"steps", "12"}).output());
    const std::vector<double> rest(straight.begin() + 6, straight.end());
    const std::vector<Cut> cuts{{.name = "one"},
                                {.name = "dp2", .data = 2},
                                {.name = "dp2zero", .data = 2, .zero = 1},
                                {.name = "tp2", .tensor = 2, .micro_batch = 8},
                                {.name = "pp2", .pipeline = 2}};
    for (const Cut& from : cuts) {
      TrainingGang(cut(spec, from), {"steps", "6", "save", path(spec.model.name + from.name)})
          .output();
    }
    for (const Cut& to : cuts) {
      std::vector<std::string> commands;
      for (const Cut& from : cuts) {
        commands.insert(commands.end(),
                        {"resume", path(spec.model.name + from.name), "steps", "6"});
      }
      const std::vector<double> losses = losses_of(TrainingGang(cut(spec, to), commands).output());
      ASSERT_EQ(losses.size(), 6 * cuts.size());
      for (std::size_t i = 0; i < cuts.size(); ++i) {
        SCOPED_TRACE(spec.model.name + " from " + cuts[i].name + " to " + to.name);
        const auto begin = losses.begin() + static_cast<std::ptrdiff_t>(6 * i);
        expect_near({begin, begin + 6}, rest);
      }
    }
  }
}

TEST_F(Layouts, TheSameLayoutGoesOnBitForBit) {
  for (const Cut& layout :
       {Cut{.tensor = 2, .data = 2, .zero = 1}, Cut{.pipeline = 2, .data = 2, .zero = 1}}) {
    TrainingSpec spec = cut(llama(), layout);
    spec.layout.precision = Precision::kBf16;
    spec.recipe.dropout = 0.1;
    const std::string straight = TrainingGang(spec, {"steps", "12"}).output();
    const auto folder = path("bits" + std::to_string(layout.pipeline));
    const std::string begun = TrainingGang(spec, {"steps", "5", "save", folder}).output();
    std::string again = TrainingGang(spec, {"resume", folder, "steps", "7"}).output();
    again.erase(0, again.find('\n') + 1);
    EXPECT_EQ(begun.substr(0, begun.find("clean")) + again, straight);
  }
}

TEST_F(Layouts, AllStopAfterTheStepInWhichOneWantsTo) {
  for (const Cut& layout : {Cut{.data = 2}, Cut{.pipeline = 2}, Cut{.tensor = 2}}) {
    TrainingGang gang(cut(llama(), layout), {"steps", "10"}, 5min, {"stop-after", "3"});
    gang.output();
    for (std::size_t i = 0; i < gang.size(); ++i) {
      EXPECT_NE(gang.rank(i).output().find("stopped after 4\n"), std::string::npos)
          << gang.rank(i).output();
    }
  }
}

/// Three of four ranks tell that they lost the last one, and end by themselves.
void expect_others_lose_it(int signal, std::chrono::milliseconds patience,
                           const TrainingSpec& spec) {
  TrainingGang gang(spec, {"steps", "1000000"}, patience);
  for (std::size_t i = 0; i < gang.size(); ++i) ASSERT_TRUE(gang.rank(i).wait_for("step 3 "));
  gang.rank(gang.size() - 1).signal(signal);
  for (std::size_t i = 0; i + 1 < gang.size(); ++i) {
    EXPECT_EQ(gang.rank(i).wait(), 0);
    const std::string output = gang.rank(i).output();
    EXPECT_NE(output.find("lost: group "), std::string::npos) << output;
    EXPECT_TRUE(output.ends_with("clean\n")) << output;
  }
}

TEST_F(Layouts, AKilledRankIsLostToAll) {
  expect_others_lose_it(SIGKILL, 1h, cut(llama(), {.data = 2}));
  expect_others_lose_it(SIGKILL, 1h, cut(llama(), {.tensor = 2, .data = 2}));
  expect_others_lose_it(SIGKILL, 1h, cut(gpt2(), {.pipeline = 2, .data = 2, .zero = 1}));
}

TEST_F(Layouts, AHungRankIsLostToAll) {
  expect_others_lose_it(SIGSTOP, 5s, cut(llama(), {.data = 2, .zero = 1}));
  expect_others_lose_it(SIGSTOP, 5s, cut(gpt2(), {.tensor = 2, .pipeline = 2}));
}

TEST_F(Layouts, ZeroHalvesTheMomentsOfTwoRanks) {
  const auto moments = [](const TrainingSpec& spec) {
    const std::string output = TrainingGang(spec, {"sizes"}).output();
    return std::stoll(output.substr(output.find("moments ") + 8));
  };
  const std::int64_t whole = moments(cut(llama(), {.data = 2}));
  EXPECT_GT(whole, 0);
  EXPECT_EQ(moments(cut(llama(), {.data = 2, .zero = 1})), whole / 2);
}

}  // namespace
}  // namespace tandem
