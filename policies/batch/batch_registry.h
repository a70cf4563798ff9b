// Batch policies by name: `ORDER[:key=value…][+PART…]`, written like those of a cluster.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policies/batch/batch_policy.h"
#include "policies/core/tenant.h"
#include "policies/registry.h"

namespace tandem {

/// Everything that can be named in a batch policy, orders first.
const std::vector<PartInfo>& batch_policy_parts();

/// `text` without spaces, once every part, parameter and value in it has been checked. Throws
/// InputError, with the nearest name for an unknown one.
std::string canonical_batch_policy(std::string_view text);

/// A fresh policy for one engine. `tenants` must outlive it.
std::unique_ptr<BatchPolicy> make_batch_policy(std::string_view text, const Tenants& tenants);

}  // namespace tandem
