// tandem-sim: the part of tandem that loads SimGrid. Takes the arguments of tandem.
#include "cli/commands.h"
#include "cli/program.h"
#include "cli/terminal.h"

namespace {

int run(const tandem::Arguments& arguments) {
  if (arguments.command == tandem::Command::kSimulate) return run_simulate(arguments);
  if (arguments.command == tandem::Command::kSlices) return run_slices(arguments);
  if (arguments.command == tandem::Command::kSaturation) return run_saturation(arguments);
  if (arguments.command == tandem::Command::kCheck) return run_check(arguments);
  if (arguments.command == tandem::Command::kPlan) return run_plan(arguments);
  if (arguments.command == tandem::Command::kSweep) return run_sweep(arguments);
  if (arguments.command == tandem::Command::kTraceFit) return run_trace_fit(arguments);
  if (arguments.command == tandem::Command::kCheckPolicy) return run_check_policy(arguments);
#ifdef TANDEM_EXECUTOR
  if (arguments.command == tandem::Command::kValidateRun) return run_validate_run(arguments);
#endif
  tandem::print_error("tandem-sim only simulates; the other commands are tandem's");
  return 2;
}

}  // namespace

int main(int argc, char** argv) { return tandem::run_program(argc, argv, run); }
