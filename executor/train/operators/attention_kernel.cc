#include "executor/train/operators/attention_kernel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "executor/train/gemm.h"
#include "executor/train/numbers.h"
#include "executor/train/row_loops.h"
#include "executor/train/vector_math.h"

namespace tandem {
namespace {

/// Queries that are looked at together: more compute more that lies ahead, fewer make small
/// products.
constexpr std::int64_t kBlock = 64;

/// The same again from the logarithm.
TANDEM_VECTORISED void softmax_row_again(float* scores, float log_sum, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) scores[i] = exponential(scores[i] - log_sum);
}

TANDEM_VECTORISED void softmax_row_backward(const float* probabilities, float* gradients,
                                            float along, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) gradients[i] = probabilities[i] * (gradients[i] - along);
}

TANDEM_VECTORISED float dot(const float* a, const float* b, std::int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

/// A head's matrix [sequence, head_size] in f32, out of the matrix of all.
class Head {
 public:
  explicit Head(const AttentionShape& shape)
      : shape_(shape), numbers_(static_cast<std::size_t>(shape.sequence * shape.head_size)) {}

  float* row(std::int64_t i) { return numbers_.data() + i * shape_.head_size; }
  void clear() { std::ranges::fill(numbers_, 0.0F); }

  /// The `index`-th head's columns of `matrix`, for row `row` of the batch.
  void load(const at::Tensor& matrix, std::int64_t row, std::int64_t index) {
    RowReader in(matrix);
    const std::int64_t size = shape_.head_size;
    for (std::int64_t i = 0; i < shape_.sequence; ++i) {
      std::copy_n(in.part(row * shape_.sequence + i, index * size, size), size, this->row(i));
    }
  }
  void store(at::Tensor& matrix, std::int64_t row, std::int64_t index) {
    RowWriter out(matrix);
    const std::int64_t size = shape_.head_size;
    for (std::int64_t i = 0; i < shape_.sequence; ++i) {
      std::copy_n(this->row(i), size, out.part(row * shape_.sequence + i, index * size, size));
      out.finish();
    }
  }
  /// By each position's angle; `turn` -1 undoes it.
  void rotate(const Rotary& rotary, float turn) {
    if (!rotary.cosines.defined()) return;
    const std::int64_t half = shape_.head_size / 2;
    const float* const cosines = rotary.cosines.data_ptr<float>();
    const float* const sines = rotary.sines.data_ptr<float>();
    for (std::int64_t i = 0; i < shape_.sequence; ++i) {
      rotate_row(row(i), cosines + i * half, sines + i * half, turn, half);
    }
  }

 private:
  const AttentionShape& shape_;
  std::vector<float> numbers_;
};

/// Scores of one block of queries against all keys up to its last.
struct ScoreBlock {
  std::int64_t first = 0;  ///< Query.
  std::int64_t queries = 0;
  std::int64_t keys = 0;
};

std::vector<ScoreBlock> blocks_of(std::int64_t sequence) {
  std::vector<ScoreBlock> blocks;
  for (std::int64_t first = 0; first < sequence; first += kBlock) {
    const std::int64_t queries = std::min(kBlock, sequence - first);
    blocks.push_back({first, queries, first + queries});
  }
  return blocks;
}

/// What is multiplied with the probabilities of one query, from its head's sequence.
struct HeadDropout {
  const Dropout& dropout;
  std::int64_t base;  ///< Place of the head's first score.
  std::int64_t sequence;

  void apply(float* probabilities, std::int64_t query, std::int64_t keys) const {
    if (dropout.probability <= 0) return;
    for (std::int64_t key = 0; key < keys; ++key) {
      probabilities[key] *= dropout.factor(base + query * sequence + key);
    }
  }
};

HeadDropout head_dropout(const Dropout& dropout, const AttentionShape& shape, std::int64_t row,
                         std::int64_t head) {
  const std::int64_t place = row * shape.all_heads + shape.first_head + head;
  return {dropout, place * shape.sequence * shape.sequence, shape.sequence};
}

/// One thread's work on the heads that share keys and values.
class GroupForward {
 public:
  GroupForward(const AttentionShape& shape, const Rotary& rotary, const Dropout& dropout)
      : shape_(shape),
        rotary_(rotary),
        dropout_(dropout),
        blocks_(blocks_of(shape.sequence)),
        scores_(static_cast<std::size_t>(kBlock * shape.sequence)) {}

  void run(const at::Tensor& qkv, std::int64_t row, std::int64_t kv, at::Tensor& out,
           float* log_sums) {
    keys_.load(qkv, row, shape_.heads + kv);
    keys_.rotate(rotary_, 1);
    values_.load(qkv, row, shape_.heads + shape_.kv_heads + kv);
    for (std::int64_t head = kv * shape_.group(); head < (kv + 1) * shape_.group(); ++head) {
      queries_.load(qkv, row, head);
      queries_.rotate(rotary_, 1);
      const HeadDropout drop = head_dropout(dropout_, shape_, row, head);
      float* const sums = log_sums + (row * shape_.heads + head) * shape_.sequence;
      for (const ScoreBlock& block : blocks_) run_block(block, drop, sums);
      out_.store(out, row, head);
    }
  }

 private:
  void run_block(const ScoreBlock& block, const HeadDropout& drop, float* sums) {
    const std::int64_t size = shape_.head_size;
    float* const scores = scores_.data();
    multiply_transposed({queries_.row(block.first), block.queries, size, size},
                        {keys_.row(0), block.keys, size, size}, scores, block.keys, scale_);
    for (std::int64_t i = 0; i < block.queries; ++i) {
      float* const row = scores + i * block.keys;
      const std::int64_t seen = block.first + i + 1;
      sums[block.first + i] = softmax_row(row, seen);
      drop.apply(row, block.first + i, seen);
      std::fill(row + seen, row + block.keys, 0.0F);
    }
    multiply({scores, block.queries, block.keys, block.keys},
             {values_.row(0), block.keys, size, size}, out_.row(block.first), size);
  }

  const AttentionShape& shape_;
  const Rotary& rotary_;
  const Dropout& dropout_;
  const float scale_ = 1 / std::sqrt(static_cast<float>(shape_.head_size));
  std::vector<ScoreBlock> blocks_;
  std::vector<float> scores_;
  Head queries_{shape_}, keys_{shape_}, values_{shape_}, out_{shape_};
};

class GroupBackward {
 public:
  GroupBackward(const AttentionShape& shape, const Rotary& rotary, const Dropout& dropout)
      : shape_(shape),
        rotary_(rotary),
        dropout_(dropout),
        blocks_(blocks_of(shape.sequence)),
        scores_(static_cast<std::size_t>(kBlock * shape.sequence)),
        dscores_(scores_) {}

  void run(const at::Tensor& dout, const at::Tensor& qkv, const at::Tensor& out,
           const float* log_sums, std::int64_t row, std::int64_t kv, at::Tensor& dqkv) {
    keys_.load(qkv, row, shape_.heads + kv);
    keys_.rotate(rotary_, 1);
    values_.load(qkv, row, shape_.heads + shape_.kv_heads + kv);
    dkeys_.clear();
    dvalues_.clear();
    for (std::int64_t head = kv * shape_.group(); head < (kv + 1) * shape_.group(); ++head) {
      queries_.load(qkv, row, head);
      queries_.rotate(rotary_, 1);
      out_.load(out, row, head);
      dout_.load(dout, row, head);
      const HeadDropout drop = head_dropout(dropout_, shape_, row, head);
      const float* const sums = log_sums + (row * shape_.heads + head) * shape_.sequence;
      for (const ScoreBlock& block : blocks_) run_block(block, drop, sums);
      dqueries_.rotate(rotary_, -1);
      dqueries_.store(dqkv, row, head);
    }
    dkeys_.rotate(rotary_, -1);
    dkeys_.store(dqkv, row, shape_.heads + kv);
    dvalues_.store(dqkv, row, shape_.heads + shape_.kv_heads + kv);
  }

 private:
  /// With P the probabilities, D their dropout, s the scale of scores: dV += (P D)^T dO,
  /// dS = P (D dO V^T - dO . O), dQ = s dS K, dK += s dS^T Q.
  void run_block(const ScoreBlock& block, const HeadDropout& drop, const float* sums) {
    const std::int64_t size = shape_.head_size;
    const std::int64_t keys = block.keys;
    const Matrix q{queries_.row(block.first), block.queries, size, size};
    const Matrix k{keys_.row(0), keys, size, size};
    const Matrix dout{dout_.row(block.first), block.queries, size, size};
    multiply_transposed(q, k, scores_.data(), keys, scale_);
    multiply_transposed(dout, {values_.row(0), keys, size, size}, dscores_.data(), keys);
    for (std::int64_t i = 0; i < block.queries; ++i) {
      const std::int64_t query = block.first + i;
      float* const row = scores_.data() + i * keys;
      float* const drow = dscores_.data() + i * keys;
      softmax_row_again(row, sums[query], query + 1);
      drop.apply(drow, query, query + 1);
      softmax_row_backward(row, drow, dot(dout_.row(query), out_.row(query), size), query + 1);
      drop.apply(row, query, query + 1);
      std::fill(row + query + 1, row + keys, 0.0F);
      std::fill(drow + query + 1, drow + keys, 0.0F);
    }
    const Matrix dscores{dscores_.data(), block.queries, keys, keys};
    add_transposed_product({scores_.data(), block.queries, keys, keys}, dout, dvalues_.row(0),
                           size);
    add_transposed_product(dscores, q, dkeys_.row(0), size, scale_);
    multiply(dscores, k, dqueries_.row(block.first), size, scale_);
  }

  const AttentionShape& shape_;
  const Rotary& rotary_;
  const Dropout& dropout_;
  const float scale_ = 1 / std::sqrt(static_cast<float>(shape_.head_size));
  std::vector<ScoreBlock> blocks_;
  std::vector<float> scores_, dscores_;
  Head queries_{shape_}, keys_{shape_}, values_{shape_}, out_{shape_};
  Head dqueries_{shape_}, dkeys_{shape_}, dvalues_{shape_}, dout_{shape_};
};

}  // namespace

