// Products by packed weights, against the same sums in double precision, and against themselves.

#include "executor/infer/packed_matrix.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <gtest/gtest.h>

#include <span>

#include "executor/train/random.h"

namespace tandem {
namespace {

at::Tensor random_matrix(std::uint64_t seed, std::int64_t rows, std::int64_t columns) {
  at::Tensor matrix = at::empty({rows, columns}, at::kFloat);
  fill_normal(seed, 0, 1,
              std::span(matrix.data_ptr<float>(), static_cast<std::size_t>(rows * columns)));
  return matrix;
}

/// Outputs that fill whole panels and that do not, one output, one input.
class EveryShape : public testing::TestWithParam<std::pair<std::int64_t, std::int64_t>> {
 protected:
  const std::int64_t outputs_ = GetParam().first;
  const std::int64_t inputs_ = GetParam().second;
};
INSTANTIATE_TEST_SUITE_P(Shapes, EveryShape,
                         testing::Values(std::pair(64, 48), std::pair(70, 33), std::pair(1, 5),
                                         std::pair(31, 1), std::pair(33, 100)));

TEST_P(EveryShape, ProductsAreThoseOfTheMatrix) {
  const at::Tensor matrix = random_matrix(1, outputs_, inputs_);
  const at::Tensor bias = random_matrix(2, 1, outputs_).view({outputs_});
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const PackedMatrix packed(matrix, type);
    const at::Tensor exact = matrix.to(type).to(at::kDouble);
    for (std::int64_t rows = 1; rows <= 19; ++rows) {
      const at::Tensor x = random_matrix(3, rows, inputs_);
      const at::Tensor expected = at::matmul(x.to(at::kDouble), exact.t());
      at::Tensor out = at::full({rows, outputs_}, 1e9F);
      packed.multiply(x, {}, Product::kReplaces, out);
      EXPECT_TRUE(out.to(at::kDouble).allclose(expected, 1e-5, 1e-5)) << rows;
      packed.multiply(x, bias, Product::kIsAdded, out);
      EXPECT_TRUE(out.to(at::kDouble).allclose(expected + expected + bias, 1e-5, 1e-5)) << rows;
    }
  }
}

TEST_P(EveryShape, ARowDoesNotDependOnItsNeighbours) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const PackedMatrix packed(random_matrix(1, outputs_, inputs_), type);
    const at::Tensor x = random_matrix(3, 19, inputs_);
    at::Tensor together = at::empty({19, outputs_}, at::kFloat);
    packed.multiply(x, {}, Product::kReplaces, together);
    for (std::int64_t first = 0; first < 19; ++first) {
      for (std::int64_t rows = 1; rows <= 19 - first; ++rows) {
        at::Tensor out = at::empty({rows, outputs_}, at::kFloat);
        packed.multiply(x.narrow(0, first, rows), {}, Product::kReplaces, out);
        ASSERT_TRUE(at::equal(out, together.narrow(0, first, rows))) << first << " " << rows;
      }
    }
  }
}

TEST_P(EveryShape, RowsAreThoseOfTheMatrix) {
  const at::Tensor matrix = random_matrix(1, outputs_, inputs_);
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const PackedMatrix packed(matrix, type);
    at::Tensor row = at::empty({inputs_}, at::kFloat);
    for (std::int64_t output = 0; output < outputs_; ++output) {
      packed.row(output, std::span(row.data_ptr<float>(), static_cast<std::size_t>(inputs_)));
      EXPECT_TRUE(at::equal(row, matrix.select(0, output).to(type).to(at::kFloat)));
    }
  }
}

TEST(PackedMatrix, TakesMatricesInAnyLayoutAndType) {
  const at::Tensor matrix = random_matrix(1, 40, 24).to(at::kHalf);
  const PackedMatrix straight(matrix, at::kFloat);
  const PackedMatrix turned(matrix.t().contiguous().t(), at::kFloat);
  const at::Tensor x = random_matrix(2, 3, 24);
  at::Tensor a = at::empty({3, 40}, at::kFloat);
  at::Tensor b = at::empty({3, 40}, at::kFloat);
  straight.multiply(x, {}, Product::kReplaces, a);
  turned.multiply(x, {}, Product::kReplaces, b);
  EXPECT_TRUE(at::equal(a, b));
  EXPECT_TRUE(a.allclose(at::matmul(x, matrix.to(at::kFloat).t()), 1e-5, 1e-5));
}

}  // namespace
}  // namespace tandem
