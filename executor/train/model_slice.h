// The part of a model that one rank has: some layers of it, and of those layers' matrices one of
// several equal cuts.
#pragma once

#include <cstdint>

#include "executor/collective/ranks.h"
#include "workloads/catalog/architecture.h"

namespace tandem {

struct ModelSlice {
  std::int64_t first_layer = 0;
  std::int64_t last_layer = 0;  ///< Behind the last.
  bool has_embedding = true;
  bool has_head = true;
  int tensor_rank = 0;
  int tensor_size = 1;

  static ModelSlice whole(const Architecture& model) { return {.last_layer = model.layers}; }
};

/// That of the rank at `place`. Stages differ by one layer at most.
ModelSlice slice_of(const Architecture& model, const Ranks& ranks, const RankCoordinates& place);

}  // namespace tandem
