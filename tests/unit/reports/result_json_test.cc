#include "reports/result_json.h"

#include <gtest/gtest.h>

#include <limits>

#include "policies/core/error.h"
#include "tests/unit/reports/sample_results.h"

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

TEST(ResultJson, ReadsBackWhatItWrote) {
  const RunResult run = sample_run("easy", 18446744073709551615u, 1.0 / 3);
  EXPECT_EQ(run_from_json(Json::parse(to_json(run).dump())), run);
}

TEST(ResultJson, MissingFiguresReadBackAsMissing) {
  RunResult run;
  run.policy = "fifo";
  EXPECT_EQ(run_from_json(Json::parse(to_json(run).dump())), run);
}

TEST(ResultJson, NamesAreThoseOfTheSchema) {
  const Json json = to_json(sample_run("easy", 1, 60));
  std::string names;
  for (const auto& [name, value] : json.items()) names += name + " ";
  EXPECT_EQ(names,
            "policy seed findings jobs wait_s jct_s slowdown slowdown_undefined bounded_slowdown "
            "pending_s "
            "makespan_s utilization device_hours goodput_device_hours cost energy_kwh carbon_kg "
            "jain "
            "finish_time_fairness starvation queue_length tenants warnings engine ");
  EXPECT_EQ(json["wait_s"].dump(),
            R"({"mean":60.0,"p50":30.0,"p90":120.0,"p95":180.0,"p99":240.0,"max":300.0})");
  EXPECT_EQ(json["findings"].dump(),
            R"([{"kind":"infeasible","severity":"warning",)"
            R"("summary":"1 of 100 jobs can never run here and were rejected",)"
            R"("count":1,"jobs":["huge"]}])");
  EXPECT_EQ(json["finish_time_fairness"]["unfair"], 0.25);
  EXPECT_EQ(json["finish_time_fairness"]["cdf"].dump(),
            R"([{"rho":1.0,"share":0.75},{"rho":5.0,"share":1.0}])");
  EXPECT_EQ(json["tenants"]["bob"]["jobs"]["completed"], 37);
  EXPECT_TRUE(json["tenants"]["bob"]["wait_s"]["mean"].is_null());
}

TEST(ResultJson, PipelinesReadBackInTheirOrder) {
  RunResult run = sample_run("easy", 1, 60);
  run.pipelines = sample_pipelines(7200);
  const Json json = Json::parse(to_json(run).dump());
  EXPECT_EQ(run_from_json(json), run);
  const Json& nightly = json["pipelines"]["nightly"];
  EXPECT_EQ(nightly["runs"]["rejected"], 1);
  EXPECT_EQ(nightly["makespan_s"]["mean"], 7200.0);
  EXPECT_EQ(nightly["stages"]["eval"].dump(),
            R"({"slices":8,"jobs":24,"run_s":2400.0,"device_s":4800.0,"overhead_s":600.0,)"
            R"("overhead_device_s":1200.0,"overhead_share":0.25,)"
            R"("wait_s":{"mean":90.0,"max":600.0},"span_s":{"mean":1800.0}})");
  EXPECT_TRUE(json["pipelines"]["never"]["makespan_s"].is_null());
}

TEST(ResultJson, WhatIsNoNumberIsNull) {
  RunResult run;
  run.cost = std::numeric_limits<double>::quiet_NaN();
  run.jain = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(to_json(run)["cost"].is_null());
  EXPECT_TRUE(to_json(run)["jain"].is_null());
}

TEST(ResultJson, DocumentKeepsScenarioAndRuns) {
  ResultDocument document;
  document.scenario = {"lab", "12ab", Json{{"devices", 64}}};
  document.runs = {sample_run("fifo", 1, 60), sample_run("easy", 1, 30)};
  const Json json = Json::parse(to_json(document).dump());
  EXPECT_EQ(json["schema"], "tandem.result/1");
  EXPECT_EQ(json["scenario"].dump(), R"({"name":"lab","hash":"12ab","devices":64})");
  EXPECT_EQ(json["summary"][1]["policy"], "easy");
  EXPECT_EQ(json["summary"][1]["metrics"]["wait_s_mean"].dump(), R"({"mean":30.0,"ci95":null})");
  const ResultDocument again = document_from_json(json);
  EXPECT_EQ(again.runs, document.runs);
  EXPECT_EQ(again.scenario.more, document.scenario.more);
}

TEST(ResultJson, NewerMembersArePassedOver) {
  Json json = to_json(sample_run("fifo", 1, 60));
  json["invented_later"] = {1, 2};
  EXPECT_EQ(run_from_json(json), sample_run("fifo", 1, 60));
}

TEST(ResultJson, OtherThingsAreNoResult) {
  EXPECT_THROW(run_from_json(Json{{"policy", "fifo"}}), InputError);
  EXPECT_THROW(run_from_json(Json{{"policy", 3}}), InputError);
  Json run = to_json(sample_run("fifo", 1, 60));
  run["findings"][0]["severity"] = "dreadful";
  EXPECT_THROW(run_from_json(run), InputError);
  EXPECT_THROW(document_from_json(Json::array()), InputError);
  EXPECT_THROW(document_from_json(Json{{"schema", "tandem.result/9"}}), InputError);
}

}  // namespace
}  // namespace tandem
