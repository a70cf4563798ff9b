// Rows of a tensor in f32 or bf16, as rows in f32: kernels are written for f32 alone.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace tandem {

/// Conversions of `n` numbers; to bf16 they round to the nearest, ties to even.
void to_f32(const at::BFloat16* from, float* to, std::int64_t n);
void to_bf16(const float* from, at::BFloat16* to, std::int64_t n);

/// Of a contiguous matrix. One thread each.
class RowReader {
 public:
  explicit RowReader(const at::Tensor& matrix);
  /// Until the next call.
  const float* row(std::int64_t index) { return part(index, 0, width_); }
  /// `count` numbers of a row from `column` on.
  const float* part(std::int64_t index, std::int64_t column, std::int64_t count);

 private:
  std::int64_t width_;
  const float* f32_ = nullptr;
  const at::BFloat16* bf16_ = nullptr;
  std::vector<float> buffer_;
};

class RowWriter {
 public:
  explicit RowWriter(at::Tensor& matrix);
  /// Where to write a row, or `count` numbers of it; call finish() then.
  float* row(std::int64_t index) { return part(index, 0, width_); }
  float* part(std::int64_t index, std::int64_t column, std::int64_t count);
  void finish();

 private:
  std::int64_t width_;
  float* f32_ = nullptr;
  at::BFloat16* bf16_ = nullptr;
  std::vector<float> buffer_;
  at::BFloat16* pending_ = nullptr;
  std::int64_t count_ = 0;
};

}  // namespace tandem
