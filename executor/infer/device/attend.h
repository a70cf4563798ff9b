// Queries look at keys and values in blocks, a slice of tokens at a time with the largest score so
// far (Dao et al. 2022): a thread computes the scores of one token, all queries of a tile at once,
// and then one number of their sums of values. Keys lie turned around in their blocks, so that
// neighbouring threads read neighbouring numbers in both.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "executor/infer/device/join_parts.h"
#include "executor/infer/device/place_keys.h"
#include "executor/infer/device/team.h"

namespace tandem {

/// `count` numbers that are read and written together.
template <int count>
struct alignas(count < 4 ? 4 * count : 16) Numbers {
  float of[count];
};

/// A team takes one piece, of one head's keys and values, in slices: scores of a slice's tokens,
/// their weights, then values by weight. `most_queries` is at least every tile's count.
template <class Number, int most_queries>
struct Attend {
  const float* queries = nullptr;  ///< [rows, q of all heads], scaled.
  CacheLayer<Number> cache;
  const std::int32_t* table = nullptr;  ///< Blocks of all requests.
  const AttentionTile* tiles = nullptr;
  const AttentionPiece* pieces = nullptr;
  std::int64_t count = 0;   ///< Pieces.
  std::int32_t group = 1;   ///< Heads that share keys and values.
  PartialResults partials;  ///< Of tiles with several parts;
  Number* out = nullptr;    ///< of the others: [rows, q of all heads].

  std::int64_t teams() const { return count * cache.kv_heads; }
  std::size_t shared_bytes() const {
    return sizeof(Small) + sizeof(Each) * static_cast<std::size_t>(kSlice + cache.size + sums());
  }

  template <class Team>
  TANDEM_KERNEL void operator()(const Team& team, std::int64_t index, std::byte* shared) const {
    const std::int64_t kv = index % cache.kv_heads;
    const AttentionPiece piece = pieces[index / cache.kv_heads];
    const AttentionTile tile = tiles[piece.tile];
    const Memory memory = divided(shared);
    begin(team, tile, kv, memory);
    team.meet();
    for (std::int32_t first = piece.begin; first < piece.end; first += kSlice) {
      const std::int32_t tokens = piece.end - first < kSlice ? piece.end - first : kSlice;
      score(team, tile, kv, first, tokens, memory);
      team.meet();
      soften(team, tokens, memory);
      weigh(team, tokens, memory);
      team.meet();
    }
    give(team, tile, piece, kv, memory);
  }

 private:
  using Each = Numbers<most_queries>;          ///< One number of each query.
  static constexpr std::int32_t kSlice = 128;  ///< Tokens.
  static constexpr std::int32_t kShares = 8;   ///< Of a slice, whose weights one thread computes.

  /// What does not grow with heads, in memory that a team shares.
  struct alignas(16) Small {
    std::int64_t values[kSlice];  ///< Where a token's begin, from the start of the layer.
    Each maxima[kShares];         ///< Of a slice's scores,
    Each totals[kShares];         ///< and the sums of its weights.
    Each most;                    ///< The largest score so far,
    Each total;                   ///< and the sum of weights, as large as they are to it.
    Each fade;                    ///< What the sums so far lose against a larger score.
    std::int32_t seen[most_queries];
  };
  struct Memory {
    Small* small;
    Each* scores;   ///< [slice], then their weights.
    Each* queries;  ///< [size]
    Each* sums;     ///< [turns, size]: of values by weight.
  };
  TANDEM_KERNEL Memory divided(std::byte* shared) const {
    auto* const small = reinterpret_cast<Small*>(shared);
    auto* const scores = reinterpret_cast<Each*>(small + 1);
    return {small, scores, scores + kSlice, scores + kSlice + cache.size};
  }
  /// So many take every so-manieth token of a slice: heads may be smaller than teams.
  TANDEM_BOTH std::int32_t turns() const {
    return cache.size < kTeamThreads ? kTeamThreads / cache.size : 1;
  }
  TANDEM_BOTH std::int32_t sums() const { return turns() * cache.size; }

  template <class Team>
  TANDEM_KERNEL void begin(const Team& team, const AttentionTile& tile, std::int64_t kv,
                           const Memory& memory) const {
    const std::int64_t heads = static_cast<std::int64_t>(cache.kv_heads) * group;
    divide(team, cache.size * most_queries, [&](std::int64_t i) {
      const auto query = static_cast<std::int32_t>(i / cache.size);
      const std::int64_t number = i % cache.size;
      const std::int64_t place = tile.row(query, group) * heads + tile.head(query, group, kv);
      memory.queries[number].of[query] =
          query < tile.count ? queries[place * cache.size + number] : 0;
    });
    divide(team, sums(), [&](std::int64_t i) { memory.sums[i] = {}; });
    divide(team, most_queries, [&](std::int64_t i) {
      const auto query = static_cast<std::int32_t>(i);
      memory.small->most.of[query] = kNothing;
      memory.small->total.of[query] = 0;
      memory.small->seen[query] = query < tile.count ? tile.seen(query, group) : 0;
    });
  }

