// Text is turned into numbers once, not by every rank of every job that learns from it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "executor/data/tokenizer.h"

namespace tandem {

/// Where a text begins to be held out: at the end of its last whole character within the first
/// 1 - held_out of its bytes, rounded down.
std::size_t held_out_begin(std::string_view text, double held_out);

/// The two shards of a text file.
struct TextShards {
  std::filesystem::path training;
  std::filesystem::path held_out;
};

/// Finds the shards in `cache`, or makes them while others who want the same wait; `<|endoftext|>`
/// in the text is a token. They are known by the path, size and time of text and vocabulary, and by
/// the share: whoever changes these gets others. Throws InputError if `text` cannot be read,
/// std::system_error if the cache cannot be written.
TextShards shards_of(const std::filesystem::path& text, const std::filesystem::path& vocabulary,
                     const Tokenizer& tokenizer, double held_out,
                     const std::filesystem::path& cache);

}  // namespace tandem
