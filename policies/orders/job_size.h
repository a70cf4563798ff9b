// Shortest and longest job first.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

#include "policies/core/order.h"
#include "policies/core/quantity_text.h"
#include "policies/orders/sizes.h"

namespace tandem {

/// By run time, shortest or longest first; ties by submission.
class JobSize final : public Order {
 public:
  enum class First { kShortest, kLongest };
  JobSize(First first, Sizes sizes) : first_(first), sizes_(std::move(sizes)) {}

  Standing standing(const Claim& claim, Time) const override {
    const Rank size = sizes_.of(claim).count();
    return {0, first_ == First::kShortest ? size : -size, kForever};
  }
  bool needs_oracle() const override { return sizes_.needs_oracle(); }
  void finished(const Claim& claim, Time now) override { sizes_.finished(claim, now); }
  std::string why(const Claim& claim, Time) const override {
    return fmt::format("{} {}, {}", first_ == First::kShortest ? "shortest" : "longest",
                       sizes_.name(), human_duration(sizes_.of(claim)));
  }

 private:
  First first_;
  Sizes sizes_;
};

}  // namespace tandem
