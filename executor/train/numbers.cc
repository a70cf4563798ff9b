#include "executor/train/numbers.h"

#include <bit>

#include "executor/train/vector_math.h"

namespace tandem {

TANDEM_VECTORISED void to_f32(const at::BFloat16* from, float* to, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    to[i] = std::bit_cast<float>(static_cast<std::uint32_t>(from[i].x) << 16);
  }
}

TANDEM_VECTORISED void to_bf16(const float* from, at::BFloat16* to, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(from[i]);
    const std::uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    const std::uint32_t quiet = bits >> 16 | 0x40;  // Stays no number, never infinity.
    to[i].x = static_cast<std::uint16_t>((bits & 0x7FFFFFFF) > 0x7F800000 ? quiet : rounded);
  }
}

RowReader::RowReader(const at::Tensor& matrix) : width_(matrix.size(1)) {
  if (matrix.scalar_type() == at::kFloat) {
    f32_ = matrix.data_ptr<float>();
  } else {
    bf16_ = matrix.data_ptr<at::BFloat16>();
    buffer_.resize(static_cast<std::size_t>(width_));
  }
}

const float* RowReader::part(std::int64_t index, std::int64_t column, std::int64_t count) {
  const std::int64_t start = index * width_ + column;
  if (f32_ != nullptr) return f32_ + start;
  to_f32(bf16_ + start, buffer_.data(), count);
  return buffer_.data();
}

RowWriter::RowWriter(at::Tensor& matrix) : width_(matrix.size(1)) {
  if (matrix.scalar_type() == at::kFloat) {
    f32_ = matrix.data_ptr<float>();
  } else {
    bf16_ = matrix.data_ptr<at::BFloat16>();
    buffer_.resize(static_cast<std::size_t>(width_));
  }
}

float* RowWriter::part(std::int64_t index, std::int64_t column, std::int64_t count) {
  const std::int64_t start = index * width_ + column;
  if (f32_ != nullptr) return f32_ + start;
  pending_ = bf16_ + start;
  count_ = count;
  return buffer_.data();
}

void RowWriter::finish() {
  if (pending_ != nullptr) to_bf16(buffer_.data(), pending_, count_);
  pending_ = nullptr;
}

}  // namespace tandem
