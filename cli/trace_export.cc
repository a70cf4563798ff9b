// tandem trace export: a finished run for Perfetto.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <functional>
#include <string_view>
#include <utility>

#include "cli/commands.h"
#include "cli/report_runs.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "reports/chrome/chrome_trace.h"
#include "reports/chrome/gzip_file.h"
#include "reports/journal_file.h"

namespace tandem {
namespace {

RunPlace only_run(const std::string& run) {
  std::vector<RunPlace> places = find_runs(run);
  if (places.size() == 1) return std::move(places.front());
  std::vector<std::string> folders;
  for (const RunPlace& place : places) folders.push_back(place.folder.string());
  throw InputError({run, 0, 0}, fmt::format("a trace is of one run, and here are several: {}",
                                            fmt::join(folders, ", ")));
}

/// Returns the number of slices.
template <class File>
std::uint64_t write_trace(const RunPlace& place, File& file) {
  JournalReader reader(open_journal(place.journal), place.journal.string());
  ChromeTrace trace([&file](std::string_view text) { file.write(text); });
  read_journal(reader, trace);
  if (!reader.complete() && !place.is_real) {
    throw InputError({reader.file(), 0, 0}, "damaged: the file is cut");
  }
  trace.finish();
  file.commit();
  return trace.slices();
}

}  // namespace

int run_trace_export(const Arguments& arguments) {
  const std::string& output = arguments.output;
  const bool is_compressed = output.ends_with(".json.gz");
  if (!is_compressed && !output.ends_with(".json")) {
    throw InputError({output, 0, 0}, "a trace's name ends in .json or .json.gz");
  }
  const RunPlace place = only_run(arguments.file);
  std::uint64_t slices = 0;
  if (is_compressed) {
    GzipFile file(output);
    slices = write_trace(place, file);
  } else {
    AtomicFile file(output);
    slices = write_trace(place, file);
  }
  if (arguments.json) {
    print_json({{"file", output}, {"slices", slices}});
  } else {
    print_output(
        fmt::format("Trace: {} ({} slices); open it at https://ui.perfetto.dev\n", output, slices));
  }
  return 0;
}

}  // namespace tandem
