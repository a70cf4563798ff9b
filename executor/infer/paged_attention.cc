#include "executor/infer/paged_attention.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "executor/infer/weighted_rows.h"
#include "executor/train/row_loops.h"

namespace tandem {
namespace {

/// Queries, of all heads of a group, that go through the blocks together: enough that a block is
/// read from the cache many times, few enough that their scores stay there.
constexpr std::int64_t kTile = 16;

/// Asks for what will be read next: blocks lie anywhere, which the processor does not foresee.
void ask_for(const void* from, std::int64_t bytes) {
  constexpr std::int64_t kLine = 64;
  for (std::int64_t i = 0; i < bytes; i += kLine) {
    __builtin_prefetch(static_cast<const std::byte*>(from) + i, 0, 2);
  }
}

}  // namespace

/// Those of a tile's rows, of the heads that share one head's keys and values.
struct PagedAttention::Queries {
  const RequestRows& request;
  std::int64_t first;  ///< Of the request's rows.
  std::int64_t group;
  std::int64_t kv;
  std::int64_t count;

  std::int64_t row(std::int64_t query) const { return request.first + first + query / group; }
  std::int64_t head(std::int64_t query) const { return kv * group + query % group; }
  /// How many tokens it looks at: those before it, and itself.
  std::int64_t seen(std::int64_t query) const {
    return request.computed + first + query / group + 1;
  }
  std::int64_t blocks(std::int64_t tokens) const { return (seen(count - 1) + tokens - 1) / tokens; }
  BlockNumber block(std::int64_t index) const {
    return request.blocks[static_cast<std::size_t>(index)];
  }
};

PagedAttention::PagedAttention(const Architecture& model, BlockCache& cache)
    : heads_(model.heads), cache_(cache) {
  if (model.positions == 0) {
    rotary_ = rotary_of(model.context, model.head_size, model.rotary_base);
  }
}

void PagedAttention::begin(const StepRows& rows) {
  rows_ = &rows;
  tiles_.clear();
  const std::int64_t size = std::max<std::int64_t>(1, kTile / group());
  for (const RequestRows& request : rows.requests) {
    for (std::int64_t first = 0; first < request.count; first += size) {
      tiles_.push_back({&request, first, std::min(size, request.count - first)});
    }
  }
  scores_.resize(static_cast<std::size_t>(at::get_num_threads()));
}

void PagedAttention::attend(std::int64_t layer, at::Tensor& qkv, at::Tensor& out) {
  const bool is_f32 = cache_.type() == at::kFloat;
  is_f32 ? write<float>(layer, qkv) : write<at::BFloat16>(layer, qkv);
  const std::int64_t kv_heads = cache_.shape().kv_heads;
  const auto pieces = static_cast<std::int64_t>(tiles_.size()) * kv_heads;
  const auto threads = static_cast<std::int64_t>(scores_.size());
  // By turns: neighbours are of one request, and requests differ in length.
  at::parallel_for(0, std::min(threads, pieces), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t thread = begin; thread < end; ++thread) {
      std::vector<float>& scores = scores_[static_cast<std::size_t>(thread)];
      for (std::int64_t piece = thread; piece < pieces; piece += threads) {
        const Tile& tile = tiles_[static_cast<std::size_t>(piece / kv_heads)];
        is_f32 ? attend_tile<float>(layer, tile, piece % kv_heads, qkv, out, scores)
               : attend_tile<at::BFloat16>(layer, tile, piece % kv_heads, qkv, out, scores);
      }
    }
  });
}

