// Several sources of requests as one.
#pragma once

#include <memory>
#include <vector>

#include "workloads/requests/request_source.h"

namespace tandem {

/// All requests by (arrival, place of their source), with ids 0, 1, 2 …; sessions of different
/// sources stay apart. All sources that have prefixes have the same block size.
std::unique_ptr<RequestSource> merged_requests(std::vector<std::unique_ptr<RequestSource>> sources);

}  // namespace tandem
