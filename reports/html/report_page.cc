#include "reports/html/report_page.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/core/check.h"
#include "policies/core/error.h"

namespace tandem {

extern const std::string_view kReportHtml;
extern const std::string_view kReportCss;
extern const std::string_view kReportUnpack;
extern const std::string_view kReportTexts;
extern const std::string_view kReportTables;
extern const std::string_view kReportCharts;
extern const std::string_view kReportGantt;
extern const std::string_view kReportStory;
extern const std::string_view kReportMain;

namespace {

/// JSON in which nothing can end the element it stands in: "\\u003c" is "<" in its strings, and
/// nowhere else has JSON one.
std::string harmless(std::string_view json) {
  std::string result;
  result.reserve(json.size());
  for (const char c : json) c == '<' ? void(result += "\\u003c") : result.push_back(c);
  return result;
}

/// Puts `part` where `text` has `mark`.
void put(std::string& text, std::string_view mark, std::string_view part) {
  const std::size_t at = text.rfind(mark);
  CHECK(at != std::string::npos, "the page has no {}", mark);
  text.replace(at, mark.size(), part);
}

}  // namespace

std::string read_chart_js(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in || text.empty()) {
    throw InputError({file.string(), 0, 0},
                     "Chart.js, which draws the curves of a report, is not there; install it with "
                     "'apt install libjs-chart.js'");
  }
  return text;
}

std::string report_page(const Report& report, const std::string& chart_js,
                        const PageLimits& limits) {
  std::string scripts;
  for (const std::string_view script : {kReportUnpack, kReportTexts, kReportTables, kReportCharts,
                                        kReportGantt, kReportStory, kReportMain}) {
    scripts += fmt::format("<script>\n{}</script>\n", script);
  }
  const std::string data =
      page_data(report, limits).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string page(kReportHtml);
  put(page, "/* STYLE */", kReportCss);
  put(page, "<!-- SCRIPTS -->\n", scripts);
  // Last what others wrote, so that no mark is looked for in it.
  put(page, "/* CHART.JS */", chart_js);
  put(page, "/* DATA */", harmless(data));
  return page;
}

}  // namespace tandem
