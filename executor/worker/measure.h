// What `tandem calibrate` wants to know of the hardware: `tandem-worker --measure N` prints it as
// one JSON document. N is how many ranks the collectives are between. With `--engine FILE` it is
// the engine that the file describes (ServingSpec, JSON) that is measured.
#pragma once

#include <string>

namespace tandem {

struct MeasureRequest {
  int ranks = 1;
  std::string on = "cpu";  ///< Or "cuda:0".
  int threads = 1;
  std::string engine;
  /// Of one of the processes between which collectives are measured: its rank and where they meet;
  /// nothing for the one that was asked.
  int rank = -1;
  std::string meet;
};

/// Prints, and returns the exit code of the program.
int measure(const MeasureRequest& request);

}  // namespace tandem
