// Names for the beginnings of prompts, so that an engine finds blocks that are computed already.
// Whoever could make two prompts of one name could read what another tenant's request has computed:
// names follow from a secret key.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "executor/data/tokenizer.h"
#include "policies/core/request.h"

namespace tandem {

using PrefixKey = std::array<std::uint64_t, 2>;

/// One that nobody can guess. Throws std::system_error if the system has no random numbers.
PrefixKey secret_prefix_key();

/// SipHash-2-4 (Aumasson and Bernstein, INDOCRYPT 2012) of `before` and then the tokens, all as
/// little-endian bytes, 8 and 4 each.
PrefixHash sip_hash(const PrefixKey& key, PrefixHash before, std::span<const TokenId> tokens);

/// One name for each whole block of the prompt, of it and of all before it.
std::vector<PrefixHash> prefix_hashes(const PrefixKey& key, std::span<const TokenId> prompt,
                                      std::uint32_t block_tokens);

}  // namespace tandem
