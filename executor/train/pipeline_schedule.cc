#include "executor/train/pipeline_schedule.h"

#include <algorithm>

namespace tandem {

int warmup_passes(int stage, int stages, int micro_batches) {
  return std::min(stages - stage - 1, micro_batches);
}

std::vector<PassOfMicroBatch> one_forward_one_backward(int stage, int stages, int micro_batches) {
  const int warmup = warmup_passes(stage, stages, micro_batches);
  std::vector<PassOfMicroBatch> order;
  for (int i = 0; i < warmup; ++i) order.push_back({Pass::kForward, i});
  for (int i = warmup; i < micro_batches; ++i) {
    order.push_back({Pass::kForward, i});
    order.push_back({Pass::kBackward, i - warmup});
  }
  for (int i = micro_batches - warmup; i < micro_batches; ++i) {
    order.push_back({Pass::kBackward, i});
  }
  return order;
}

}  // namespace tandem
