#include "executor/infer/packed_matrix.h"

#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

#include "executor/infer/lanes.h"
#include "executor/train/check.h"
#include "executor/train/numbers.h"
#include "executor/train/vector_math.h"

namespace tandem {
namespace {

constexpr std::int64_t kPanel = 2 * kLanes;  // Outputs that are computed together.
constexpr std::int64_t kTile = 8;            // Rows: their sums fill half of AVX-512's registers.

/// Where the sums of a tile go: `outputs` numbers of each row.
struct TileOutput {
  float* numbers;
  std::int64_t stride;
  std::int64_t outputs;
  const float* bias;  ///< Null: none.
  bool adds;

  [[gnu::always_inline]] void put(std::int64_t row, float* sums) const {
    float* const to = numbers + row * stride;
    if (bias != nullptr) add(bias, sums);
    if (adds) add(to, sums);
    std::memcpy(to, sums, static_cast<std::size_t>(outputs) * sizeof(float));
  }

 private:
  [[gnu::always_inline]] void add(const float* more, float* sums) const {
#pragma omp simd
    for (std::int64_t j = 0; j < outputs; ++j) sums[j] += more[j];
  }
};

/// `rows` rows of x by one panel.
template <int rows, class Number>
[[gnu::always_inline]] inline void multiply_tile(const float* x, std::int64_t inputs,
                                                 const Number* panel, const TileOutput& out) {
  Lanes sums[rows][2] = {};
  for (std::int64_t k = 0; k < inputs; ++k) {
    Lanes first, second;
    load(panel + k * kPanel, first);
    load(panel + k * kPanel + kLanes, second);
#pragma GCC unroll 8
    for (int row = 0; row < rows; ++row) {
      const float number = x[row * inputs + k];
      sums[row][0] += number * first;
      sums[row][1] += number * second;
    }
  }
  for (int row = 0; row < rows; ++row) {
    float numbers[kPanel];
    store(sums[row][0], numbers);
    store(sums[row][1], numbers + kLanes);
    out.put(row, numbers);
  }
}

/// All rows of x by one panel, which stays in the cache meanwhile.
template <class Number>
[[gnu::always_inline]] inline void multiply_panel(const float* x, std::int64_t rows,
                                                  std::int64_t inputs, const Number* panel,
                                                  TileOutput out) {
  for (std::int64_t row = 0; row < rows; row += kTile) {
    switch (std::min(kTile, rows - row)) {
      case 8: multiply_tile<8>(x, inputs, panel, out); break;
      case 7: multiply_tile<7>(x, inputs, panel, out); break;
      case 6: multiply_tile<6>(x, inputs, panel, out); break;
      case 5: multiply_tile<5>(x, inputs, panel, out); break;
      case 4: multiply_tile<4>(x, inputs, panel, out); break;
      case 3: multiply_tile<3>(x, inputs, panel, out); break;
      case 2: multiply_tile<2>(x, inputs, panel, out); break;
      default: multiply_tile<1>(x, inputs, panel, out);
    }
    x += kTile * inputs;
    out.numbers += kTile * out.stride;
  }
}

// Overloads, not a template: of templates no compiler makes versions for several machines.
TANDEM_VECTORISED void multiply_by_panel(const float* x, std::int64_t rows, std::int64_t inputs,
                                         const float* panel, const TileOutput& out) {
  multiply_panel(x, rows, inputs, panel, out);
}
TANDEM_VECTORISED void multiply_by_panel(const float* x, std::int64_t rows, std::int64_t inputs,
                                         const at::BFloat16* panel, const TileOutput& out) {
  multiply_panel(x, rows, inputs, panel, out);
}

/// Of bf16 with many rows: widened once, not for each tile.
const float* widened(const at::BFloat16* panel, std::int64_t numbers) {
  thread_local std::vector<float> wide;
  wide.resize(static_cast<std::size_t>(numbers));
  to_f32(panel, wide.data(), numbers);
  return wide.data();
}

template <class Number>
void multiply_by(const at::Tensor& x, const at::Tensor& panels, const at::Tensor& bias,
                 Product product, at::Tensor& out) {
  const std::int64_t rows = x.size(0);
  const std::int64_t inputs = x.size(1);
  const std::int64_t outputs = out.size(1);
  const float* const numbers = x.data_ptr<float>();
  float* const to = out.data_ptr<float>();
  at::parallel_for(0, panels.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t panel = begin; panel < end; ++panel) {
      const std::int64_t first = panel * kPanel;
      const TileOutput tile{to + first, outputs, std::min(kPanel, outputs - first),
                            bias.defined() ? bias.data_ptr<float>() + first : nullptr,
                            product == Product::kIsAdded};
      const Number* const weights = panels.data_ptr<Number>() + first * inputs;
      if constexpr (std::is_same_v<Number, at::BFloat16>) {
        if (rows > kTile) {
          multiply_by_panel(numbers, rows, inputs, widened(weights, inputs * kPanel), tile);
          continue;
        }
      }
      multiply_by_panel(numbers, rows, inputs, weights, tile);
    }
  });
}

}  // namespace

PackedMatrix::PackedMatrix(const at::Tensor& matrix, at::ScalarType type)
    : outputs_(matrix.size(0)), inputs_(matrix.size(1)) {
  const std::int64_t panels = (outputs_ + kPanel - 1) / kPanel;
  panels_ = at::zeros({panels, inputs_, kPanel}, type);
  at::parallel_for(0, panels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t panel = begin; panel < end; ++panel) {
      const std::int64_t first = panel * kPanel;
      const std::int64_t count = std::min(kPanel, outputs_ - first);
      panels_.select(0, panel).narrow(1, 0, count).copy_(matrix.narrow(0, first, count).t());
    }
  });
}

std::int64_t PackedMatrix::bytes() const {
  return panels_.numel() * static_cast<std::int64_t>(panels_.element_size());
}

void PackedMatrix::multiply(const at::Tensor& x, const at::Tensor& bias, Product product,
                            at::Tensor& out) const {
  CHECK(x.size(1) == inputs_ && out.size(1) == outputs_ && x.size(0) == out.size(0),
        "[{}, {}] by [{}, {}] is not [{}, {}]", x.size(0), x.size(1), inputs_, outputs_,
        out.size(0), out.size(1));
  if (panels_.scalar_type() == at::kFloat) {
    multiply_by<float>(x, panels_, bias, product, out);
  } else {
    multiply_by<at::BFloat16>(x, panels_, bias, product, out);
  }
}

void PackedMatrix::row(std::int64_t output, std::span<float> to) const {
  const std::int64_t first = output / kPanel * inputs_ * kPanel + output % kPanel;
  const auto gather = [&](const auto* numbers) {
    for (std::size_t k = 0; k < to.size(); ++k) {
      to[k] = numbers[first + static_cast<std::int64_t>(k) * kPanel];
    }
  };
  if (panels_.scalar_type() == at::kFloat) {
    gather(panels_.data_ptr<float>());
  } else {
    gather(panels_.data_ptr<at::BFloat16>());
  }
}

}  // namespace tandem
