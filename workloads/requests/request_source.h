// Requests on their way to a service, in the order in which they arrive.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/request.h"

namespace tandem {

/// A request with what only the world may know of it.
struct RequestArrival {
  Request request;
  std::uint32_t output_tokens = 0;  ///< After which the model would stop by itself; at least 1.
};

/// A stream of requests, ordered by arrival, with ids 0, 1, 2 … Made afresh for every run; holds
/// what it needs for the next request, not what has passed.
class RequestSource {
 public:
  virtual ~RequestSource() = default;
  /// Fills `next`, whose memory it uses again; false when no more will come.
  virtual bool next(RequestArrival& next) = 0;
  /// How many there will be in all.
  virtual std::uint64_t count() const = 0;
  /// Prompt tokens that one prefix hash stands for; 0: its requests have none.
  virtual std::uint32_t prefix_block_tokens() const { return 0; }
};

}  // namespace tandem
