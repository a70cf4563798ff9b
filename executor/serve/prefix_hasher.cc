#include "executor/serve/prefix_hasher.h"

#include <sys/random.h>

#include <bit>
#include <cerrno>
#include <system_error>

namespace tandem {
namespace {

/// The state of SipHash, by the names of its paper.
class Sip {
 public:
  explicit Sip(const PrefixKey& key)
      : v0_(key[0] ^ 0x736f6d6570736575U),
        v1_(key[1] ^ 0x646f72616e646f6dU),
        v2_(key[0] ^ 0x6c7967656e657261U),
        v3_(key[1] ^ 0x7465646279746573U) {}

  void compress(std::uint64_t word) {
    v3_ ^= word;
    rounds(2);
    v0_ ^= word;
  }
  std::uint64_t finish() {
    v2_ ^= 0xff;
    rounds(4);
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void rounds(int count) {
    for (; count > 0; --count) {
      v0_ += v1_;
      v1_ = std::rotl(v1_, 13) ^ v0_;
      v0_ = std::rotl(v0_, 32);
      v2_ += v3_;
      v3_ = std::rotl(v3_, 16) ^ v2_;
      v0_ += v3_;
      v3_ = std::rotl(v3_, 21) ^ v0_;
      v2_ += v1_;
      v1_ = std::rotl(v1_, 17) ^ v2_;
      v2_ = std::rotl(v2_, 32);
    }
  }

  std::uint64_t v0_, v1_, v2_, v3_;
};

}  // namespace

PrefixKey secret_prefix_key() {
  PrefixKey key{};
  if (getrandom(key.data(), sizeof key, 0) != sizeof key) {
    throw std::system_error(errno, std::generic_category(), "getrandom");
  }
  return key;
}

PrefixHash sip_hash(const PrefixKey& key, PrefixHash before, std::span<const TokenId> tokens) {
  Sip sip(key);
  sip.compress(before);
  const std::uint64_t bytes = sizeof before + tokens.size_bytes();
  for (; tokens.size() >= 2; tokens = tokens.subspan(2)) {
    sip.compress(tokens[0] | std::uint64_t{tokens[1]} << 32U);
  }
  sip.compress((tokens.empty() ? 0 : tokens[0]) | bytes << 56U);
  return sip.finish();
}

std::vector<PrefixHash> prefix_hashes(const PrefixKey& key, std::span<const TokenId> prompt,
                                      std::uint32_t block_tokens) {
  std::vector<PrefixHash> hashes;
  PrefixHash before = 0;
  for (; prompt.size() >= block_tokens; prompt = prompt.subspan(block_tokens)) {
    before = sip_hash(key, before, prompt.first(block_tokens));
    hashes.push_back(before);
  }
  return hashes;
}

}  // namespace tandem
