#include "executor/http/status_json.h"

#include <nlohmann/json.hpp>

namespace tandem {
namespace {

using nlohmann::ordered_json;

ordered_json percentiles(const RecentSamples& samples) {
  return {{"p50", samples.percentile(0.5)},
          {"p90", samples.percentile(0.9)},
          {"p99", samples.percentile(0.99)}};
}

ordered_json status_of(const ServedModel& model, const ServiceFigures& figures,
                       const RecentFigures& recent) {
  const auto now = std::chrono::steady_clock::now();
  return {{"name", model.name},
          {"context", model.context},
          {"takes_chats", !model.chat_template.empty()},
          {"replicas", figures.replicas},
          {"waiting", figures.waiting},
          {"running", figures.running},
          {"blocks_held", figures.blocks_held},
          {"blocks", figures.blocks},
          {"preemptions", figures.preemptions},
          {"cached_tokens", figures.cached_tokens},
          {"last_step_s", figures.last_step_s},
          {"requests_per_s", recent.requests.per_second(now)},
          {"tokens_per_s", recent.tokens.per_second(now)},
          {"ttft_s", percentiles(recent.ttft)},
          {"itl_s", percentiles(recent.itl)},
          {"e2e_s", percentiles(recent.e2e)}};
}

}  // namespace

std::string status_json(const ServiceDesk& desk, const Metrics& metrics, const std::string& version,
                        std::size_t connections, std::chrono::steady_clock::duration uptime) {
  ordered_json models = ordered_json::array();
  const auto served = desk.models();
  for (std::size_t i = 0; i < served.size(); ++i) {
    models.push_back(status_of(served[i], desk.figures(i), metrics.recent(i)));
  }
  const ordered_json status{{"schema", "tandem.status/1"},
                            {"version", version},
                            {"uptime_s", std::chrono::duration<double>(uptime).count()},
                            {"connections", connections},
                            {"models", std::move(models)}};
  return status.dump();
}

}  // namespace tandem
