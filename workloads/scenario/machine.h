// What a device type of the cluster is part of: its node and its network, as cost models see them.
#pragma once

#include <string>
#include <variant>

#include "workloads/perf/machine.h"
#include "workloads/scenario/build.h"

namespace tandem {

/// What the scenario's catalogue knows of a type of the cluster; null: nothing.
const DeviceType* known_type(DeviceTypeId type, const ScenarioBuild& build);

/// The machine of a type of the cluster, or why nothing can be said about it. It refers to the
/// scenario's catalogue.
std::variant<Machine, std::string> machine_of(DeviceTypeId type, const ScenarioBuild& build);

}  // namespace tandem
