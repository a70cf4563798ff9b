// How long a job will run, guessed from what its tenant ran before: people's own estimates are
// mostly too long.
#pragma once

#include <vector>

#include "policies/core/order.h"

namespace tandem {

/// The mean run time of the last two jobs of the tenant that had finished when the job was
/// submitted, but no more than its estimate; the estimate itself before any had. (Tsafrir, Etsion,
/// Feitelson 2007, the predictor of EASY++.)
///
/// A job's prediction never changes, so that waiting jobs keep their order. What was known when is
/// kept for that: 16 bytes for each finished job.
class RunTimePredictor {
 public:
  explicit RunTimePredictor(std::size_t tenants) : known_(tenants) {}

  /// For a claim whose size is its estimate.
  Duration predict(const Claim& claim) const;
  /// Times do not go back from call to call.
  void finished(const Claim& claim, Time now);

 private:
  /// From after `since` on: jobs that finish at one instant count for those submitted later.
  struct Known {
    Time since;
    Duration mean{};
  };
  struct History {
    std::vector<Known> known;
    Duration last{};
  };
  std::vector<History> known_;  ///< By tenant.
};

}  // namespace tandem
