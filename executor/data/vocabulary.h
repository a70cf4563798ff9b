// Vocabulary files in tiktoken's form: a token's bytes in base64, a space and its rank on each
// line. The rank is the token's number, and pairs of lower rank are merged first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// The tokens by number. Throws InputError with file and line unless every number from 0 on is
/// there once, no token is there twice, and all 256 single bytes are among them.
std::vector<std::string> read_vocabulary(std::string_view text, const std::string& file);

}  // namespace tandem
