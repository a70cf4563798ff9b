// Long texts are looked at in parts by several teams, so that one request alone keeps a GPU busy
// ("split over the context", Dao et al. 2023): what is one team's work, what it leaves behind, and
// how the parts are put together.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "executor/infer/device/team.h"

namespace tandem {

/// Queries of one request, of the heads that share one head's keys and values: its rows one after
/// the other, of each the heads of the group.
struct AttentionTile {
  std::int32_t first_row = 0;      ///< The request's, in the step.
  std::int32_t computed = 0;       ///< Tokens before that row.
  std::int32_t first = 0;          ///< Query.
  std::int32_t count = 0;          ///< Queries.
  std::int32_t blocks = 0;         ///< Where the request's begin in the table.
  std::int32_t parts = 1;          ///< Its tokens are looked at in so many.
  std::int32_t first_partial = 0;  ///< If there are several.

  TANDEM_KERNEL std::int64_t row(std::int32_t query, std::int32_t group) const {
    return first_row + (first + query) / group;
  }
  TANDEM_KERNEL std::int64_t head(std::int32_t query, std::int32_t group, std::int64_t kv) const {
    return kv * group + (first + query) % group;
  }
  /// Tokens that a query looks at: those before it, and itself.
  TANDEM_KERNEL std::int32_t seen(std::int32_t query, std::int32_t group) const {
    return computed + (first + query) / group + 1;
  }
};

/// The tokens from `begin` to `end`, for all queries of a tile.
struct AttentionPiece {
  std::int32_t tile = 0;
  std::int32_t part = 0;
  std::int32_t begin = 0;
  std::int32_t end = 0;
};

inline constexpr std::int32_t kTileQueries = 16;  ///< At most.

/// What pieces have seen, for each of their queries: a weighted sum of values, the largest score,
/// and the sum of weights.
struct PartialResults {
  float* numbers = nullptr;
  std::int32_t kv_heads = 0;
  std::int32_t size = 0;

  std::int64_t floats(std::int64_t partials) const {
    return partials * kv_heads * kTileQueries * (size + 2);
  }
  TANDEM_KERNEL float* of(std::int64_t partial, std::int64_t kv, std::int64_t query) const {
    return numbers + ((partial * kv_heads + kv) * kTileQueries + query) * (size + 2);
  }
};

/// Puts together what the parts of each tile have seen; tiles of one part are there already.
template <class Number>
struct JoinParts {
  PartialResults partials;
  const AttentionTile* tiles = nullptr;
  std::int64_t count = 0;
  std::int32_t group = 1;
  Number* out = nullptr;  ///< [rows, q of all heads]

  std::int64_t teams() const { return count * partials.kv_heads; }
  std::size_t shared_bytes() const { return 0; }

  template <class Team>
  TANDEM_KERNEL void operator()(const Team& team, std::int64_t index, std::byte*) const {
    const std::int64_t kv = index % partials.kv_heads;
    const AttentionTile tile = tiles[index / partials.kv_heads];
    if (tile.parts == 1) return;
    const std::int64_t size = partials.size;
    const std::int64_t heads = static_cast<std::int64_t>(partials.kv_heads) * group;
    divide(team, tile.count * size, [&](std::int64_t i) {
      const auto query = static_cast<std::int32_t>(i / size);
      const std::int64_t place = tile.row(query, group) * heads + tile.head(query, group, kv);
      out[place * size + i % size] = static_cast<Number>(joined(tile, kv, query, i % size));
    });
  }

 private:
  TANDEM_KERNEL float joined(const AttentionTile& tile, std::int64_t kv, std::int64_t query,
                             std::int64_t number) const {
    const auto of_part = [&](std::int32_t part) {
      return partials.of(tile.first_partial + part, kv, query);
    };
    float most = of_part(0)[partials.size];  // Every query sees the first token.
    for (std::int32_t part = 1; part < tile.parts; ++part) {
      const float other = of_part(part)[partials.size];
      most = other > most ? other : most;
    }
    float sum = 0;
    float total = 0;
    for (std::int32_t part = 0; part < tile.parts; ++part) {
      const float* const seen = of_part(part);
      const float weight = std::exp(seen[partials.size] - most);
      sum += weight * seen[number];
      total += weight * seen[partials.size + 1];
    }
    return sum / total;
  }
};

}  // namespace tandem
