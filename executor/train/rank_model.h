// A rank's slice of a model, and how it computes its gradients together with the others: tensor
// parallel inside of layers, pipeline parallel between them, data parallel over rows.
#pragma once

#include <functional>
#include <memory>

#include "executor/collective/rank_groups.h"
#include "executor/spec/training_spec.h"
#include "executor/train/batch.h"
#include "executor/train/flat_parameters.h"
#include "executor/train/gradient_buckets.h"
#include "executor/train/group_tensor_parallel.h"
#include "executor/train/model_slice.h"
#include "executor/train/pipeline.h"
#include "executor/train/transformer.h"

namespace tandem {

/// Micro-batches of one rank, of one shape.
struct MicroBatches {
  int count = 0;
  std::int64_t tokens = 0;  ///< Of each.
  std::function<MicroBatch(int)> read;
};

class RankModel {
 public:
  /// With the first weights. Throws GroupLost if the gang does not come together.
  RankModel(const TrainingSpec& spec, RankGroups groups, const at::Device& device);
  RankModel(const RankModel&) = delete;
  RankModel& operator=(const RankModel&) = delete;

  /// Gradients of the sum of all data parallel ranks' losses, in the ranges that this rank owns.
  /// Tensor and pipeline parallel ranks have the same `batches`, data parallel ones as many.
  /// Returns the sum of their losses on ranks with a head, 0 on others.
  double forward_backward(const MicroBatches& batches);
  /// The sum of their losses on ranks with a head, 0 on others; without gradients. Data parallel
  /// ranks need not have equally many.
  double evaluate(const MicroBatches& batches);
  /// Every rank has changed the master weights that it owns: brings all up to date.
  void refresh();

  const ModelSlice& slice() const { return slice_; }
  FlatParameters& parameters() { return parameters_; }
  const FlatParameters& parameters() const { return parameters_; }
  /// What this rank updates.
  const GradientBuckets& buckets() const { return buckets_; }
  RankGroups& groups() { return groups_; }
  /// Whether this rank is the one that counts for a parameter which several have: the first of
  /// tensor parallel ranks, the first stage for a tied embedding.
  bool counts(const Slot& slot) const;

 private:
  /// The slice's part of a micro-batch: to the next stage's input, or to the loss.
  at::Tensor compute(const at::Tensor& input, const MicroBatch& batch);
  /// The embedding that the first and the last stage share, or nothing.
  std::string shared_embedding(const Architecture& model) const;

  RankGroups groups_;
  const ModelSlice slice_;
  const std::string shared_;
  FlatParameters parameters_;
  GroupTensorParallel tensor_;
  Transformer transformer_;
  Pipeline pipeline_;
  GradientBuckets buckets_;
};

}  // namespace tandem
