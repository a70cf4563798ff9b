// Pictures of runs for documents: SVG, drawn by us; light, since paper is.
#pragma once

#include <string>
#include <string_view>

#include "reports/history/report.h"

namespace tandem {

/// An SVG image. `name`: overview, gantt, queue, utilization, wait, first-token, fairness, cost or
/// loss. Throws InputError if the runs have nothing that it could show.
std::string figure(std::string_view name, const Report& report);

}  // namespace tandem
