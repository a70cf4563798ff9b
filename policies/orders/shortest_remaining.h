// Shortest remaining processing time: what is nearly done goes first.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

#include "policies/core/order.h"
#include "policies/core/quantity_text.h"
#include "policies/orders/sizes.h"

namespace tandem {

/// By what is left of the run time, least first; ties by submission. With true sizes and a gang
/// stopped for each shorter one, no order has a lower mean time in system on one server. (Schrage &
/// Miller 1966; reference.md, section 1.)
///
/// It settles: the rest of a waiting job stays, that of a running one only shrinks.
class ShortestRemaining final : public Order {
 public:
  explicit ShortestRemaining(Sizes sizes) : sizes_(std::move(sizes)) {}

  Standing standing(const Claim& claim, Time) const override {
    return {0, sizes_.left(claim).count(), kForever};
  }
  bool needs_oracle() const override { return sizes_.needs_oracle(); }
  void finished(const Claim& claim, Time now) override { sizes_.finished(claim, now); }
  std::string why(const Claim& claim, Time) const override {
    return fmt::format("least left of its {}, {}", sizes_.name(),
                       human_duration(sizes_.left(claim)));
  }

 private:
  Sizes sizes_;
};

}  // namespace tandem
