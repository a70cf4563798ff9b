// First come, first served.
#pragma once

#include <string>

#include "policies/core/order.h"

namespace tandem {

/// By submission. Ties, as in every order, by id.
class Fifo final : public Order {
 public:
  Standing standing(const Claim&, Time) const override { return {}; }
  std::string why(const Claim&, Time) const override { return "submitted first"; }
};

}  // namespace tandem
