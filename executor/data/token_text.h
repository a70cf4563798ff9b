// The text of a job as numbers, memory-mapped: rows to learn from, and rows held out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "workloads/recipe.h"

namespace tandem {

/// Which part of the text: each file's last share is held out.
enum class TextPart : std::uint8_t { kTraining, kHeldOut };

/// Rows of `sequence` + 1 numbers, so that each has a next one; rows lie `sequence` apart and do
/// not cross files. May be read by several threads at once.
class TokenText {
 public:
  /// Text that is not bytes is turned into shards in `cache` once, by whichever rank comes first;
  /// the others wait. Throws InputError for files that are missing, malformed, or too short for one
  /// row of either part; if nothing is held out, there are no such rows. Shards are gone through
  /// once for their largest number.
  TokenText(const TextSource& source, std::int64_t sequence, const std::filesystem::path& cache);
  ~TokenText();
  TokenText(const TokenText&) = delete;
  TokenText& operator=(const TokenText&) = delete;

  std::int64_t rows(TextPart part) const;
  /// Numbers of one row; `row` below rows(part); out.size() is sequence + 1.
  void read(TextPart part, std::int64_t row, std::span<std::int64_t> out) const;
  /// All numbers are below this.
  std::int64_t vocabulary() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Which row comes when: every row once in each pass over the text, in an order that follows from
/// (seed, pass) alone. It has no state, so that any gang of any size goes on where another stopped.
class RowOrder {
 public:
  /// `rows` is at least 1.
  RowOrder(std::uint64_t seed, std::int64_t rows) : seed_(seed), rows_(rows) {}
  /// The row at a place of the endless sequence: step * batch + place in the batch.
  std::int64_t row(std::int64_t place) const;

 private:
  std::uint64_t seed_;
  std::int64_t rows_;
};

}  // namespace tandem
