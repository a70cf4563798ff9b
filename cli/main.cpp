// tandem: reads the command line and does what little it can do itself; simulations are handed to
// tandem-sim beside it, so that --help answers at once and no program loads two engines.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/commands.h"
#include "cli/program.h"
#include "cli/terminal.h"

namespace {

/// Replaces this process by `program`, which lies beside it, with the same arguments.
int hand_over(const char* program, char** argv) {
  const auto path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
  execv(path.c_str(), argv);
  tandem::print_error(fmt::format("cannot start {}: {}; build it with './dev build'", path.string(),
                                  std::strerror(errno)));
  return 5;
}

int run(const tandem::Arguments& arguments, char** argv) {
  using tandem::Command;
  switch (arguments.command) {
    case Command::kInit: return run_init(arguments);
    case Command::kValidate: return run_validate(arguments);
    case Command::kSchema: return run_schema(arguments);
    case Command::kSimulate:
    case Command::kSlices:
    case Command::kSaturation:
    case Command::kCheck:
    case Command::kPlan:
    case Command::kSweep:
    case Command::kTraceFit:
    case Command::kValidateRun:
    case Command::kCheckPolicy: return hand_over("tandem-sim", argv);
    case Command::kRun:
    case Command::kRunBatch:
    case Command::kServe:
    case Command::kPs:
    case Command::kSubmit:
    case Command::kCancel:
    case Command::kLogs:
    case Command::kToken:
    case Command::kCalibrate:
    case Command::kBenchServe: return hand_over("tandem-run", argv);
    case Command::kReport:
    case Command::kTraceExport: return hand_over("tandem-report", argv);
    case Command::kTraceImport: return run_trace_import(arguments);
    case Command::kTraceGenerate: return run_trace_generate(arguments);
    case Command::kPolicies: return run_policies(arguments);
    case Command::kHardware: return run_hardware(arguments);
    case Command::kModels: return run_models(arguments);
    case Command::kModelStep: return run_model_step(arguments);
    case Command::kModelFit: return run_model_fit(arguments);
    case Command::kModelServe: return run_model_serve(arguments);
    case Command::kExplain: return run_explain(arguments);
    case Command::kCompare: return run_compare(arguments);
    case Command::kReplay: return run_replay(arguments);
    case Command::kCache: return run_cache(arguments);
    case Command::kDoctor: return run_doctor(arguments);
    case Command::kCompletion: return run_completion(arguments);
    case Command::kVersion: return run_version(arguments);
  }
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  return tandem::run_program(
      argc, argv, [argv](const tandem::Arguments& arguments) { return run(arguments, argv); });
}
