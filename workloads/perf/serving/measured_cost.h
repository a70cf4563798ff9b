// The time of an engine's step from what `tandem calibrate` has measured of the very engine that
// serves: a sum of curves, straight lines between the points.
#pragma once

#include <string>

#include "workloads/catalog/measured.h"
#include "workloads/perf/serving/cost_account.h"
#include "workloads/perf/serving/curve.h"
#include "workloads/perf/serving/step_line.h"

namespace tandem {

class MeasuredCost final : public StepCost {
 public:
  /// `source` says where it is from.
  MeasuredCost(const MeasuredEngine& engine, std::string source);

  StepLine line(const BatchShape& shape) const override;
  std::int64_t after_pause_ps(const BatchShape& shape) const override;
  CostAccount account() const;

 private:
  std::string source_;
  CostBand band_;
  // Seconds; see MeasuredEngine.
  Curve tokens_;
  Curve sampled_;
  Curve context_;
  Curve pairs_;
  Curve after_pause_;
};

}  // namespace tandem
