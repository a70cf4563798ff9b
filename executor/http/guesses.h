// How often an address may come with a token that nobody knows yet: each one may cost a slow hash.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "executor/http/token_bucket.h"

namespace tandem {

class Guesses {
 public:
  /// Throws ApiError 429 with the time to wait.
  void take(const std::string& address, TokenBucket::Time now);
  /// It was no guess.
  void give_back(const std::string& address);

 private:
  /// Addresses that have guessed lately. When there are too many, newcomers share one bucket.
  std::map<std::string, TokenBucket> buckets_;
};

/// The address itself, or of IPv6 its network of 64 bits, all of which one host may have.
std::string guessing_address(const std::string& address);

}  // namespace tandem
