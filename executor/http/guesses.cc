#include "executor/http/guesses.h"

#include <boost/asio/ip/address.hpp>

#include "executor/http/api_error.h"

namespace tandem {
namespace {

constexpr std::int64_t kPerMinute = 10;
constexpr std::size_t kMostAddresses = 4096;

}  // namespace

void Guesses::take(const std::string& address, TokenBucket::Time now) {
  if (buckets_.size() >= kMostAddresses) {
    std::erase_if(buckets_, [&](const auto& entry) { return entry.second.is_full(now); });
  }
  const bool is_known = buckets_.contains(address);
  const std::string name = is_known || buckets_.size() < kMostAddresses ? address : "";
  TokenBucket& bucket = buckets_.try_emplace(name, kPerMinute, now).first->second;
  if (bucket.take(now)) return;
  throw ApiError(429, "too many unknown tokens came from this address")
      .coded("unknown_tokens")
      .again_in(bucket.wait());
}

void Guesses::give_back(const std::string& address) {
  const auto found = buckets_.find(address);
  if (found != buckets_.end()) found->second.give_back();
}

std::string guessing_address(const std::string& address) {
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(address, error);
  if (error || !parsed.is_v6() || parsed.to_v6().is_v4_mapped()) return address;
  auto bytes = parsed.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return boost::asio::ip::address_v6(bytes).to_string();
}

}  // namespace tandem
