// Dense integer identities, one type per kind of thing, so that a node is never taken for a job.
#pragma once

#include <compare>
#include <cstdint>

namespace tandem {

/// The position of a thing among its kind, from 0. Order is order of creation.
template <class Kind>
struct Id {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(Id, Id) = default;
};

using JobId = Id<struct JobKindTag>;
using NodeId = Id<struct NodeKindTag>;
using DeviceId = Id<struct DeviceKindTag>;
using DeviceTypeId = Id<struct DeviceTypeKindTag>;
using TenantId = Id<struct TenantKindTag>;
using ModelId = Id<struct ModelKindTag>;
using PipelineId = Id<struct PipelineKindTag>;

}  // namespace tandem
