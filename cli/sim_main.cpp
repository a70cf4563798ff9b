// tandem-sim: the part of tandem that loads SimGrid. Takes the arguments of tandem.
#include <exception>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "policies/core/error.h"

namespace {

int run(const tandem::Arguments& arguments) {
  if (arguments.command == tandem::Command::kSimulate) return run_simulate(arguments);
  if (arguments.command == tandem::Command::kSlices) return run_slices(arguments);
  if (arguments.command == tandem::Command::kSaturation) return run_saturation(arguments);
  if (arguments.command == tandem::Command::kCheckPolicy) return run_check_policy(arguments);
#ifdef TANDEM_EXECUTOR
  if (arguments.command == tandem::Command::kValidateRun) return run_validate_run(arguments);
#endif
  tandem::print_error("tandem-sim only simulates; the other commands are tandem's");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  tandem::secure_streams();
  const auto parsed = tandem::parse_arguments(argc, argv);
  if (!parsed.arguments) return tandem::finish_output(parsed.exit_code);
  try {
    return tandem::finish_output(run(*parsed.arguments));
  } catch (const tandem::InputError& error) {
    tandem::print_error(error.what());
    return 2;
  } catch (const std::exception& error) {
    tandem::print_error(error.what());
    return 5;
  }
}
