// Shortest and longest job first.
#pragma once

#include <fmt/format.h>

#include <string>

#include "policies/core/order.h"
#include "policies/core/quantity_text.h"

namespace tandem {

/// By run time, shortest or longest first; ties by submission. The size is the tenant's estimate
/// or, if asked for by name, an oracle's.
class JobSize final : public Order {
 public:
  enum class First { kShortest, kLongest };
  enum class Size { kEstimate, kOracle };
  JobSize(First first, Size size) : first_(first), size_(size) {}

  Standing standing(const Claim& claim, Time) const override {
    const Rank size = claim.size.count();
    return {0, first_ == First::kShortest ? size : -size, kForever};
  }
  bool needs_oracle() const override { return size_ == Size::kOracle; }
  std::string why(const Claim& claim, Time) const override {
    return fmt::format("{} {}, {}", first_ == First::kShortest ? "shortest" : "longest",
                       size_ == Size::kOracle ? "true run time" : "estimate",
                       human_duration(claim.size));
  }

 private:
  First first_;
  Size size_;
};

}  // namespace tandem
