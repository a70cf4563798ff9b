// A tree of four levels in flat arrays: a look-up walks at most eight paths down, and allocates
// nothing on the way.
#include "workloads/perf/serving/attention_table.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace tandem {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The one or two children around a place, with their weights.
struct Around {
  std::array<std::pair<std::size_t, double>, 2> all;
  std::size_t count;
};

Around around(const std::vector<double>& values, std::size_t begin, std::size_t end, double place) {
  const Bracket at = bracket({values.data() + begin, end - begin}, place);
  const std::size_t low = begin + at.index;
  if (at.share == 0) return {{{{low, 1.0}, {low, 0.0}}}, 1};
  return {{{{low, 1 - at.share}, {low + 1, at.share}}}, 2};
}

/// Points of (chunk, key) pairs that were measured with decoding requests too; and decoding alone.
std::vector<AttentionPoint> mixed_points(const std::vector<AttentionPoint>& points) {
  std::set<std::pair<double, double>> mixed;
  for (const AttentionPoint& point : points) {
    if (point.decodes > 0) mixed.emplace(point.prefill_chunk, point.prefill_key);
  }
  std::vector<AttentionPoint> kept;
  for (const AttentionPoint& point : points) {
    if (mixed.contains({point.prefill_chunk, point.prefill_key})) kept.push_back(point);
  }
  return kept;
}

template <class Keep>
std::vector<AttentionPoint> those(const std::vector<AttentionPoint>& points, Keep keep) {
  std::vector<AttentionPoint> kept;
  std::ranges::copy_if(points, std::back_inserter(kept), keep);
  return kept;
}

}  // namespace

AttentionGrid::AttentionGrid(std::vector<AttentionPoint> points) {
  std::ranges::sort(points, {}, &AttentionPoint::key);
  const AttentionPoint* last = nullptr;
  for (const AttentionPoint& point : points) {
    const bool chunk = last == nullptr || point.prefill_chunk != last->prefill_chunk;
    const bool key = chunk || point.prefill_key != last->prefill_key;
    const bool decodes = key || point.decodes != last->decodes;
    if (chunk) {
      chunks_.push_back(point.prefill_chunk);
      chunk_begin_.push_back(keys_.size());
    }
    if (key) {
      keys_.push_back(point.prefill_key);
      key_begin_.push_back(decodes_.size());
    }
    if (decodes) {
      decodes_.push_back(point.decodes);
      decodes_begin_.push_back(contexts_.size());
    }
    contexts_.push_back(point.kv_decode);
    seconds_.push_back(point.seconds);
    last_decodes_ = std::max(last_decodes_, point.decodes);
    last_context_ = std::max(last_context_, point.kv_decode);
    last = &point;
  }
  chunk_begin_.push_back(keys_.size());
  key_begin_.push_back(decodes_.size());
  decodes_begin_.push_back(contexts_.size());
}

AttentionGrid::Leaves AttentionGrid::leaves(double chunk, double key, double decodes) const {
  Leaves leaves;
  const Around chunks = around(chunks_, 0, chunks_.size(), chunk);
  for (std::size_t c = 0; c < chunks.count; ++c) {
    const auto [at_chunk, chunk_weight] = chunks.all[c];
    const Around keys = around(keys_, chunk_begin_[at_chunk], chunk_begin_[at_chunk + 1], key);
    for (std::size_t k = 0; k < keys.count; ++k) {
      const auto [at_key, key_weight] = keys.all[k];
      const Around counts = around(decodes_, key_begin_[at_key], key_begin_[at_key + 1], decodes);
      for (std::size_t n = 0; n < counts.count; ++n) {
        const auto [curve, weight] = counts.all[n];
        leaves.all[leaves.count++] = {curve, chunk_weight * key_weight * weight};
      }
    }
  }
  return leaves;
}

AttentionPiece AttentionGrid::piece(double chunk, double key, double decodes, double kv) const {
  const Leaves found = leaves(chunk, key, decodes);
  AttentionPiece piece{0, kInfinity, 0, 0};
  // First where the piece begins and ends, then what all curves add up to at its beginning.
  for (std::size_t i = 0; i < found.count; ++i) {
    const std::size_t curve = found.all[i].curve;
    const auto begin = contexts_.begin() + static_cast<std::ptrdiff_t>(decodes_begin_[curve]);
    const auto end = contexts_.begin() + static_cast<std::ptrdiff_t>(decodes_begin_[curve + 1]);
    const auto above = std::upper_bound(begin, end, kv);
    if (above != end) piece.high = std::min(piece.high, *above);
    if (above != begin) piece.low = std::max(piece.low, *(above - 1));
  }
  for (std::size_t i = 0; i < found.count; ++i) {
    const auto [curve, weight] = found.all[i];
    const std::size_t begin = decodes_begin_[curve];
    const std::size_t count = decodes_begin_[curve + 1] - begin;
    const std::span<const double> x(contexts_.data() + begin, count);
    const double* y = seconds_.data() + begin;
    // From a point on its right-hand piece counts; below the first the curve is level.
    if (count == 1 || piece.low < x.front()) {
      piece.at_low += weight * y[0];
      continue;
    }
    const auto above = std::upper_bound(x.begin() + 1, x.end() - 1, piece.low);
    const auto low = static_cast<std::size_t>(above - x.begin()) - 1;
    const double slope = (y[low + 1] - y[low]) / (x[low + 1] - x[low]);
    piece.at_low += weight * (y[low] + slope * (piece.low - x[low]));
    piece.slope += weight * slope;
  }
  return piece;
}

AttentionTable::AttentionTable(const std::vector<AttentionPoint>& points)
    : prefill_(those(points, [](const AttentionPoint& p) { return p.decodes == 0; })),
      decode_(those(points, [](const AttentionPoint& p) { return p.prefill_chunk == 0; })),
      mixed_(mixed_points(points)) {}

AttentionPiece AttentionTable::piece(double chunk, double key, double decodes, double kv) const {
  if (decodes == 0) return prefill_.piece(chunk, key, 0, 0);
  if (chunk == 0) return decode_.piece(0, 0, decodes, kv);
  if (has_mixed() && chunk <= mixed_.last_chunk()) return mixed_.piece(chunk, key, decodes, kv);
  AttentionPiece sum = decode_.piece(0, 0, decodes, kv);
  sum.at_low += prefill_.piece(chunk, key, 0, 0).at_low;
  return sum;
}

}  // namespace tandem
