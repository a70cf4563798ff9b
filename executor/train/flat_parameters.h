// The numbers of a model slice: one tensor of all parameters, one of all gradients, and views of
// them. Reducing gradients, updating and saving are then passes over ranges of few tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "executor/train/slots.h"
#include "workloads/perf/layout.h"

namespace tandem {

/// Views of the flat buffers.
struct Parameter {
  at::Tensor master;    ///< In f32: what the optimizer changes.
  at::Tensor value;     ///< What is computed with: `master`, or its copy in bf16.
  at::Tensor gradient;  ///< In f32: operators add to it in their backward pass.
};

class FlatParameters {
 public:
  /// All zero. The buffers are as long as `slots` need, filled up to a multiple of 32 * `shards`,
  /// so that they divide over so many data parallel ranks. `precision` is kFp32 or kBf16.
  FlatParameters(std::vector<Slot> slots, Precision precision, std::int64_t shards,
                 const at::Device& device);

  const std::vector<Slot>& slots() const { return slots_; }
  /// Length of each buffer.
  std::int64_t numbers() const { return master_.numel(); }
  at::Tensor& master() { return master_; }
  const at::Tensor& master() const { return master_; }
  at::Tensor& gradients() { return gradients_; }
  at::ScalarType type() const { return values_.scalar_type(); }

  /// The slot of that name; there must be one.
  const Slot& slot(const std::string& name) const;
  bool has(const std::string& name) const;
  Parameter parameter(const std::string& name) const { return joined(name, 1); }
  /// `count` slots that follow each other without a gap, as one along their first dimension.
  Parameter joined(const std::string& first, std::size_t count) const;
  /// Takes over what has become of `master`: computes the copy in bf16.
  void refresh();

 private:
  std::vector<Slot> slots_;
  at::Tensor master_, values_, gradients_;
};

/// The first weights of a whole parameter, in f32: they follow from (seed, name).
at::Tensor first_weights(std::uint64_t seed, const Slot& slot);
/// Fills `parameters` with them; a tensor parallel rank takes its cut.
void begin_weights(std::uint64_t seed, const ModelSlice& slice, FlatParameters& parameters);

/// What tensor rank `rank` of `size` has of a whole parameter.
at::Tensor cut(const at::Tensor& whole, const Slot& slot, int rank, int size);
/// Puts what rank `rank` of `size` has into its place in `whole`.
void put_back(const at::Tensor& piece, const Slot& slot, int rank, int size, at::Tensor& whole);

}  // namespace tandem