  template <class Team>
  TANDEM_KERNEL void score(const Team& team, const AttentionTile& tile, std::int64_t kv,
                           std::int32_t first, std::int32_t tokens, const Memory& memory) const {
    divide(team, tokens, [&](std::int64_t i) {
      const std::int32_t token = first + static_cast<std::int32_t>(i);
      const std::int32_t block = table[tile.blocks + token / cache.tokens];
      const std::int32_t offset = token % cache.tokens;
      const Number* const key = cache.keys(block, kv) + offset;
      memory.small->values[i] = cache.values(block, kv) + offset * cache.size - cache.numbers;
      Each sum{};
      TANDEM_UNROLL
      for (std::int32_t number = 0; number < cache.size; ++number) {
        const float of_key = static_cast<float>(key[number * cache.tokens]);
        const Each of_queries = memory.queries[number];
        for (int query = 0; query < most_queries; ++query) {
          sum.of[query] += of_key * of_queries.of[query];
        }
      }
      for (int query = 0; query < most_queries; ++query) {
        if (token >= memory.small->seen[query]) sum.of[query] = kNothing;
      }
      memory.scores[i] = sum;
    });
  }

  /// Scores become weights. Neighbouring threads take neighbouring queries.
  template <class Team>
  TANDEM_KERNEL void soften(const Team& team, std::int32_t tokens, const Memory& memory) const {
    Small& small = *memory.small;
    divide(team, most_queries * kShares, [&](std::int64_t i) {
      const std::int64_t query = i % most_queries;
      float most = kNothing;
      for (std::int64_t token = i / most_queries; token < tokens; token += kShares) {
        const float score = memory.scores[token].of[query];
        most = score > most ? score : most;
      }
      small.maxima[i / most_queries].of[query] = most;
    });
    team.meet();
    divide(team, most_queries * kShares, [&](std::int64_t i) {
      const std::int64_t query = i % most_queries;
      const float most = raised(small, query);
      float total = 0;
      for (std::int64_t token = i / most_queries; token < tokens; token += kShares) {
        float& number = memory.scores[token].of[query];
        number = most > kNothing ? std::exp(number - most) : 0;
        total += number;
      }
      small.totals[i / most_queries].of[query] = total;
      if (i < most_queries) {
        small.fade.of[query] = most > kNothing ? std::exp(small.most.of[query] - most) : 1;
      }
    });
    team.meet();
    divide(team, most_queries, [&](std::int64_t query) {
      small.most.of[query] = raised(small, query);
      small.total.of[query] *= small.fade.of[query];
      for (const Each& total : small.totals) small.total.of[query] += total.of[query];
    });
  }
  /// The largest score with those of the slice.
  TANDEM_KERNEL static float raised(const Small& small, std::int64_t query) {
    float most = small.most.of[query];
    for (const Each& maxima : small.maxima) {
      most = maxima.of[query] > most ? maxima.of[query] : most;
    }
    return most;
  }

  template <class Team>
  TANDEM_KERNEL void weigh(const Team& team, std::int32_t tokens, const Memory& memory) const {
    divide(team, sums(), [&](std::int64_t i) {
      const Number* const values = cache.numbers + i % cache.size;
      Each sum = memory.sums[i];
      for (int query = 0; query < most_queries; ++query) {
        sum.of[query] *= memory.small->fade.of[query];
      }
      TANDEM_UNROLL
      for (std::int64_t token = i / cache.size; token < tokens; token += turns()) {
        const float value = static_cast<float>(values[memory.small->values[token]]);
        const Each weights = memory.scores[token];
        for (int query = 0; query < most_queries; ++query) {
          sum.of[query] += value * weights.of[query];
        }
      }
      memory.sums[i] = sum;
    });
  }

  template <class Team>
  TANDEM_KERNEL void give(const Team& team, const AttentionTile& tile, const AttentionPiece& piece,
                          std::int64_t kv, const Memory& memory) const {
    const std::int64_t heads = static_cast<std::int64_t>(cache.kv_heads) * group;
    divide(team, static_cast<std::int64_t>(tile.count) * cache.size, [&](std::int64_t i) {
      const auto query = static_cast<std::int32_t>(i / cache.size);
      const std::int64_t number = i % cache.size;
      float sum = 0;
      for (std::int32_t turn = 0; turn < turns(); ++turn) {
        sum += memory.sums[turn * cache.size + number].of[query];
      }
      if (tile.parts == 1) {
        const std::int64_t place = tile.row(query, group) * heads + tile.head(query, group, kv);
        out[place * cache.size + number] = static_cast<Number>(sum / memory.small->total.of[query]);
        return;
      }
      float* const partial = partials.of(tile.first_partial + piece.part, kv, query);
      partial[number] = sum;
      if (number > 0) return;
      partial[cache.size] = memory.small->most.of[query];
      partial[cache.size + 1] = memory.small->total.of[query];
    });
  }
};

}  // namespace tandem
