// Models of both families that are small enough for loops, with every part that a large one has,
// and text for them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "executor/train/batch.h"
#include "executor/train/flat_parameters.h"
#include "executor/train/transformer.h"
#include "tests/unit/executor/train/reference_model.h"
#include "workloads/catalog/architecture.h"

namespace tandem {

Architecture small_gpt2();
/// With biases of queries, keys and values as in Qwen 2, and a head of its own.
Architecture small_llama();

/// A whole model whose weights, norms and biases too, are large enough to matter.
struct SmallModel {
  explicit SmallModel(const Architecture& architecture, Precision precision = Precision::kFp32,
                      const TransformerOptions& options = {});
  Architecture architecture;
  FlatParameters parameters;
  Transformer transformer;

  ReferenceModel reference() const;
  /// Adds the gradients of the batch, returns its loss.
  double forward_backward(const MicroBatch& batch);
};

/// Rows of one token more than is put in.
std::vector<std::vector<std::int64_t>> random_rows(std::int64_t rows, std::int64_t sequence,
                                                   std::int64_t vocabulary);
MicroBatch batch_of(const std::vector<std::vector<std::int64_t>>& rows);

}  // namespace tandem
