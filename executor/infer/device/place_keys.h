// What comes before attention over blocks: queries and keys are turned by their positions, and keys
// and values of a step's tokens go where later steps find them.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "executor/infer/device/row_kernels.h"
#include "executor/infer/device/team.h"

namespace tandem {

/// One layer of the cache, laid out as BlockCache has it.
template <class Number>
struct CacheLayer {
  Number* numbers = nullptr;
  std::int32_t kv_heads = 0;
  std::int32_t size = 0;    ///< Of a head.
  std::int32_t tokens = 0;  ///< In a block.

  /// [size, tokens] and [tokens, size].
  TANDEM_KERNEL Number* keys(std::int64_t block, std::int64_t head) const {
    return numbers + (block * 2 * kv_heads + head) * size * tokens;
  }
  TANDEM_KERNEL Number* values(std::int64_t block, std::int64_t head) const {
    return keys(block, kv_heads + head);
  }
};

/// Turns queries and keys by their positions, scales the former by 1 / sqrt(head size), puts keys
/// and values into their blocks. Angles and pairs are those of rotary_of().
template <class Number>
struct PlaceKeys {
  const Number* qkv = nullptr;     ///< [rows, q of all heads | k | v]
  const float* bias = nullptr;     ///< Of its rows, or null.
  const float* cosines = nullptr;  ///< [positions, size / 2], or null: nothing is turned.
  const float* sines = nullptr;
  const TokenPlace* places = nullptr;
  std::int64_t rows = 0;
  std::int32_t heads = 0;
  float scale = 1;
  CacheLayer<Number> cache;
  float* queries = nullptr;  ///< [rows, q of all heads]

  std::int64_t teams() const { return rows; }
  std::size_t shared_bytes() const { return 0; }

  template <class Team>
  TANDEM_KERNEL void operator()(const Team& team, std::int64_t row, std::byte*) const {
    const TokenPlace place = places[row];
    const std::int64_t half = cache.size / 2;
    divide(team, (heads + cache.kv_heads) * half,
           [&](std::int64_t i) { turn(row, place, i / half, i % half); });
    divide(team, cache.kv_heads * cache.size, [&](std::int64_t i) {
      Number* const values = cache.values(place.block, i / cache.size);
      values[place.offset * cache.size + i % cache.size] =
          static_cast<Number>(at(row, (heads + cache.kv_heads) * cache.size + i));
    });
  }

 private:
  TANDEM_KERNEL float at(std::int64_t row, std::int64_t column) const {
    const std::int64_t width = (heads + 2 * cache.kv_heads) * cache.size;
    const float number = static_cast<float>(qkv[row * width + column]);
    return bias != nullptr ? number + bias[column] : number;
  }
  /// The `pair`-th pair of coordinates of a head: those of queries, then those of keys.
  TANDEM_KERNEL void turn(std::int64_t row, const TokenPlace& place, std::int64_t head,
                          std::int64_t pair) const {
    const std::int64_t half = cache.size / 2;
    const float a = at(row, head * cache.size + pair);
    const float b = at(row, head * cache.size + pair + half);
    const std::int64_t angle = place.position * half + pair;
    const float cosine = cosines != nullptr ? cosines[angle] : 1;
    const float sine = cosines != nullptr ? sines[angle] : 0;
    const float first = a * cosine - b * sine;
    const float second = b * cosine + a * sine;
    if (head < heads) {
      float* const query = queries + (row * heads + head) * cache.size;
      query[pair] = first * scale;
      query[pair + half] = second * scale;
    } else {
      Number* const key = cache.keys(place.block, head - heads) + place.offset;
      key[pair * cache.tokens] = static_cast<Number>(first);
      key[(pair + half) * cache.tokens] = static_cast<Number>(second);
    }
  }
};

}  // namespace tandem
