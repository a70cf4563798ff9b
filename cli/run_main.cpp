// tandem-run: the controller, and what asks it. Takes the arguments of tandem.
#include "cli/commands.h"
#include "cli/program.h"
#include "cli/terminal.h"

namespace {

int run(const tandem::Arguments& arguments) {
  switch (arguments.command) {
    case tandem::Command::kRun:
    case tandem::Command::kRunBatch:
    case tandem::Command::kServe: return run_real(arguments);
    case tandem::Command::kPs: return run_ps(arguments);
    case tandem::Command::kSubmit: return run_submit(arguments);
    case tandem::Command::kCancel: return run_cancel(arguments);
    case tandem::Command::kLogs: return run_logs(arguments);
    case tandem::Command::kToken: return run_token(arguments);
    case tandem::Command::kCalibrate: return run_calibrate(arguments);
    case tandem::Command::kBenchServe: return run_bench_serve(arguments);
    default: break;
  }
  tandem::print_error("tandem-run only runs; the other commands are tandem's");
  return 2;
}

}  // namespace

int main(int argc, char** argv) { return tandem::run_program(argc, argv, run); }
