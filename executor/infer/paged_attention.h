// Attention over keys and values that lie in blocks, on processors: blocks are read where they lie,
// since gathering them costs more than looking at them. What a query gives follows from its request
// alone, bit by bit: not from how many queries are computed with it, nor from where the blocks lie.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "executor/infer/block_cache.h"
#include "executor/infer/step_rows.h"
#include "executor/train/operators/attention.h"
#include "workloads/catalog/architecture.h"

namespace tandem {

class PagedAttention {
 public:
  /// `cache` lives longer. Rotary angles are computed for the model's whole context.
  PagedAttention(const Architecture& model, BlockCache& cache);

  /// How the work of a step divides; it is the same in every layer.
  void begin(const StepRows& rows);
  /// One layer. qkv is [rows, q of all heads | k | v] in f32, out is [rows, q]. Queries and keys
  /// are turned in place, keys and values of all rows put into their blocks; then all look at
  /// theirs.
  void attend(std::int64_t layer, at::Tensor& qkv, at::Tensor& out);

 private:
  /// Queries of one request that go through its blocks together.
  struct Tile {
    const RequestRows* request;
    std::int64_t first;  ///< Of the request's rows.
    std::int64_t count;
  };
  struct Queries;

  template <class Number>
  void write(std::int64_t layer, at::Tensor& qkv);
  /// Of the heads that share the `kv`-th keys and values.
  template <class Number>
  void attend_tile(std::int64_t layer, const Tile& tile, std::int64_t kv, const at::Tensor& qkv,
                   at::Tensor& out, std::vector<float>& scores);
  /// Sets `stride` scores of each query.
  template <class Number>
  void score(std::int64_t layer, const Queries& queries, const at::Tensor& qkv, float* scores,
             std::int64_t stride);
  /// Sets `out` to values weighted by scores.
  template <class Number>
  void weigh(std::int64_t layer, const Queries& queries, const float* scores, std::int64_t stride,
             at::Tensor& out);

  std::int64_t group() const { return heads_ / cache_.shape().kv_heads; }
  std::int64_t width() const {
    return (heads_ + 2 * cache_.shape().kv_heads) * cache_.shape().head_size;
  }

  const std::int64_t heads_;
  BlockCache& cache_;
  Rotary rotary_;  ///< Undefined for learned positions.
  const StepRows* rows_ = nullptr;
  std::vector<Tile> tiles_;
  std::vector<std::vector<float>> scores_;  ///< Of each thread.
};

}  // namespace tandem
