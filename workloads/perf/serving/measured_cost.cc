#include "workloads/perf/serving/measured_cost.h"

#include <fmt/format.h>

#include <limits>
#include <utility>
#include <vector>

#include "workloads/perf/serving/picoseconds.h"

namespace tandem {
namespace {

double real(std::int64_t number) { return static_cast<double>(number); }

/// Without points: nothing, everywhere.
Curve curve_of(const MeasuredEngine::Points& points) {
  if (points.empty()) return Curve({0}, {0});
  std::vector<double> x, y;
  for (const MeasuredEngine::Point& point : points) {
    x.push_back(point.at);
    y.push_back(point.seconds);
  }
  return Curve(std::move(x), std::move(y));
}

}  // namespace

MeasuredCost::MeasuredCost(const MeasuredEngine& engine, std::string source)
    : source_(std::move(source)),
      band_{engine.band_low, engine.band_high},
      tokens_(curve_of(engine.tokens)),
      sampled_(curve_of(engine.sampled)),
      context_(curve_of(engine.context)),
      pairs_(curve_of(engine.pairs)),
      after_pause_(curve_of(engine.after_pause)) {}

StepLine MeasuredCost::line(const BatchShape& shape) const {
  double fixed = tokens_.at(real(shape.prefill_tokens + shape.decode_requests));
  if (shape.sampled > 0) fixed += sampled_.at(real(shape.sampled));
  if (shape.prefill_requests > 0) {
    const double chunk = real(shape.prefill_tokens) / real(shape.prefill_requests);
    fixed += pairs_.at(chunk) * real(shape.prefill_pairs);
  }
  const double slope = shape.decode_requests > 0 ? context_.at(real(shape.decode_requests)) : 0;
  return {to_picoseconds(fixed), to_picoseconds(slope), std::numeric_limits<std::int64_t>::max()};
}

std::int64_t MeasuredCost::after_pause_ps(const BatchShape& shape) const {
  return to_picoseconds(after_pause_.at(real(shape.prefill_tokens + shape.decode_requests)));
}

CostAccount MeasuredCost::account() const {
  CostAccount account;
  for (const double tokens : tokens_.points()) {
    account.numbers.push_back(
        {fmt::format("step of {} tokens", tokens), tokens_.at(tokens), "s", source_});
  }
  account.numbers.push_back(
      {"more after a pause", after_pause_.at(after_pause_.first()), "s", source_});
  account.prefill = account.decode = band_;
  account.band_source = source_;
  return account;
}

}  // namespace tandem
