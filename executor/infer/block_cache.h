// Keys and values of all requests, in numbered blocks that lie wherever they lie. Within a block a
// head's keys are turned around, [head size, tokens], its values are [tokens, head size]: scores
// and weighted sums are then the same loop over neighbouring numbers.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <span>
#include <vector>

#include "executor/infer/cache_shape.h"
#include "executor/serve/language_model.h"

namespace tandem {

class BlockCache {
 public:
  /// All zero: the memory is there when it returns. `type` is f32 or bf16, as in the shape.
  BlockCache(const CacheShape& shape, at::ScalarType type, std::int64_t blocks);

  const CacheShape& shape() const { return shape_; }
  at::ScalarType type() const { return numbers_.scalar_type(); }
  std::int64_t blocks() const { return numbers_.size(1); }

  /// One head's part of a block.
  template <class Number>
  Number* keys(std::int64_t layer, BlockNumber block, std::int64_t head) {
    return head_of<Number>(layer, block, head);
  }
  template <class Number>
  Number* values(std::int64_t layer, BlockNumber block, std::int64_t head) {
    return head_of<Number>(layer, block, shape_.kv_heads + head);
  }

  /// Of whole blocks, layer by layer.
  std::vector<std::byte> copy_out(std::span<const BlockNumber> blocks);
  /// `saved` is of as many blocks.
  void copy_in(std::span<const std::byte> saved, std::span<const BlockNumber> blocks);

 private:
  template <class Number>
  Number* head_of(std::int64_t layer, BlockNumber block, std::int64_t index) {
    const std::int64_t place = (layer * blocks() + block) * 2 * shape_.kv_heads + index;
    return numbers_.data_ptr<Number>() + place * shape_.head_numbers();
  }
  std::span<std::byte> bytes_of(std::int64_t layer, BlockNumber block);

  CacheShape shape_;
  at::Tensor numbers_;  ///< [layers, blocks, keys and values of all heads]
};

}  // namespace tandem
