// How long one device computes on one layer of one micro-batch, and what the parts are.
#pragma once

#include "workloads/perf/machine.h"

namespace tandem {

/// Seconds by what they are spent on.
struct Spent {
  double gemm = 0;           ///< Matrix products of the layers.
  double attention = 0;      ///< Scores, softmax, weighted sum.
  double pointwise = 0;      ///< Norms, activations, dropout, residuals: bound by memory.
  double communication = 0;  ///< Collectives of tensor and expert parallelism, what is not hidden.
  double host = 0;           ///< The device waits for launches.

  double total() const { return gemm + attention + pointwise + communication + host; }
  Spent& operator+=(const Spent& other);
  friend Spent operator*(Spent spent, double times) {
    spent.gemm *= times;
    spent.attention *= times;
    spent.pointwise *= times;
    spent.communication *= times;
    spent.host *= times;
    return spent;
  }
};

struct LayerTime {
  Spent forward;
  Spent backward;
  Spent recompute;
};

/// One transformer layer.
LayerTime layer_time(const Architecture& model, const Machine& machine, const Layout& layout);
/// Logits and loss of the last stage.
LayerTime head_time(const Architecture& model, const Machine& machine, const Layout& layout);
/// Looking up the embeddings, both directions.
double embedding_time(const Architecture& model, const Machine& machine, const Layout& layout);

/// Seconds of a matrix product (m x k) (k x n) on the device: start + F/(eta P) (1 + sqrt(fill
/// P/F)) with F = 2 m n k operations, or the time to move the three matrices if that is longer.
double gemm_time(const DeviceType& device, Precision precision, double m, double n, double k);
/// What a matrix product spends, its start apart: a kernel that overlaps both well takes little
/// longer than the longer one.
struct GemmWork {
  double computing = 0;
  double moving = 0;  ///< The three matrices through memory.
};
struct GemmRates {
  double peak = 0;  ///< Operations per second.
  double efficiency = 1;
  double bytes_per_s = 0;
  double weight_bytes = 2;  ///< Of a number of the k x n matrix.
  double value_bytes = 2;   ///< Of a number of the others.
};
GemmWork gemm_work(const GemmRates& rates, double m, double n, double k);
/// Seconds of work that only moves `bytes` through memory.
double memory_time(const DeviceType& device, double bytes);

}  // namespace tandem
