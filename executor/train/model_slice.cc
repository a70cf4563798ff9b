#include "executor/train/model_slice.h"

namespace tandem {

ModelSlice slice_of(const Architecture& model, const Ranks& ranks, const RankCoordinates& place) {
  const int stages = ranks.size(Axis::kPipeline);
  return {.first_layer = model.layers * place.pipeline / stages,
          .last_layer = model.layers * (place.pipeline + 1) / stages,
          .has_embedding = place.pipeline == 0,
          .has_head = place.pipeline == stages - 1,
          .tensor_rank = place.tensor,
          .tensor_size = ranks.size(Axis::kTensor)};
}

}  // namespace tandem
