// tandem-run: the controller, and what asks it. Takes the arguments of tandem.
#include <exception>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "policies/core/error.h"

namespace {

int run(const tandem::Arguments& arguments) {
  switch (arguments.command) {
    case tandem::Command::kRun:
    case tandem::Command::kServe: return run_real(arguments);
    case tandem::Command::kPs: return run_ps(arguments);
    case tandem::Command::kSubmit: return run_submit(arguments);
    case tandem::Command::kCancel: return run_cancel(arguments);
    case tandem::Command::kLogs: return run_logs(arguments);
    case tandem::Command::kCalibrate: return run_calibrate(arguments);
    default: break;
  }
  tandem::print_error("tandem-run only runs; the other commands are tandem's");
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
