// Vocabulary files in tiktoken's form: a token's bytes in base64, a space and its rank on each
// line. The rank is the token's number, and pairs of lower rank are merged first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "executor/data/merges.h"

namespace tandem {

/// No token is longer, of any vocabulary: what is one is a mistake.
inline constexpr std::size_t kMostTokenBytes = 1024;

/// The tokens by number. Throws InputError with file and line unless every number from 0 on is
/// there once, no token is there twice, and all 256 single bytes are among them.
std::vector<std::string> read_vocabulary(std::string_view text, const std::string& file);

/// Every two tokens that are a token together become it, those of lower rank first. `ranks` has one
/// for each token; tokens without bytes are none. If several have the same bytes, the first counts.
Merges merges_of(std::span<const std::string> tokens, std::span<const std::uint32_t> ranks);

}  // namespace tandem
