// Files of token numbers as llm.c writes them: 256 numbers of 32 bits, of which the first three are
// the form, its version and how many tokens follow; then these, in 16 or 32 bits.
// https://github.com/karpathy/llm.c (MIT), dev/data/data_common.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "executor/data/tokenizer.h"
#include "executor/files/durable_file.h"

namespace tandem {

/// Numbers as they lie in memory.
using Numbers = std::variant<std::span<const std::uint8_t>, std::span<const std::uint16_t>,
                             std::span<const std::uint32_t>>;

/// The tokens of a shard; part of `bytes`, which must begin at a multiple of 4. Throws InputError,
/// naming `file`, for what is no whole shard.
Numbers read_shard(std::string_view bytes, const std::string& file);

/// Writes a shard; durable when committed.
class ShardWriter {
 public:
  /// All ids will be below `vocabulary`: up to 65,536 of them take 16 bits each.
  ShardWriter(const std::filesystem::path& path, std::int64_t vocabulary);
  /// Throws InputError if these are more than a shard can count, 2^31 - 1.
  void write(std::span<const TokenId> ids);
  void commit();

 private:
  std::filesystem::path path_;
  bool is_narrow_;
  std::int64_t count_ = 0;
  DurableFile file_;
};

}  // namespace tandem
