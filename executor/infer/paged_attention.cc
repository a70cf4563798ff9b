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
    __builtin_prefetch(static_cast<const std::byte*>(from) + i);
  }
}

}  // namespace

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
  is_f32 ? put_away<float>(layer, qkv) : put_away<at::BFloat16>(layer, qkv);
  const std::int64_t kv_heads = cache_.shape().kv_heads;
  const auto pieces = static_cast<std::int64_t>(tiles_.size()) * kv_heads;
  const auto threads = static_cast<std::int64_t>(scores_.size());
  // By turns: neighbours are of one request, and requests differ in length.
  at::parallel_for(0, std::min(threads, pieces), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t thread = begin; thread < end; ++thread) {
      std::vector<float>& scores = scores_[static_cast<std::size_t>(thread)];
      for (std::int64_t piece = thread; piece < pieces; piece += threads) {
        const Tile& tile = tiles_[static_cast<std::size_t>(piece / kv_heads)];
        is_f32 ? look<float>(layer, tile, piece % kv_heads, qkv, out, scores)
               : look<at::BFloat16>(layer, tile, piece % kv_heads, qkv, out, scores);
      }
    }
  });
}

template <class Number>
void PagedAttention::put_away(std::int64_t layer, at::Tensor& qkv) {
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
void PagedAttention::look(std::int64_t layer, const Tile& tile, std::int64_t kv,
                          const at::Tensor& qkv, at::Tensor& out, std::vector<float>& scores) {
  const CacheShape& shape = cache_.shape();
  const std::int64_t size = shape.head_size;
  const std::int64_t tokens = shape.block_tokens;
  const RequestRows& request = *tile.request;
  const std::int64_t queries = tile.count * group();
  // Of the `query`-th query: its row in the matrices, and how many tokens it sees.
  const auto row = [&](std::int64_t query) { return request.first + tile.first + query / group(); };
  const auto seen = [&](std::int64_t query) {
    return request.computed + tile.first + query / group() + 1;
  };
  const auto head = [&](std::int64_t query) { return kv * group() + query % group(); };
  const std::int64_t blocks = (seen(queries - 1) + tokens - 1) / tokens;
  scores.resize(std::max(scores.size(), static_cast<std::size_t>(queries * blocks * tokens)));
  const auto scores_of = [&](std::int64_t query) {
    return scores.data() + query * blocks * tokens;
  };

  const auto keys_of = [&](std::int64_t block) {
    return cache_.keys<Number>(layer, request.blocks[static_cast<std::size_t>(block)], kv);
  };
  const auto values_of = [&](std::int64_t block) {
    return cache_.values<Number>(layer, request.blocks[static_cast<std::size_t>(block)], kv);
  };
  const std::int64_t bytes = shape.head_numbers() * shape.number_bytes;
  for (std::int64_t block = 0; block < blocks; ++block) {
    const Number* const keys = keys_of(block);
    ask_for(block + 1 < blocks ? keys_of(block + 1) : values_of(0), bytes);
    for (std::int64_t query = 0; query < queries; ++query) {
      if (seen(query) <= block * tokens) continue;
      const float* const numbers =
          qkv.data_ptr<float>() + row(query) * width() + head(query) * size;
      weighted_rows(numbers, keys, size, tokens, Sum::kFromZero, scores_of(query) + block * tokens);
    }
  }
  for (std::int64_t query = 0; query < queries; ++query) {
    softmax_row(scores_of(query), seen(query));
  }
  for (std::int64_t block = 0; block < blocks; ++block) {
    const Number* const values = values_of(block);
    if (block + 1 < blocks) ask_for(values_of(block + 1), bytes);
    for (std::int64_t query = 0; query < queries; ++query) {
      const std::int64_t count = std::min(tokens, seen(query) - block * tokens);
      if (count <= 0) continue;
      float* const to = out.data_ptr<float>() + (row(query) * heads_ + head(query)) * size;
      weighted_rows(scores_of(query) + block * tokens, values, count, size,
                    block == 0 ? Sum::kFromZero : Sum::kGoesOn, to);
    }
  }
}

}  // namespace tandem
