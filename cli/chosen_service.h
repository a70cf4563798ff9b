// The service of a scenario that a command is about.
#pragma once

#include <cstddef>

#include "cli/arguments.h"
#include "workloads/scenario.h"

namespace tandem {

/// Its place among the scenario's: the one named with --service, or the only one. Throws InputError
/// if there is none such.
std::size_t chosen_service(const Scenario& scenario, const Arguments& arguments);

}  // namespace tandem
