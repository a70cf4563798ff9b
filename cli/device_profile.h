// What `tandem calibrate` writes: a catalogue file with this machine's devices as they were
// measured.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "executor/control/calibration.h"

namespace tandem {

/// A kind of evaluation, measured.
struct MeasuredEvaluation {
  TrainingSpec spec;
  double step_s = 0;  ///< Seconds for each batch of its rows.
};

struct DeviceProfile {
  std::string name;
  /// As `tandem-worker --measure` prints it: matrix products, memory, collectives.
  nlohmann::json hardware;
  std::size_t devices = 1;
  std::vector<MeasuredGang> gangs;
  std::vector<MeasuredEvaluation> evaluations;
  std::vector<nlohmann::ordered_json> engines;  ///< As the catalogue has them.
};

/// The text of the catalogue file (YAML).
std::string text_of(const DeviceProfile& profile);

}  // namespace tandem
