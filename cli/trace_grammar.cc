#include "cli/trace_grammar.h"

namespace tandem {
namespace {

CLI::App* add_export(CLI::App& trace, Arguments& arguments) {
  CLI::App* command = trace.add_subcommand(
      "export", "A run in the trace format of Chrome, for Perfetto (ui.perfetto.dev)");
  command->fallthrough();
  command->add_option("RUN", arguments.file, "Folder of one run, or its journal")
      ->type_name("")
      ->required();
  command->add_option("-o,--output", arguments.output, "Where to write it: .json or .json.gz")
      ->type_name("FILE")
      ->required();
  return command;
}

}  // namespace

std::map<const CLI::App*, Command> add_trace_commands(CLI::App& trace, Arguments& arguments) {
  trace.require_subcommand(1);
  return {{add_export(trace, arguments), Command::kTraceExport}};
}

}  // namespace tandem
