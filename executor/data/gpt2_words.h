// How GPT-2 cuts a text into words before any byte pairs are merged, which never cross them:
// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
// https://github.com/openai/gpt-2 (MIT), src/encoder.py.
#pragma once

#include <cstddef>
#include <string_view>

namespace tandem {

/// Bytes of the first word of a text that is not empty. Bytes that are no UTF-8 are taken as
/// characters that are neither letter, number nor space.
std::size_t first_word(std::string_view text);

/// The first place from `from` on where the text may be cut in two whose words are together its
/// own; its end if there is none.
std::size_t cut_between_words(std::string_view text, std::size_t from);

}  // namespace tandem