void attend(const at::Tensor& qkv, const AttentionShape& shape, const Rotary& rotary,
            const Dropout& dropout, at::Tensor& out, at::Tensor& log_sums) {
  float* const sums = log_sums.data_ptr<float>();
  at::parallel_for(0, shape.rows * shape.kv_heads, 1, [&](std::int64_t begin, std::int64_t end) {
    GroupForward group(shape, rotary, dropout);
    for (std::int64_t i = begin; i < end; ++i) {
      group.run(qkv, i / shape.kv_heads, i % shape.kv_heads, out, sums);
    }
  });
}

void attend_backward(const at::Tensor& dout, const at::Tensor& qkv, const at::Tensor& out,
                     const at::Tensor& log_sums, const AttentionShape& shape, const Rotary& rotary,
                     const Dropout& dropout, at::Tensor& dqkv) {
  const float* const sums = log_sums.data_ptr<float>();
  at::parallel_for(0, shape.rows * shape.kv_heads, 1, [&](std::int64_t begin, std::int64_t end) {
    GroupBackward group(shape, rotary, dropout);
    for (std::int64_t i = begin; i < end; ++i) {
      group.run(dout, qkv, out, sums, i / shape.kv_heads, i % shape.kv_heads, dqkv);
    }
  });
}

}  // namespace tandem
