// The orders there are, in two lists: those that look at the job, those that look at its tenant.
#pragma once

#include <vector>

#include "policies/parts.h"

namespace tandem {

std::vector<Part<Order>> orders_of_jobs();
std::vector<Part<Order>> orders_of_tenants();

}  // namespace tandem
