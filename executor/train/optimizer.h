// AdamW (Loshchilov & Hutter 2019) over ranges of the flat buffers, in one pass over memory; of the
// moments it has those ranges alone, which is what ZeRO-1 saves.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "executor/train/flat_parameters.h"
#include "workloads/recipe.h"

namespace tandem {

/// Mean and uncentred variance of the gradients, as long as the flat buffers.
struct Moments {
  at::Tensor first, second;
};

class Optimizer {
 public:
  /// Updates `owned` of `parameters`, which live longer.
  Optimizer(const Recipe& recipe, FlatParameters& parameters, std::vector<NumberRange> owned);

  /// Sum of the squares of the owned gradients of slots that count, in an order that does not
  /// depend on the number of threads.
  double gradient_squares(const std::function<bool(const Slot&)>& counts) const;
  /// The update of step `step` (1 is the first), with gradients times `gradient_factor`. Who owns
  /// less than everything must hand master() on, then FlatParameters::refresh().
  void update(std::int64_t step, double learning_rate, double gradient_factor);

  /// To read and to write. Where less than everything is owned, a copy with zeros elsewhere.
  Moments moments() const;
  /// Of both moments of what is owned.
  std::int64_t bytes() const {
    return 2 * first_.numel() * static_cast<std::int64_t>(first_.element_size());
  }
  /// Takes the owned ranges out of what moments() gave.
  void take(const Moments& moments);

 private:
  bool owns_all() const { return first_.numel() == parameters_.numbers(); }

  const Recipe recipe_;
  FlatParameters& parameters_;
  const std::vector<NumberRange> owned_;
  at::Tensor first_, second_;  ///< Of the owned ranges, one behind the other.
};

/// What gradients are multiplied with so that together they are no longer than `clip`; 0: 1.
double clip_factor(double gradient_norm, double clip);

}  // namespace tandem
