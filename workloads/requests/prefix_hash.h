// How prefix hashes are made.
#pragma once

#include "policies/core/request.h"
#include "workloads/generators/random.h"

namespace tandem {

/// The hash of a prefix that goes on with a block: equal only for equal prefixes and blocks, but
/// for one chance in 2^64. A prompt starts with the hash 0.
inline PrefixHash extended(PrefixHash prefix, std::uint64_t block) {
  return mixed(prefix ^ mixed(block));
}

/// How many blocks a prompt fills or begins.
inline std::uint32_t blocks_of(std::uint32_t tokens, std::uint32_t block_tokens) {
  return tokens / block_tokens + (tokens % block_tokens != 0 ? 1 : 0);
}

}  // namespace tandem