template <class Number>
void PagedAttention::write(std::int64_t layer, at::Tensor& qkv) {
  const CacheShape& shape = cache_.shape();
  const std::int64_t size = shape.head_size;
  const float scale = 1 / std::sqrt(static_cast<float>(size));
  const auto put_row = [&](std::int64_t row) {
    const auto at_row = static_cast<std::size_t>(row);
    float* const numbers = qkv.data_ptr<float>() + row * width();
    if (rotary_.cosines.defined()) {
      const std::int64_t angles = rows_->positions[at_row] * size / 2;
      for (std::int64_t head = 0; head < heads_ + shape.kv_heads; ++head) {
        rotate_row(numbers + head * size, rotary_.cosines.data_ptr<float>() + angles,
                   rotary_.sines.data_ptr<float>() + angles, 1, size / 2);
      }
    }
    for (std::int64_t i = 0; i < heads_ * size; ++i) numbers[i] *= scale;
    const float* key = numbers + heads_ * size;
    const float* value = key + shape.kv_heads * size;
    const std::int64_t offset = rows_->offsets[at_row];
    for (std::int64_t head = 0; head < shape.kv_heads; ++head, key += size, value += size) {
      Number* const keys = cache_.keys<Number>(layer, rows_->blocks[at_row], head) + offset;
      for (std::int64_t i = 0; i < size; ++i) keys[i * shape.block_tokens] = Number(key[i]);
      Number* const values = cache_.values<Number>(layer, rows_->blocks[at_row], head);
      for (std::int64_t i = 0; i < size; ++i) values[offset * size + i] = Number(value[i]);
    }
  };
  at::parallel_for(0, rows_->count(), 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) put_row(row);
  });
}

template <class Number>
void PagedAttention::attend_tile(std::int64_t layer, const Tile& tile, std::int64_t kv,
                                 const at::Tensor& qkv, at::Tensor& out,
                                 std::vector<float>& scores) {
  const Queries queries{*tile.request, tile.first, group(), kv, tile.count * group()};
  const std::int64_t tokens = cache_.shape().block_tokens;
  const std::int64_t stride = queries.blocks(tokens) * tokens;
  const auto numbers = static_cast<std::size_t>(queries.count * stride);
  if (scores.size() < numbers) scores.resize(numbers);
  score<Number>(layer, queries, qkv, scores.data(), stride);
  for (std::int64_t query = 0; query < queries.count; ++query) {
    softmax_row(scores.data() + query * stride, queries.seen(query));
  }
  weigh<Number>(layer, queries, scores.data(), stride, out);
}

template <class Number>
void PagedAttention::score(std::int64_t layer, const Queries& queries, const at::Tensor& qkv,
                           float* scores, std::int64_t stride) {
  const CacheShape& shape = cache_.shape();
  const std::int64_t blocks = queries.blocks(shape.block_tokens);
  for (std::int64_t block = 0; block < blocks; ++block) {
    const Number* const keys = cache_.keys<Number>(layer, queries.block(block), queries.kv);
    ask_for(block + 1 < blocks ? cache_.keys<Number>(layer, queries.block(block + 1), queries.kv)
                               : cache_.values<Number>(layer, queries.block(0), queries.kv),
            shape.head_bytes());
    const std::int64_t first = block * shape.block_tokens;
    for (std::int64_t query = 0; query < queries.count; ++query) {
      if (queries.seen(query) <= first) continue;
      const float* const numbers = qkv.data_ptr<float>() + queries.row(query) * width() +
                                   queries.head(query) * shape.head_size;
      weighted_rows(numbers, keys, shape.head_size, shape.block_tokens, Sum::kFromZero,
                    scores + query * stride + first);
    }
  }
}

template <class Number>
void PagedAttention::weigh(std::int64_t layer, const Queries& queries, const float* scores,
                           std::int64_t stride, at::Tensor& out) {
  const CacheShape& shape = cache_.shape();
  const std::int64_t blocks = queries.blocks(shape.block_tokens);
  for (std::int64_t block = 0; block < blocks; ++block) {
    const Number* const values = cache_.values<Number>(layer, queries.block(block), queries.kv);
    if (block + 1 < blocks) {
      ask_for(cache_.values<Number>(layer, queries.block(block + 1), queries.kv),
              shape.head_bytes());
    }
    const std::int64_t first = block * shape.block_tokens;
    for (std::int64_t query = 0; query < queries.count; ++query) {
      const std::int64_t count = std::min(shape.block_tokens, queries.seen(query) - first);
      if (count <= 0) continue;
      const std::int64_t place = queries.row(query) * heads_ + queries.head(query);
      weighted_rows(scores + query * stride + first, values, count, shape.head_size,
                    block == 0 ? Sum::kFromZero : Sum::kGoesOn,
                    out.data_ptr<float>() + place * shape.head_size);
    }
  }
}

}  // namespace tandem
