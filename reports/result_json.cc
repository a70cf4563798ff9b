#include "reports/result_json.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "policies/core/error.h"
#include "reports/json_parts.h"
#include "reports/metric.h"
#include "reports/service_json.h"
#include "reports/summary.h"

namespace tandem {
namespace {

Json write(const TenantResult& tenant) {
  return {{"jobs", write(tenant.jobs)},
          {"wait_s", {{"mean", number(tenant.wait_s_mean)}, {"p95", number(tenant.wait_s_p95)}}},
          {"jct_s", {{"mean", number(tenant.jct_s_mean)}}},
          {"slowdown", {{"mean", number(tenant.slowdown_mean)}}},
          {"device_hours", number(tenant.device_hours)},
          {"share", number(tenant.share)},
          {"cost", number(tenant.cost)},
          {"energy_kwh", number(tenant.energy_kwh)},
          {"carbon_kg", number(tenant.carbon_kg)}};
}

TenantResult read_tenant(const std::string& name, const Json& json) {
  TenantResult tenant;
  tenant.name = name;
  tenant.jobs = read_counts(json.at("jobs"));
  tenant.wait_s_mean = find<double>(json.at("wait_s"), "mean");
  tenant.wait_s_p95 = find<double>(json.at("wait_s"), "p95");
  tenant.jct_s_mean = find<double>(json.at("jct_s"), "mean");
  tenant.slowdown_mean = find<double>(json.at("slowdown"), "mean");
  tenant.device_hours = json.at("device_hours");
  tenant.share = json.at("share");
  tenant.cost = find<double>(json, "cost");
  tenant.energy_kwh = find<double>(json, "energy_kwh");
  tenant.carbon_kg = find<double>(json, "carbon_kg");
  return tenant;
}

Json write(const std::vector<TenantResult>& tenants) {
  Json json = Json::object();
  // Not json[name] = …, which searches an ordered object from its front each time.
  auto& members = json.get_ref<Json::object_t&>();
  for (const TenantResult& tenant : tenants) members.push_back({tenant.name, write(tenant)});
  return json;
}

Json write(const StageResult& stage) {
  return {{"slices", stage.slices},
          {"jobs", stage.jobs},
          {"run_s", number(stage.run_s)},
          {"device_s", number(stage.device_s)},
          {"overhead_s", number(stage.overhead_s)},
          {"overhead_device_s", number(stage.overhead_device_s)},
          {"overhead_share", number(stage.overhead_share)},
          {"wait_s", {{"mean", number(stage.wait_s_mean)}, {"max", number(stage.wait_s_max)}}},
          {"span_s", {{"mean", number(stage.span_s_mean)}}}};
}

StageResult read_stage(const std::string& name, const Json& json) {
  StageResult stage;
  stage.name = name;
  stage.slices = json.at("slices");
  stage.jobs = json.at("jobs");
  stage.run_s = json.at("run_s");
  stage.device_s = json.at("device_s");
  stage.overhead_s = json.at("overhead_s");
  stage.overhead_device_s = json.at("overhead_device_s");
  stage.overhead_share = find<double>(json, "overhead_share");
  stage.wait_s_mean = find<double>(json.at("wait_s"), "mean");
  stage.wait_s_max = find<double>(json.at("wait_s"), "max");
  stage.span_s_mean = find<double>(json.at("span_s"), "mean");
  return stage;
}

Json write(const std::vector<PipelineResult>& pipelines) {
  Json json = Json::object();
  auto& members = json.get_ref<Json::object_t&>();
  for (const PipelineResult& pipeline : pipelines) {
    Json stages = Json::object();
    auto& in_order = stages.get_ref<Json::object_t&>();
    for (const StageResult& stage : pipeline.stages) in_order.push_back({stage.name, write(stage)});
    members.push_back({pipeline.name,
                       {{"runs", write(pipeline.runs)},
                        {"makespan_s", write(pipeline.makespan_s)},
                        {"critical_path_s", write(pipeline.critical_path_s)},
                        {"stretch", write(pipeline.stretch)},
                        {"stages", std::move(stages)}}});
  }
  return json;
}

PipelineResult read_pipeline(const std::string& name, const Json& json) {
  PipelineResult pipeline;
  pipeline.name = name;
  pipeline.runs = read_counts(json.at("runs"));
  pipeline.makespan_s = read_distribution(json, "makespan_s");
  pipeline.critical_path_s = read_distribution(json, "critical_path_s");
  pipeline.stretch = read_distribution(json, "stretch");
  for (const auto& [stage, figures] : json.at("stages").items()) {
    pipeline.stages.push_back(read_stage(stage, figures));
  }
  return pipeline;
}

Json write(const std::optional<Starvation>& starvation) {
  if (!starvation) return nullptr;
  return {{"longest_wait_s", number(starvation->longest_wait_s)},
          {"median_wait_s", number(starvation->median_wait_s)},
          {"over_ten_medians", number(starvation->over_ten_medians)}};
}

Json write(const std::vector<Finding>& findings) {
  Json json = Json::array();
  for (const Finding& finding : findings) {
    json.push_back({{"kind", finding.kind},
                    {"severity", kSeverityNames[static_cast<std::size_t>(finding.severity)]},
                    {"summary", finding.summary},
                    {"count", finding.count},
                    {"jobs", finding.jobs}});
  }
  return json;
}

Finding read_finding(const Json& json) {
  const std::string name = json.at("severity");
  const auto* severity = std::find(std::begin(kSeverityNames), std::end(kSeverityNames), name);
  if (severity == std::end(kSeverityNames)) throw InputError("no severity is called " + name);
  return {json.at("kind"), static_cast<Severity>(severity - std::begin(kSeverityNames)),
          json.at("summary"), json.at("count"), json.at("jobs").get<std::vector<std::string>>()};
}

Json write(const std::optional<FinishTimeFairness>& fairness) {
  if (!fairness) return nullptr;
  Json cdf = Json::array();
  for (const CdfPoint& point : fairness->cdf) {
    cdf.push_back({{"rho", number(point.rho)}, {"share", number(point.share)}});
  }
  return {{"rho", write(std::optional(fairness->rho))},
          {"unfair", number(fairness->unfair)},
          {"cdf", std::move(cdf)}};
}

std::optional<FinishTimeFairness> read_fairness(const Json& json) {
  if (json.is_null()) return std::nullopt;
  FinishTimeFairness fairness{*read_distribution(json, "rho"), json.at("unfair"), {}};
  for (const Json& point : json.at("cdf")) {
    fairness.cdf.push_back({point.at("rho"), point.at("share")});
  }
  return fairness;
}

Json write(const EngineFigures& engine) {
  return {{"events", engine.events},
          {"steps", engine.steps},
          {"cpu_s", number(engine.cpu_s)},
          {"wall_s", number(engine.wall_s)},
          {"peak_rss_bytes", engine.peak_rss_bytes}};
}

EngineFigures read_engine(const Json& json) {
  return {json.at("events"), json.at("steps"), json.at("cpu_s"), json.at("wall_s"),
          json.at("peak_rss_bytes")};
}

RunResult read_run(const Json& json) {
  RunResult run;
  run.policy = json.at("policy");
  run.seed = json.at("seed");
  for (const Json& finding : json.at("findings")) run.findings.push_back(read_finding(finding));
  run.jobs = read_counts(json.at("jobs"));
  run.wait_s = read_distribution(json, "wait_s");
  run.jct_s = read_distribution(json, "jct_s");
  run.slowdown = read_distribution(json, "slowdown");
  run.slowdown_undefined = json.at("slowdown_undefined");
  run.bounded_slowdown = read_distribution(json, "bounded_slowdown");
  run.pending_s_mean = find<double>(json.at("pending_s"), "mean");
  run.makespan_s = find<double>(json, "makespan_s");
  run.utilization = find<double>(json, "utilization");
  run.device_hours = json.at("device_hours");
  run.goodput_device_hours = json.at("goodput_device_hours");
  run.cost = find<double>(json, "cost");
  run.energy_kwh = find<double>(json, "energy_kwh");
  run.carbon_kg = find<double>(json, "carbon_kg");
  run.jain = find<double>(json, "jain");
  run.finish_time_fairness = read_fairness(json.at("finish_time_fairness"));
  if (const Json& starvation = json.at("starvation"); !starvation.is_null()) {
    run.starvation = Starvation{starvation.at("longest_wait_s"), starvation.at("median_wait_s"),
                                find<std::uint64_t>(starvation, "over_ten_medians")};
  }
  run.queue = {json.at("queue_length").at("mean"), json.at("queue_length").at("max")};
  for (const auto& [name, tenant] : json.at("tenants").items()) {
    run.tenants.push_back(read_tenant(name, tenant));
  }
  if (const auto pipelines = json.find("pipelines"); pipelines != json.end()) {
    for (const auto& [name, pipeline] : pipelines->items()) {
      run.pipelines.push_back(read_pipeline(name, pipeline));
    }
  }
  if (const auto services = json.find("services"); services != json.end()) {
    for (const auto& [name, service] : services->items()) {
      run.services.push_back(read_service(name, service));
    }
  }
  run.warnings = json.at("warnings").get<std::vector<std::string>>();
  run.engine = read_engine(json.at("engine"));
  return run;
}

Json write(const PolicySummary& summary) {
  Json metrics = Json::object();
  for (std::size_t i = 0; i < summary.metrics.size(); ++i) {
    const std::optional<Estimate>& estimate = summary.metrics[i];
    if (!estimate) continue;
    metrics[std::string(tandem::metrics()[i].name)] = {{"mean", number(estimate->mean)},
                                                       {"ci95", number(estimate->ci95)}};
  }
  return {{"policy", summary.policy}, {"seeds", summary.seeds}, {"metrics", std::move(metrics)}};
}

}  // namespace

Json to_json(const RunResult& run) {
  Json json = {{"policy", run.policy},
               {"seed", run.seed},
               {"findings", write(run.findings)},
               {"jobs", write(run.jobs)},
               {"wait_s", write(run.wait_s)},
               {"jct_s", write(run.jct_s)},
               {"slowdown", write(run.slowdown)},
               {"slowdown_undefined", run.slowdown_undefined},
               {"bounded_slowdown", write(run.bounded_slowdown)},
               {"pending_s", {{"mean", number(run.pending_s_mean)}}},
               {"makespan_s", number(run.makespan_s)},
               {"utilization", number(run.utilization)},
               {"device_hours", number(run.device_hours)},
               {"goodput_device_hours", number(run.goodput_device_hours)},
               {"cost", number(run.cost)},
               {"energy_kwh", number(run.energy_kwh)},
               {"carbon_kg", number(run.carbon_kg)},
               {"jain", number(run.jain)},
               {"finish_time_fairness", write(run.finish_time_fairness)},
               {"starvation", write(run.starvation)},
               {"queue_length", {{"mean", number(run.queue.mean)}, {"max", run.queue.max}}},
               {"tenants", write(run.tenants)}};
  if (!run.pipelines.empty()) json["pipelines"] = write(run.pipelines);
  if (!run.services.empty()) json["services"] = write(run.services);
  json["warnings"] = run.warnings;
  json["engine"] = write(run.engine);
  return json;
}

Json to_json(const ResultDocument& document) {
  Json scenario = {{"name", document.scenario.name}, {"hash", document.scenario.hash}};
  scenario.update(document.scenario.more);
  Json runs = Json::array();
  for (const RunResult& run : document.runs) runs.push_back(to_json(run));
  Json summary = Json::array();
  for (const PolicySummary& policy : summarize(document.runs)) summary.push_back(write(policy));
  Json result = {{"schema", kResultSchema},
                 {"scenario", std::move(scenario)},
                 {"runs", std::move(runs)},
                 {"summary", std::move(summary)}};
  result.update(document.more);
  return result;
}

std::string json_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

RunResult run_from_json(const Json& json) {
  try {
    return read_run(json);
  } catch (const Json::exception& error) {
    throw InputError(std::string("this is no result of a run: ") + error.what());
  }
}

ResultDocument document_from_json(const Json& json) {
  try {
    if (const std::string schema = json.at("schema"); schema != kResultSchema) {
      throw InputError("schema '" + schema + "' is not " + std::string(kResultSchema));
    }
    ResultDocument document;
    document.scenario.more = json.at("scenario");
    document.scenario.name = document.scenario.more.at("name");
    document.scenario.hash = document.scenario.more.at("hash");
    document.scenario.more.erase("name");
    document.scenario.more.erase("hash");
    for (const Json& run : json.at("runs")) document.runs.push_back(run_from_json(run));
    return document;
  } catch (const Json::exception& error) {
    throw InputError(std::string("this is no result: ") + error.what());
  }
}

}  // namespace tandem
