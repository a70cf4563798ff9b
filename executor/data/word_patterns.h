// How tokenizers cut a text into words before any merges, which never cross them: the patterns of
// Hugging Face folders that are known, each by hand.
#pragma once

#include <cstddef>
#include <string_view>

namespace tandem {

/// Bytes of the first word of a text that is not empty.
using FirstWord = std::size_t (*)(std::string_view text);

/// The one that cuts as a regular expression says. Throws InputError for one that is not known,
/// which names it and those that are.
FirstWord words_of_pattern(std::string_view pattern);

/// Llama 3's, which is that of OpenAI's cl100k, too, with up to three digits a word:
/// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*
/// |\s*[\r\n]+|\s+(?!\S)|\s+
std::size_t first_llama3_word(std::string_view text);
/// Qwen 2's: the same, but every digit is a word.
std::size_t first_qwen2_word(std::string_view text);

/// For models of pieces with spaces in front: all spaces at the beginning, and what follows up to
/// the next.
std::size_t first_spaced_word(std::string_view text);

}  // namespace tandem
