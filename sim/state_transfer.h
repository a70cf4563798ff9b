// How long a gang takes to write or read its state.
#pragma once

#include <cstddef>

#include "policies/core/units.h"
#include "workloads/scenario.h"

namespace tandem {

/// At the rate of the storage or of the network cards of all its nodes, whichever is less; no time
/// where neither rate is known.
Duration state_transfer_time(Bytes state, std::size_t nodes, const NetworkSettings& network);

}  // namespace tandem
