// What was measured of a device instead of computed: the seconds of single steps, and what a gang
// costs around them. `tandem calibrate` writes such entries of the machine it runs on.
#pragma once

#include <string>
#include <vector>

#include "policies/core/units.h"
#include "workloads/perf/layout.h"

namespace tandem {

struct MeasuredStep {
  std::string model;
  StepKind kind = StepKind::kLearn;
  Layout layout;
  double seconds = 0;  ///< In the mean, while every device of the node is busy.
};

struct Measured {
  Duration start{};  ///< From devices to the first step, without a state.
  Duration load{};   ///< More than that, with one.
  Duration save{};   ///< One checkpoint; the gang waits for it.
  /// From the request to stop until the devices are free, without what is left of the step that is
  /// under way and without a checkpoint.
  Duration stop{};
  std::vector<MeasuredStep> steps;

  /// The step of this model in this layout; null if none was measured. Kernels and overlap are the
  /// trainer's: they make no difference between layouts here.
  const MeasuredStep* step(const Architecture& model, const Layout& layout, StepKind kind) const;
};

}  // namespace tandem
