// What orders by size take for the size of a job.
#pragma once

#include <cstddef>

#include "policies/core/order.h"
#include "policies/orders/run_time_predictor.h"

namespace tandem {

class Sizes {
 public:
  enum class By { kEstimate, kOracle, kPredicted };
  Sizes(By by, std::size_t tenants) : by_(by), predictor_(tenants) {}

  /// Never changes for a claim.
  Duration of(const Claim& claim) const {
    return by_ == By::kPredicted ? predictor_.predict(claim) : claim.size;
  }
  /// Of the size; a job that has outrun it is taken to be about to end.
  Duration left(const Claim& claim) const {
    const Duration size = of(claim);
    return size > claim.done ? size - claim.done : Duration::zero();
  }
  bool needs_oracle() const { return by_ == By::kOracle; }
  const char* name() const {
    return by_ == By::kEstimate ? "estimate" : by_ == By::kOracle ? "true run time" : "prediction";
  }
  void finished(const Claim& claim, Time now) {
    if (by_ == By::kPredicted) predictor_.finished(claim, now);
  }

 private:
  By by_;
  RunTimePredictor predictor_;
};

}  // namespace tandem
