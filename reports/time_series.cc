#include "reports/time_series.h"

#include <algorithm>

namespace tandem {

void TimeSeries::add(Time from, Time to, double value) {
  if (to <= from || value == 0) return;
  while ((to.time_since_epoch() - Duration{1}) / step_ >= static_cast<std::int64_t>(kMost)) halve();
  while (from < to) {
    const auto piece = static_cast<std::size_t>(from.time_since_epoch() / step_);
    const Time end = std::min(to, Time{step_ * static_cast<std::int64_t>(piece + 1)});
    if (piece >= sums_.size()) sums_.resize(piece + 1);
    sums_[piece] += value * static_cast<double>((end - from).count());
    from = end;
  }
}

void TimeSeries::halve() {
  step_ *= 2;
  std::vector<double> sums((sums_.size() + 1) / 2);
  for (std::size_t i = 0; i < sums_.size(); ++i) sums[i / 2] += sums_[i];
  sums_ = std::move(sums);
}

std::vector<double> TimeSeries::means(Time end) const {
  std::vector<double> means;
  for (Time at{}; at < end; at += step_) {
    const std::size_t piece = means.size();
    const double sum = piece < sums_.size() ? sums_[piece] : 0;
    means.push_back(sum / static_cast<double>(std::min(step_, end - at).count()));
  }
  return means;
}

}  // namespace tandem
