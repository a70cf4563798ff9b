#include "reports/load_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tandem {
namespace {

std::optional<Spread> spread_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  const double mean = *mean_of(values);
  std::vector<double> squares;
  squares.reserve(values.size());
  for (const double value : values) squares.push_back((value - mean) * (value - mean));
  const double deviation = std::sqrt(*mean_of(squares));
  return Spread{*percentiles_of(std::move(values)), deviation};
}

double ms(Duration duration) { return to_seconds(duration) * 1000; }

/// Nothing of a request with one token.
std::optional<double> tpot_of(const RequestRecord& request) {
  if (request.output_tokens < 2) return std::nullopt;
  return ms(request.last_token - request.first_token) / (request.output_tokens - 1);
}

bool meets(const RequestRecord& request, const Objective& objective) {
  const double limit = ms(objective.limit);
  switch (objective.metric) {
    case Objective::Metric::kTtft: return ms(request.first_token - request.arrival) <= limit;
    case Objective::Metric::kE2e: return ms(request.last_token - request.arrival) <= limit;
    case Objective::Metric::kTpot:
    case Objective::Metric::kItl: break;
  }
  return tpot_of(request).value_or(0) <= limit;
}

void write_spread(const std::optional<Spread>& spread, const char* name, Json& json) {
  const auto put = [&](const char* statistic, double Percentiles::*member) {
    json[fmt::format("{}_{}_ms", statistic, name)] =
        spread ? number(spread->values.*member) : Json(nullptr);
  };
  put("mean", &Percentiles::mean);
  put("median", &Percentiles::p50);
  json[fmt::format("std_{}_ms", name)] = spread ? number(spread->deviation) : Json(nullptr);
  put("p50", &Percentiles::p50);
  put("p90", &Percentiles::p90);
  put("p95", &Percentiles::p95);
  put("p99", &Percentiles::p99);
}

}  // namespace

LoadFigures load_figures(const LoadSample& sample, std::span<const Objective> objectives) {
  LoadFigures figures;
  std::vector<double> ttft;
  std::vector<double> tpot;
  std::vector<double> e2e;
  std::uint64_t good = 0;
  for (const RequestRecord& request : sample.requests) {
    figures.failed += request.state == RequestState::kFailed ? 1 : 0;
    figures.rejected += request.state == RequestState::kRejected ? 1 : 0;
    if (request.state != RequestState::kCompleted) continue;
    ++figures.completed;
    figures.prompt_tokens += request.prompt_tokens;
    figures.output_tokens += request.output_tokens;
    ttft.push_back(ms(request.first_token - request.arrival));
    e2e.push_back(ms(request.last_token - request.arrival));
    if (const auto value = tpot_of(request)) tpot.push_back(*value);
    good += std::ranges::all_of(objectives, [&](const auto& o) { return meets(request, o); });
  }
  figures.length_s = to_seconds(sample.length);
  if (figures.length_s > 0) {
    const auto rate = [&](std::uint64_t count) {
      return static_cast<double>(count) / figures.length_s;
    };
    figures.requests_per_s = rate(figures.completed);
    figures.output_tokens_per_s = rate(figures.output_tokens);
    figures.tokens_per_s = rate(figures.prompt_tokens + figures.output_tokens);
    if (!objectives.empty()) figures.goodput_rps = rate(good);
  }
  figures.ttft_ms = spread_of(std::move(ttft));
  figures.tpot_ms = spread_of(std::move(tpot));
  figures.itl_ms = spread_of({sample.gaps_ms.begin(), sample.gaps_ms.end()});
  figures.e2e_ms = spread_of(std::move(e2e));
  return figures;
}

Json write(const LoadFigures& figures) {
  Json json = {{"completed", figures.completed},
               {"failed", figures.failed},
               {"rate_limited", figures.rejected},
               {"duration", figures.length_s},
               {"total_input_tokens", figures.prompt_tokens},
               {"total_output_tokens", figures.output_tokens},
               {"request_throughput", number(figures.requests_per_s)},
               {"request_goodput", number(figures.goodput_rps)},
               {"output_throughput", number(figures.output_tokens_per_s)},
               {"total_token_throughput", number(figures.tokens_per_s)}};
  write_spread(figures.ttft_ms, "ttft", json);
  write_spread(figures.tpot_ms, "tpot", json);
  write_spread(figures.itl_ms, "itl", json);
  write_spread(figures.e2e_ms, "e2el", json);
  return json;
}

}  // namespace tandem
