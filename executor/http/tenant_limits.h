// How much a tenant may ask at a time, and a minute.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "executor/http/token_bucket.h"
#include "executor/http/users.h"

namespace tandem {

class TenantLimits {
 public:
  explicit TenantLimits(std::map<std::string, TenantLimit> limits) : limits_(std::move(limits)) {}
  TenantLimits(const TenantLimits&) = delete;
  TenantLimits& operator=(const TenantLimits&) = delete;

  /// A request that runs, until it goes.
  class Place {
   public:
    explicit Place(std::int64_t& running) : running_(&running) { ++running; }
    Place(Place&& other) noexcept : running_(std::exchange(other.running_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (running_ != nullptr) --*running_;
    }

   private:
    std::int64_t* running_;
  };

  /// Throws ApiError 429, with the time to wait, and the limit that says so.
  Place enter(const std::string& tenant, TokenBucket::Time now);

 private:
  struct State {
    std::int64_t running = 0;
    std::optional<TokenBucket> bucket;
  };
  const std::map<std::string, TenantLimit> limits_;
  std::map<std::string, State> states_;
};

}  // namespace tandem
