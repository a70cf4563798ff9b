// tandem report: finished runs as one page, or as one picture for a document.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/commands.h"
#include "cli/notes.h"
#include "cli/png.h"
#include "cli/report_runs.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "reports/atomic_file.h"
#include "reports/figures/figure.h"
#include "reports/html/report_page.h"
#include "reports/human.h"
#include "reports/progress.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr double kPixelsPerUnit = 2;  // Sharp on paper and on good screens.

/// Before anything is read: to be told now, not after a minute.
void check_output(const Arguments& arguments) {
  const fs::path file = arguments.output;
  const std::string extension = file.extension();
  if (arguments.figure.empty() && extension != ".html") {
    throw InputError({arguments.output, 0, 0},
                     extension == ".svg" || extension == ".png"
                         ? "the page is .html; --figure NAME makes a picture"
                         : "a report's name ends in .html");
  }
  if (!arguments.figure.empty() && extension != ".svg" && extension != ".png") {
    throw InputError({arguments.output, 0, 0}, "a picture's name ends in .svg or .png");
  }
  const fs::path folder = file.parent_path();
  if (access(folder.empty() ? "." : folder.c_str(), W_OK) != 0) {
    throw InputError({arguments.output, 0, 0},
                     std::string("cannot write here: ") + std::strerror(errno));
  }
}

Report read_with_progress(const Arguments& arguments) {
  const auto clock = [] {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  };
  Progress progress(1, progress_mode(arguments), clock, print_aside);
  Report report = read_report(arguments.runs, [&](std::size_t read, std::size_t of) {
    progress.update(0, static_cast<double>(read) / static_cast<double>(of));
  });
  progress.finish();
  return report;
}

std::string picture(const Arguments& arguments, const Report& report) {
  const std::string svg = figure(arguments.figure, report);
  const bool is_png = fs::path(arguments.output).extension() == ".png";
  return is_png ? png_of(svg, kPixelsPerUnit) : svg;
}

}  // namespace

int run_report(const Arguments& arguments) {
  check_output(arguments);
  const bool is_page = arguments.figure.empty();
  const std::string chart_js = is_page ? read_chart_js() : "";
  const Report report = read_with_progress(arguments);
  const std::string text = is_page ? report_page(report, chart_js) : picture(arguments, report);
  AtomicFile file(arguments.output);
  file.write(text);
  file.commit();
  if (arguments.json) {
    print_json({{"file", arguments.output},
                {"bytes", text.size()},
                {"answer", report.comparison.answer},
                {"policies", report.comparison.policies}});
  } else {
    print_output(fmt::format(
        "{}{}: {} ({:.2f} MB)\n", wrapped(report.comparison.answer, terminal_width()),
        is_page ? "Report" : "Picture", arguments.output, static_cast<double>(text.size()) / 1e6));
  }
  return 0;
}

}  // namespace tandem
