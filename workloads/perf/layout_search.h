// Which layouts of a model on so many devices are fast, of those that fit into memory.
#pragma once

#include <cstddef>
#include <vector>

#include "workloads/perf/step_time.h"

namespace tandem {

struct FoundLayout {
  Layout layout;
  StepTime time;
  MemoryUse memory;
};

struct LayoutSearch {
  std::vector<FoundLayout> best;  ///< Fastest first; at most as many as asked for.
  std::size_t tried = 0;          ///< Layouts that divide.
  std::size_t fitting = 0;        ///< Of those, into memory.
  FoundLayout leanest;  ///< Needs least memory, if any was tried: the answer if none fits.
};

/// Tries every tensor degree within a node, pipeline depth, interleaving, expert degree,
/// micro-batch, sharding and recomputation. `wanted` gives batch, sequence, precision and kernels;
/// its degrees are not looked at. Of layouts with equal parallel degrees only the fastest is kept.
LayoutSearch search_layouts(const Architecture& model, const Machine& machine, std::int64_t devices,
                            const Layout& wanted, std::size_t most);

}  // namespace tandem
