// Names of figures: bare where nothing else can be meant, in full where it can.
#include "reports/conditions/named_figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "tests/support/error_of.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

using ::testing::HasSubstr;

/// A run of which only names are known.
RunResult run_of(const std::vector<std::string>& tenants, const std::vector<std::string>& pipelines,
                 const std::vector<std::string>& services) {
  RunResult run;
  for (const std::string& name : tenants) run.tenants.emplace_back().name = name;
  for (const std::string& name : pipelines) run.pipelines.emplace_back().name = name;
  for (const std::string& name : services) run.services.emplace_back().name = name;
  return run;
}

std::string found(const RunResult& run, const std::string& name) {
  return find_figure(named_figures(run), name, {}).name;
}

std::string refusal(const RunResult& run, const std::string& name) {
  return error_of([&] { found(run, name); });
}

TEST(NamedFigure, IsCalledByItsBareNameOrInFull) {
  const RunResult run = run_of({"red", "research/vision"}, {"nightly"}, {"chat"});
  EXPECT_EQ(found(run, "wait.p95"), "wait.p95");
  EXPECT_EQ(found(run, "red.wait.p95"), "red.wait.p95");
  EXPECT_EQ(found(run, "tenants.red.wait.p95"), "red.wait.p95");
  EXPECT_EQ(found(run, "research/vision.cost"), "research/vision.cost");
  EXPECT_EQ(found(run, "pipelines.nightly.makespan.mean"), "nightly.makespan.mean");
  EXPECT_EQ(found(run, "chat.ttft.p99"), "chat.ttft.p99");
  EXPECT_EQ(found(run, "services.chat.kv_utilization.max"), "chat.kv_utilization.max");
}

TEST(NamedFigure, OneThatCouldMeanAnotherIsWrittenInFull) {
  const RunResult twins = run_of({"chat"}, {}, {"chat"});
  EXPECT_EQ(refusal(twins, "chat.ttft.p99"),
            "'chat.ttft.p99' could mean another, too; write services.chat.ttft.p99");
  EXPECT_EQ(refusal(twins, "chat.wait.p95"),
            "'chat.wait.p95' could mean another, too; write tenants.chat.wait.p95");
  EXPECT_EQ(found(twins, "tenants.chat.wait.p95"), "tenants.chat.wait.p95");
  const RunResult wait = run_of({"wait", "services"}, {}, {"ttft"});
  EXPECT_EQ(found(wait, "wait.p95"), "wait.p95") << "the run's own";
  EXPECT_THAT(refusal(wait, "wait.cost"), HasSubstr("write tenants.wait.cost"));
  EXPECT_THAT(refusal(wait, "services.cost"), HasSubstr("write tenants.services.cost"));
  EXPECT_THAT(refusal(wait, "ttft.attainment"), HasSubstr("write services.ttft.attainment"));
}

TEST(NamedFigure, UnknownOnesAreAnsweredWithTheNearest) {
  const RunResult run = run_of({"red"}, {}, {"chat"});
  EXPECT_EQ(refusal(run, "wiat.p95"), "unknown figure 'wiat.p95' (did you mean 'wait.p95'?)");
  EXPECT_EQ(refusal(run, "chatt.ttft.p99"),
            "unknown figure 'chatt.ttft.p99' (did you mean 'chat.ttft.p99'?)");
  EXPECT_EQ(refusal(run, "rde.wait.p95"),
            "unknown figure 'rde.wait.p95' (did you mean 'red.wait.p95'?)");
}

TEST(NamedFigure, WithoutAServiceItIsThatOfTheWorst) {
  RunResult run = run_of({}, {}, {"chat", "code", "mail"});
  const double attainments[] = {0.99, 0.95, 0.97};
  for (std::size_t i = 0; i < run.services.size(); ++i) {
    run.services[i].attainment = attainments[i];
    run.services[i].latencies.ttft_ms = Percentiles{};
    run.services[i].latencies.ttft_ms->p99 = static_cast<double>(10 * (i + 1));
  }
  const auto value = [&](const std::string& name) {
    return find_figure(named_figures(run), name, {}).value;
  };
  EXPECT_EQ(value("attainment"), 0.95);
  EXPECT_DOUBLE_EQ(value("ttft.p99").value(), 0.03);
  EXPECT_FALSE(find_figure(named_figures(run), "ttft.p99", {}).samples);
  run.services[2].attainment.reset();
  EXPECT_EQ(value("attainment"), std::nullopt);
  run.services.resize(1);
  EXPECT_EQ(find_figure(named_figures(run), "ttft.p99", {}).samples->group, "chat");
  run.services.clear();
  EXPECT_THAT(refusal(run, "attainment"), HasSubstr("unknown figure"));
}

TEST(NamedFigure, EveryNameFindsItsFigureWhateverThingsAreCalled) {
  const std::string words[] = {"red",  "red/a", "a",       "a.wait",     "wait", "cost",
                               "jobs", "ttft",  "tenants", "services.a", "jct",  "pipelines"};
  Random random(1);
  std::size_t ambiguous = 0;
  for (int round = 0; round < 300; ++round) {
    const auto drawn = [&] {
      std::set<std::string> names;  // Within a group they differ.
      for (std::uint32_t i = random.below(4); i > 0; --i) {
        names.insert(words[random.below(std::size(words))]);
      }
      return std::vector<std::string>(names.begin(), names.end());
    };
    const RunResult run = run_of(drawn(), drawn(), drawn());
    const std::vector<NamedFigure> figures = named_figures(run);
    std::set<std::string> all;
    for (const NamedFigure& figure : figures) {
      EXPECT_TRUE(all.insert(figure.full_name).second) << figure.full_name;
      for (const std::string& name : {figure.name, figure.full_name}) {
        EXPECT_EQ(find_figure(figures, name, {}).full_name, figure.full_name) << name;
      }
      const auto is_full = [&](const NamedFigure& other) {
        return other.full_name == figure.ambiguous;  // Which is not in doubt.
      };
      if (figure.ambiguous.empty() || std::ranges::any_of(figures, is_full)) continue;
      ++ambiguous;
      EXPECT_THAT(refusal(run, figure.ambiguous), HasSubstr(figure.full_name));
    }
  }
  EXPECT_GT(ambiguous, 1000U);
}

TEST(NamedFigure, FilesAndUsersNameTheSame) {
  EXPECT_EQ(user_name("wait_s_p95"), "wait.p95");
  EXPECT_EQ(user_name("makespan_s"), "makespan");
  EXPECT_EQ(user_name("jobs_rejected"), "jobs.rejected");
  EXPECT_EQ(user_name("energy_kwh"), "energy");
  EXPECT_EQ(user_name("red.wait.p95"), "red.wait.p95");
}

}  // namespace
}  // namespace tandem
