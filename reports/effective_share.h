// What part of the cluster the tenant tree grants each tenant.
#pragma once

#include <vector>

#include "policies/core/tenant.h"

namespace tandem {

/// By TenantId: the product of shares / sum of the siblings' shares, down the path from the top.
/// Where all siblings have zero shares, none has a part.
std::vector<double> effective_shares(const Tenants& tenants);

}  // namespace tandem
