// Requests without a scenario around them: the keys of a service's `requests`, one by one, as from
// a command line.
#pragma once

#include <vector>

#include "policies/core/tenant.h"
#include "workloads/requests/request_plan.h"
#include "workloads/scenario.h"

namespace tandem {

struct DescribedRequests {
  RequestPlan plan;
  Tenants tenants;  ///< Who asks.
};

/// `keys` have paths such as "generate.prompt" (docs/requests.md), and the names under which
/// messages speak of them. Throws InputError for all that is wrong with them and the files that
/// they name.
DescribedRequests described_requests(const std::vector<Override>& keys);

}  // namespace tandem
