// What was measured of a device instead of computed: the seconds of single training steps and what
// a gang costs around them, and what steps of serving engines are made of. `tandem calibrate`
// writes such entries of the machine it runs on.
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
  double seconds = 0;       ///< In the mean, while every device of the node is busy.
  double evaluation_s = 0;  ///< One look at the held-out text along the way; 0: not measured.
};

/// The step of an engine on one device, as a sum of measured curves: of the tokens that are
/// computed, of the requests that get a token, and for each token that is looked back at.
struct MeasuredEngine {
  /// A time at one place of an axis; sorted, none twice.
  struct Point {
    double at = 0;
    double seconds = 0;
  };
  using Points = std::vector<Point>;

  std::string model;
  Precision precision = Precision::kBf16;  ///< Of products, keys and values.
  Duration start{};                        ///< Until it serves: its weights are read or drawn.
  Points tokens;                           ///< By tokens computed. At least one point.
  Points sampled;                          ///< By requests that get a token: more for all of them.
  Points context;                          ///< By requests that decode: more for each earlier token
                                           ///< that one of them looks back at.
  Points after_pause;   ///< By tokens computed: more for a step that begins after kEnginePause.
  Points pairs;         ///< By tokens of a prompt's chunk: more for each BatchShape::prefill_pairs.
  double band_low = 1;  ///< Measured over summed, of batches of all kinds: nine of ten lie between.
  double band_high = 1;
};

struct Measured {
  Duration start{};  ///< From devices to the first step, without a state.
  Duration load{};   ///< More than that, with one.
  Duration save{};   ///< One checkpoint; the gang waits for it.
  /// From the request to stop until the devices are free, without what is left of the step that is
  /// under way and without a checkpoint.
  Duration stop{};
  std::vector<MeasuredStep> steps;
  std::vector<MeasuredEngine> engines;

  /// The step of this model in this layout; null if none was measured. Kernels and overlap are the
  /// trainer's: they make no difference between layouts here.
  const MeasuredStep* step(const Architecture& model, const Layout& layout, StepKind kind) const;
  /// The engine of this model; null if none was measured.
  const MeasuredEngine* engine(const Architecture& model, Precision precision) const;
};

}  // namespace tandem
