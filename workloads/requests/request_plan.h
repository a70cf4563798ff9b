// What is left of a service's `requests` once every check has passed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workloads/requests/request_source.h"

namespace tandem {

struct RequestPlan {
  /// The same requests for the same seed, always.
  std::function<std::unique_ptr<RequestSource>(std::uint64_t seed)> source;
  std::vector<TenantId> tenants;  ///< Who may ask, each once, ordered.
  /// Closed loop: arrivals are held back while so many requests are under way.
  std::optional<std::uint32_t> max_concurrency;
  bool random = false;                ///< Whether the seed makes any difference.
  std::vector<std::string> warnings;  ///< What was dropped, cut or assumed, with counts.
};

}  // namespace tandem
