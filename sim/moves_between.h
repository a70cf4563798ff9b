// Which node sends what to which when all that one gang holds goes to another.
#pragma once

#include <span>
#include <vector>

#include "policies/core/step.h"
#include "sim/network.h"

namespace tandem {

/// On both sides equal parts lie on all ranks, in their order: each rank sends to those whose parts
/// overlap with its own, as heads and layers do when keys and values are cut differently. What
/// stays on its node passes no card and is left out. A rank has one card, or its part of them.
std::vector<NodeMove> moves_between(std::span<const NodeShare> from, std::span<const NodeShare> to);

}  // namespace tandem
