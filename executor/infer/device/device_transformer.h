// The forward pass of a model that serves, on any device: LibTorch's matrix products and our
// kernels by turns. Between two products there is one kernel, or attention's.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "executor/infer/device/kernels.h"
#include "executor/infer/device/step_plan.h"
#include "executor/infer/model_options.h"
#include "executor/infer/weights.h"

namespace tandem {

class DeviceTransformer {
 public:
  virtual ~DeviceTransformer() = default;
  /// [wanted, vocabulary] in f32, of a step with so many rows; valid until the next call.
  virtual at::Tensor logits(StepPlan& plan, std::int64_t rows, std::int64_t wanted) = 0;
  /// Keys and values, [layers, blocks, both of all heads] as BlockCache has them.
  virtual at::Tensor& cache() = 0;
  /// Of the matrices that every step reads.
  virtual std::int64_t matrix_bytes() const = 0;
};

/// `runner`, which lives longer, computes on `device`. Throws InputError as blocks_for does.
std::unique_ptr<DeviceTransformer> make_device_transformer(const WeightSource& source,
                                                           const PagedModelOptions& options,
                                                           const at::Device& device,
                                                           KernelRunner& runner);

}  // namespace tandem
