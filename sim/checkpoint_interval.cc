#include "sim/checkpoint_interval.h"

#include <algorithm>
#include <cmath>

namespace tandem {

double young_interval_s(double cost_s, double mtbf_s) { return std::sqrt(2 * cost_s * mtbf_s); }

double daly_interval_s(double cost_s, double mtbf_s) {
  if (cost_s >= 2 * mtbf_s) return mtbf_s;
  const double ratio = cost_s / (2 * mtbf_s);
  return young_interval_s(cost_s, mtbf_s) * (1 + std::sqrt(ratio) / 3 + ratio / 9) - cost_s;
}

double daly_time_s(double work_s, double interval_s, double cost_s, double restart_s,
                   double mtbf_s) {
  return mtbf_s * std::exp(restart_s / mtbf_s) * std::expm1((interval_s + cost_s) / mtbf_s) *
         work_s / interval_s;
}

std::optional<Duration> gang_mtbf(const FailureSettings& failures, std::size_t nodes,
                                  std::size_t racks) {
  double per_second = 0;
  if (failures.node_mtbf) {
    per_second += static_cast<double>(nodes) / to_seconds(*failures.node_mtbf);
  }
  if (failures.rack_mtbf) {
    per_second += static_cast<double>(racks) / to_seconds(*failures.rack_mtbf);
  }
  if (per_second == 0) return std::nullopt;
  return Duration{std::llround(1e9 / per_second)};
}

std::optional<Duration> checkpoint_interval(const FailureSettings& failures,
                                            std::optional<Duration> mtbf, Duration cost) {
  if (failures.checkpoint_rule == CheckpointRule::kFixed) return failures.checkpoint_interval;
  if (!mtbf) return std::nullopt;
  const double cost_s = to_seconds(cost);
  const double seconds = failures.checkpoint_rule == CheckpointRule::kYoung
                             ? young_interval_s(cost_s, to_seconds(*mtbf))
                             : daly_interval_s(cost_s, to_seconds(*mtbf));
  // Where saving costs nothing the formulas say: all the time. A second comes close enough.
  return std::max(Duration{std::llround(seconds * 1e9)}, Duration{std::chrono::seconds(1)});
}

}  // namespace tandem
