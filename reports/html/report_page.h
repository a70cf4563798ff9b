// The report as one HTML file that asks nothing of the network.
#pragma once

#include <filesystem>
#include <string>

#include "reports/history/report.h"
#include "reports/html/page_data.h"

namespace tandem {

/// Where Debian's libjs-chart.js puts Chart.js.
inline constexpr const char* kChartJs = "/usr/share/javascript/chart.js/chart.min.js";

/// The text of Chart.js. Throws InputError that names the package if it is not there.
std::string read_chart_js(const std::filesystem::path& file = kChartJs);

/// The page: page/page.html with style, scripts, `chart_js` and the data within it. Whatever names
/// hold, the data ends where we end it. Equal reports give equal bytes.
std::string report_page(const Report& report, const std::string& chart_js,
                        const PageLimits& limits = {});

}  // namespace tandem
