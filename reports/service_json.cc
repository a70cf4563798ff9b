#include "reports/service_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>

#include "policies/core/error.h"

namespace tandem {
namespace {

constexpr std::string_view kMetricNames[] = {"ttft", "tpot", "itl", "e2e"};

Json write(const Level& level) {
  return {{"mean", number(level.mean)}, {"max", number(level.max)}};
}
Level read_level(const Json& json) { return {json.at("mean"), json.at("max")}; }

void write(const Latencies& latencies, Json& json) {
  json["ttft_ms"] = write(latencies.ttft_ms);
  json["tpot_ms"] = write(latencies.tpot_ms);
  json["e2e_ms"] = write(latencies.e2e_ms);
}

Latencies read_latencies(const Json& json) {
  return {read_distribution(json, "ttft_ms"), read_distribution(json, "tpot_ms"),
          read_distribution(json, "e2e_ms")};
}

Json write(const std::vector<RequestGroup>& groups) {
  Json json = Json::object();
  auto& members = json.get_ref<Json::object_t&>();
  for (const RequestGroup& group : groups) {
    Json one = {{"requests", write(group.requests)}};
    write(group.latencies, one);
    one["attainment"] = number(group.attainment);
    members.push_back({group.name, std::move(one)});
  }
  return json;
}

std::vector<RequestGroup> read_groups(const Json& json) {
  std::vector<RequestGroup> groups;
  for (const auto& [name, group] : json.items()) {
    groups.push_back({name, read_counts(group.at("requests")), read_latencies(group),
                      find<double>(group, "attainment")});
  }
  return groups;
}

Json write(const std::vector<ObjectiveResult>& objectives) {
  Json json = Json::array();
  for (const ObjectiveResult& result : objectives) {
    json.push_back({{"metric", name_of(result.objective.metric)},
                    {"percentile", result.objective.percentile},
                    {"limit_ms", to_seconds(result.objective.limit) * 1000},
                    {"value_ms", number(result.value_ms)},
                    {"met", result.is_met}});
  }
  return json;
}

std::vector<ObjectiveResult> read_objectives(const Json& json) {
  std::vector<ObjectiveResult> objectives;
  for (const Json& one : json) {
    const std::string name = one.at("metric");
    const auto* metric = std::ranges::find(kMetricNames, name);
    if (metric == std::end(kMetricNames)) throw InputError("no objective is about " + name);
    const double limit = one.at("limit_ms").get<double>() * 1e6;
    const Objective objective{static_cast<Objective::Metric>(metric - std::begin(kMetricNames)),
                              one.at("percentile"), Duration{std::llround(limit)}};
    objectives.push_back({objective, find<double>(one, "value_ms"), one.at("met")});
  }
  return objectives;
}

Json write(const ServiceResult& service) {
  Json json = {{"requests", write(service.requests)}};
  write(service.latencies, json);
  json["itl_ms"] = write(service.itl_ms);
  json["objectives"] = write(service.objectives);
  json["attainment"] = number(service.attainment);
  json["throughput_rps"] = number(service.throughput_rps);
  json["goodput_rps"] = number(service.goodput_rps);
  json["prompt_tokens_per_s"] = number(service.prompt_tokens_per_s);
  json["output_tokens_per_s"] = number(service.output_tokens_per_s);
  json["preemptions"] = service.preemptions;
  json["prefix_hit_rate"] = number(service.prefix_hit_rate);
  json["block_hit_rate"] = number(service.block_hit_rate);
  json["kv_utilization"] = write(service.kv_utilization);
  json["queue_length"] = write(service.queue_length);
  json["running"] = write(service.running);
  json["queue_length_over_time"] = {{"step_s", service.series_step_s},
                                    {"mean", service.queue_length_series}};
  json["tenants"] = write(service.tenants);
  json["classes"] = write(service.classes);
  json["step_time"] = {{"provenance", service.provenance},
                       {"band", {number(service.band_low), number(service.band_high)}}};
  return json;
}

}  // namespace

std::string_view name_of(Objective::Metric metric) {
  return kMetricNames[static_cast<std::size_t>(metric)];
}

std::string objective_name(const Objective& objective) {
  std::string name(name_of(objective.metric));
  for (char& letter : name) letter = static_cast<char>(std::toupper(letter));
  return fmt::format("{} p{:g}", name, objective.percentile);
}

Json write(const std::vector<ServiceResult>& services) {
  Json json = Json::object();
  auto& members = json.get_ref<Json::object_t&>();
  for (const ServiceResult& service : services) members.push_back({service.name, write(service)});
  return json;
}

ServiceResult read_service(const std::string& name, const Json& json) {
  ServiceResult service;
  service.name = name;
  service.requests = read_counts(json.at("requests"));
  service.latencies = read_latencies(json);
  service.itl_ms = read_distribution(json, "itl_ms");
  service.objectives = read_objectives(json.at("objectives"));
  service.attainment = find<double>(json, "attainment");
  service.throughput_rps = find<double>(json, "throughput_rps");
  service.goodput_rps = find<double>(json, "goodput_rps");
  service.prompt_tokens_per_s = find<double>(json, "prompt_tokens_per_s");
  service.output_tokens_per_s = find<double>(json, "output_tokens_per_s");
  service.preemptions = json.at("preemptions");
  service.prefix_hit_rate = find<double>(json, "prefix_hit_rate");
  service.block_hit_rate = find<double>(json, "block_hit_rate");
  service.kv_utilization = read_level(json.at("kv_utilization"));
  service.queue_length = read_level(json.at("queue_length"));
  service.running = read_level(json.at("running"));
  service.series_step_s = json.at("queue_length_over_time").at("step_s");
  service.queue_length_series =
      json.at("queue_length_over_time").at("mean").get<std::vector<double>>();
  service.tenants = read_groups(json.at("tenants"));
  service.classes = read_groups(json.at("classes"));
  service.provenance = json.at("step_time").at("provenance").get<std::vector<std::string>>();
  const Json& band = json.at("step_time").at("band");
  if (!band.at(0).is_null()) service.band_low = band.at(0).get<double>();
  if (!band.at(1).is_null()) service.band_high = band.at(1).get<double>();
  return service;
}

}  // namespace tandem
