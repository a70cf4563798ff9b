#include "reports/html/report_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "policies/core/error.h"
#include "reports/history/history_recorder.h"
#include "reports/html/packed.h"
#include "told_run.h"

namespace tandem {
namespace {

using testing::HasSubstr;

/// Reads a packed column again, by the rules of source maps.
std::vector<std::int64_t> unpacked(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::int64_t> numbers;
  std::uint64_t value = 0;
  int shift = 0;
  for (const char c : text) {
    const std::uint64_t digit = digits.find(c);
    value |= (digit & 31) << shift;
    shift += 5;
    if (digit >= 32) continue;
    const auto size = static_cast<std::int64_t>(value >> 1);
    numbers.push_back((value & 1) != 0 ? -size : size);
    value = 0;
    shift = 0;
  }
  return numbers;
}

TEST(PackedNumbers, AreSourceMapsNumbers) {
  // The worked example of the source map format: 0, 0, 16, 1 is "AAgBC".
  PackedNumbers numbers;
  for (const int number : {0, 0, 16, 1}) numbers.add(number);
  EXPECT_EQ(numbers.text(), "AAgBC");
}

TEST(PackedNumbers, ReadBackTheSame) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::int64_t> numbers;
    PackedNumbers packed;
    for (int i = 0; i < 200; ++i) {
      const auto size = static_cast<std::int64_t>(random() >> (12 + random() % 50));
      numbers.push_back(random() % 2 == 0 ? size : -size);
      packed.add(numbers.back());
    }
    EXPECT_EQ(unpacked(packed.text()), numbers);
  }
}

TEST(PackedStretches, AreValuesAndCounts) {
  PackedStretches packed;
  EXPECT_EQ(packed.text(), "");
  for (const int number : {2, 2, 2, -1, 5, 5}) packed.add(number);
  EXPECT_EQ(unpacked(packed.text()), (std::vector<std::int64_t>{2, 3, -1, 1, 5, 2}));
}

TEST(PackedNames, KeepStemsOnceAndEveryName) {
  const std::vector<std::string> names = {"eval-7",  "eval-8", "eval-08", "x",           "",
                                          "12",      "a-0",    "a-00",    "b9999999999", "eval-3",
                                          "b-000012"};
  PackedNames packed;
  for (const std::string& name : names) packed.add(name);
  const auto json = packed.json();
  const auto stem = unpacked(json["stem"]);
  const auto number = unpacked(json["number"]);
  std::vector<std::int64_t> last(json["stems"].size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto place = static_cast<std::size_t>(stem[i]);
    last[place] += number[i];
    const std::string digits = last[place] < 0 ? "" : std::to_string(last[place]);
    EXPECT_EQ(json["stems"][place].get<std::string>() + digits, names[i]);
  }
}

/// A run of jobs of one device each, one after the other.
ReportedRun run_of(std::uint32_t jobs, const std::string& policy,
                   const std::string& name = "job-") {
  HistoryRecorder recorder;
  ToldRun told(recorder, header_of(2, one_tenant("</script><b>"), policy));
  for (std::uint32_t i = 0; i < jobs; ++i) {
    told.at(std::chrono::seconds(10 * i)).submit_named(i, name + std::to_string(i), 1);
    told.start(i, 1, i % 2, "reason " + std::to_string(i)).started(i);
    told.at(std::chrono::seconds(10 * i + 1 + i % 7)).finish(i);
  }
  RunResult result;
  result.policy = policy;
  result.jobs = {jobs, jobs, 0, 0, 0, 0, 0};
  return {result, recorder.finish(true), {}, {}};
}

Report report_of(std::vector<ReportedRun> runs) {
  std::vector<RunResult> results;
  for (const ReportedRun& run : runs) results.push_back(run.result);
  return make_report("title", std::move(results), std::move(runs));
}

TEST(PageData, EqualWorkloadsAreWrittenOnce) {
  const auto json = page_data(report_of({run_of(20, "a"), run_of(20, "b")}));
  EXPECT_EQ(json["workloads"].size(), 1U);
  EXPECT_EQ(json["clusters"].size(), 1U);
  EXPECT_EQ(json["runs"][1]["workload"], 0);
  EXPECT_EQ(json["unit_s"], 1e-6);
}

TEST(PageData, OfTooManyGangsThoseWithMostDeviceTimeStay) {
  PageLimits limits;
  limits.gangs_of_run = 10;
  const auto json = page_data(report_of({run_of(70, "a")}), limits);
  EXPECT_EQ(json["runs"][0]["omitted"], 60);
  const auto lengths = unpacked(json["runs"][0]["turn"]["length"]);
  EXPECT_EQ(lengths, std::vector<std::int64_t>(10, 7'000'000));
  EXPECT_EQ(unpacked(json["workloads"][0]["devices"]).size(), 10U);
}

TEST(PageData, LaterPoliciesBeyondTheLimitHaveCurvesOnly) {
  PageLimits limits;
  limits.bytes = 3000;
  const auto json = page_data(report_of({run_of(100, "a"), run_of(100, "b")}), limits);
  EXPECT_TRUE(json["runs"][0].contains("turn"));
  EXPECT_FALSE(json["runs"][1].contains("turn"));
  EXPECT_FALSE(json["runs"][1]["queue"]["at"].get<std::string>().empty());
}

TEST(PageData, ManyReasonsLoseTheirNumbers) {
  PageLimits limits;
  limits.reason_bytes = 100;
  const auto json = page_data(report_of({run_of(100, "a")}), limits);
  EXPECT_EQ(json["runs"][0]["texts"], (nlohmann::ordered_json{"", "reason …"}));
}

TEST(ReportPage, EndsItsDataWhereWeEndIt) {
  const Report report = report_of({run_of(9, "a", "</script><script>alert(1)</script><!--")});
  const std::string page = report_page(report, "/* Chart.js */");
  EXPECT_THAT(page, testing::Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page, testing::Not(HasSubstr("<b>")));
  EXPECT_THAT(page, HasSubstr("\\u003c/script>"));
  EXPECT_THAT(page, HasSubstr("/* Chart.js */"));
  EXPECT_EQ(page, report_page(report, "/* Chart.js */"));
}

TEST(ReportPage, AsksNothingOfTheNetwork) {
  const std::string page = report_page(report_of({run_of(9, "a")}), "");
  for (const char* word : {"http://", "https://", " src=", "@import", "url("}) {
    EXPECT_THAT(page, testing::Not(HasSubstr(word)));
  }
}

TEST(ChartJs, ThatIsMissingNamesThePackage) {
  try {
    read_chart_js("/nowhere/chart.min.js");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/chart.min.js"));
    EXPECT_THAT(error.what(), HasSubstr("apt install libjs-chart.js"));
  }
}

}  // namespace
}  // namespace tandem
