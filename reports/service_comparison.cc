#include "reports/service_comparison.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/human.h"
#include "reports/part_rows.h"
#include "reports/service_json.h"

namespace tandem {
namespace {

using Rows = PartRows<ServiceResult>;
using Value = Rows::Value;

Value seconds(std::optional<double> milliseconds) {
  return milliseconds ? Value(*milliseconds / 1000) : std::nullopt;
}

template <auto Figure, auto Statistic>
auto latency() {
  return [](const ServiceResult& service) {
    const auto& values = service.latencies.*Figure;
    return values ? seconds((*values).*Statistic) : std::nullopt;
  };
}

template <auto Statistic>
auto itl() {
  return [](const ServiceResult& service) {
    return service.itl_ms ? seconds((*service.itl_ms).*Statistic) : std::nullopt;
  };
}

template <auto State>
auto requests() {
  return [](const ServiceResult& service) {
    return Value(static_cast<double>(service.requests.*State));
  };
}

void add_latencies(Rows& rows) {
  constexpr auto kSeconds = Unit::kSeconds;
  constexpr auto kLess = Better::kLess;
  rows.add("TTFT, mean", kSeconds, kLess, latency<&Latencies::ttft_ms, &Percentiles::mean>());
  rows.add("TTFT, p99", kSeconds, kLess, latency<&Latencies::ttft_ms, &Percentiles::p99>());
  rows.add("TPOT, mean", kSeconds, kLess, latency<&Latencies::tpot_ms, &Percentiles::mean>());
  rows.add("TPOT, p99", kSeconds, kLess, latency<&Latencies::tpot_ms, &Percentiles::p99>());
  rows.add("ITL, p99", kSeconds, kLess, itl<&Percentiles::p99>());
  rows.add("E2E, mean", kSeconds, kLess, latency<&Latencies::e2e_ms, &Percentiles::mean>());
  rows.add("E2E, p99", kSeconds, kLess, latency<&Latencies::e2e_ms, &Percentiles::p99>());
}

void add_load(Rows& rows) {
  constexpr auto kNeither = Better::kNeither;
  rows.add("requests/s", Unit::kPlain, Better::kMore,
           [](const ServiceResult& s) { return s.throughput_rps; });
  rows.add("good requests/s", Unit::kPlain, Better::kMore,
           [](const ServiceResult& s) { return s.goodput_rps; });
  rows.add("output tokens/s", Unit::kPlain, Better::kMore,
           [](const ServiceResult& s) { return s.output_tokens_per_s; });
  rows.add("KV cache used", Unit::kFraction, kNeither,
           [](const ServiceResult& s) { return Value(s.kv_utilization.mean); });
  rows.add("requests waiting, mean", Unit::kPlain, Better::kLess,
           [](const ServiceResult& s) { return Value(s.queue_length.mean); });
  rows.add("prefix hit rate", Unit::kFraction, Better::kMore,
           [](const ServiceResult& s) { return s.prefix_hit_rate; });
  rows.add("evictions", Unit::kCount, Better::kLess,
           [](const ServiceResult& s) { return Value(static_cast<double>(s.preemptions)); });
  rows.add("requests rejected", Unit::kCount, Better::kLess, requests<&JobCounts::rejected>());
  rows.add("requests failed", Unit::kCount, Better::kLess, requests<&JobCounts::failed>());
}

ComparisonBlock compare_one(std::span<const RunResult> runs, std::span<const std::string> policies,
                            std::size_t place) {
  Rows rows(runs, policies,
            [place](const RunResult& run) -> const ServiceResult& { return run.services[place]; });
  const ServiceResult& known = runs.front().services[place];
  rows.add("all objectives met", Unit::kFraction, Better::kMore,
           [](const ServiceResult& service) { return service.attainment; });
  for (std::size_t i = 0; i < known.objectives.size(); ++i) {
    rows.add(fmt::format("{}, limit {}", objective_name(known.objectives[i].objective),
                         human(to_seconds(known.objectives[i].objective.limit), Unit::kSeconds)),
             Unit::kSeconds, Better::kLess, [i](const ServiceResult& service) {
               return i < service.objectives.size() ? seconds(service.objectives[i].value_ms)
                                                    : std::nullopt;
             });
  }
  add_latencies(rows);
  add_load(rows);
  return {fmt::format("{}, {} requests", known.name, known.requests.submitted), rows.take()};
}

/// Of one service, the mean over all seeds of a policy; nothing if some seed lacks the figure.
template <class Figure>
Value mean_under(std::span<const RunResult> runs, const std::string& policy, std::size_t place,
                 Figure figure) {
  std::vector<double> values;
  for (const RunResult& run : runs) {
    if (run.policy != policy || place >= run.services.size()) continue;
    const Value value = figure(run.services[place]);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return mean_of(values);
}

std::string sentence(std::span<const RunResult> runs, const std::string& policy,
                     std::size_t place) {
  const ServiceResult& service = runs.front().services[place];
  const auto mean = [&](auto figure) {
    return mean_under(runs, policy, place, figure).value_or(0);
  };
  if (!service.objectives.empty()) {
    const double met = mean([](const ServiceResult& s) { return s.attainment; });
    return fmt::format("{} meets all objectives for {} of its requests under {}. ", service.name,
                       human(met, Unit::kFraction), policy);
  }
  const double ttft = mean(latency<&Latencies::ttft_ms, &Percentiles::mean>());
  const double tpot = mean(latency<&Latencies::tpot_ms, &Percentiles::mean>());
  return fmt::format("{} gives a first token after {}, later ones every {} under {}. ",
                     service.name, human(ttft, Unit::kSeconds), human(tpot, Unit::kSeconds),
                     policy);
}

}  // namespace

std::string answer_of_services(std::span<const RunResult> runs) {
  std::string text;
  const std::size_t count = runs.empty() ? 0 : runs.front().services.size();
  for (std::size_t i = 0; i < count; ++i) {
    const bool promises = !runs.front().services[i].objectives.empty();
    const auto cost = [promises](const ServiceResult& service) {
      if (!promises) return latency<&Latencies::e2e_ms, &Percentiles::mean>()(service);
      return service.attainment ? Value(-*service.attainment) : std::nullopt;
    };
    Value least;
    std::string best;
    for (const RunResult& run : runs) {
      const Value mean = mean_under(runs, run.policy, i, cost);
      if (!mean || (least && *mean >= *least)) continue;
      least = mean;
      best = run.policy;
    }
    if (least) text += sentence(runs, best, i);
  }
  return text;
}

std::vector<ComparisonBlock> compare_services(std::span<const RunResult> runs,
                                              std::span<const std::string> policies) {
  std::vector<ComparisonBlock> blocks;
  if (runs.empty()) return blocks;
  std::size_t count = runs.front().services.size();
  for (const RunResult& run : runs) count = std::min(count, run.services.size());
  for (std::size_t i = 0; i < count; ++i) blocks.push_back(compare_one(runs, policies, i));
  return blocks;
}

}  // namespace tandem
