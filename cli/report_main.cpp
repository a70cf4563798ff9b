// tandem-report: the part of tandem that draws; it alone loads what turns drawings into pixels.
// Takes the arguments of tandem.
#include "cli/commands.h"
#include "cli/program.h"
#include "cli/terminal.h"

namespace {

int run(const tandem::Arguments& arguments) {
  if (arguments.command == tandem::Command::kReport) return run_report(arguments);
  if (arguments.command == tandem::Command::kTraceExport) return run_trace_export(arguments);
  tandem::print_error("tandem-report only reports; the other commands are tandem's");
  return 2;
}

}  // namespace

int main(int argc, char** argv) { return tandem::run_program(argc, argv, run); }
