// Devices over time in a picture that cannot be zoomed.
#pragma once

#include "reports/figures/svg.h"
#include "reports/history/run_history.h"

namespace tandem {

/// A row of half a unit or more for each device, if there is room, gangs in the colour of their
/// tenant. Of gangs within one place the first stands for the others.
void draw_gantt(Svg& svg, Svg::Box area, std::string_view title, const RunHistory& history);

/// The colours of the tenants that submitted jobs, in one line.
void draw_tenants(Svg& svg, double x, double y, double width, const RunHistory& history);

}  // namespace tandem
