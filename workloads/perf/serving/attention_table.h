// Measured attention: how long it takes for a chunk of prompts beside decoding requests. Kept so
// that the piece of the straight line over the decoding requests' context comes out directly.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "workloads/perf/serving/curve.h"

namespace tandem {

/// One call of the kernel.
struct AttentionPoint {
  double prefill_chunk = 0;  ///< Prompt tokens; 0: none.
  double prefill_key = 0;    ///< What each of them looks back at, on average.
  double decodes = 0;        ///< Decoding requests; 0: none.
  double kv_decode = 0;      ///< What each of them looks back at.
  double seconds = 0;

  auto key() const { return std::array{prefill_chunk, prefill_key, decodes, kv_decode}; }
};

/// Seconds = at_low + slope * (kv - low) for kv from `low` to below `high`.
struct AttentionPiece {
  double low = 0;
  double high = 0;  ///< Infinity behind the last point.
  double at_low = 0;
  double slope = 0;
};

/// Points on a grid that need not be full: between the two measured chunks around a chunk, in each
/// between its own two keys, in each of these between its own counts, then contexts. Linear on each
/// axis; below the first point as there, above the last as the last two say.
class AttentionGrid {
 public:
  /// None twice.
  explicit AttentionGrid(std::vector<AttentionPoint> points);

  bool empty() const { return chunks_.empty(); }
  double last_chunk() const { return chunks_.back(); }
  double last_decodes() const { return last_decodes_; }
  double last_context() const { return last_context_; }
  /// The piece that holds at `kv`. The grid must not be empty.
  AttentionPiece piece(double chunk, double key, double decodes, double kv) const;

 private:
  /// A measured (chunk, key, decodes), and how much of its curve over the context counts.
  struct Leaf {
    std::size_t curve;
    double weight;
  };
  struct Leaves {
    std::array<Leaf, 8> all;
    std::size_t count = 0;
  };
  Leaves leaves(double chunk, double key, double decodes) const;

  // Level by level; the children of i are from begin[i] to begin[i + 1] on the next one.
  std::vector<double> chunks_;
  std::vector<std::size_t> chunk_begin_;
  std::vector<double> keys_;
  std::vector<std::size_t> key_begin_;
  std::vector<double> decodes_;
  std::vector<std::size_t> decodes_begin_;
  std::vector<double> contexts_;
  std::vector<double> seconds_;
  double last_decodes_ = 0;
  double last_context_ = 0;
};

/// Grids of prompts alone, of decoding alone, and of both together. Where both were not measured
/// together, or not with so many prompt tokens, their times are added.
class AttentionTable {
 public:
  explicit AttentionTable(const std::vector<AttentionPoint>& points);

  const AttentionGrid& prefill() const { return prefill_; }
  const AttentionGrid& decode() const { return decode_; }
  bool has_mixed() const { return !mixed_.empty() && mixed_.last_chunk() > 0; }
  /// The piece over the mean context of `decodes` requests that holds at `kv`.
  AttentionPiece piece(double chunk, double key, double decodes, double kv) const;

 private:
  AttentionGrid prefill_;
  AttentionGrid decode_;
  AttentionGrid mixed_;
};

}  // namespace tandem
