// What the user asked for: the command line, read once, in one place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/compare_arguments.h"
#include "cli/load_arguments.h"
#include "cli/model_arguments.h"
#include "cli/planning/planning_arguments.h"
#include "cli/run_arguments.h"
#include "cli/trace_arguments.h"
#include "workloads/scenario.h"

namespace tandem {

enum class Command {
  kInit,
  kValidate,
  kSchema,
  kSimulate,
  kSlices,
  kSaturation,
  kCompare,
  kCheck,
  kPlan,
  kSweep,
  kCache,
  kPolicies,
  kCheckPolicy,
  kHardware,
  kModels,
  kModelStep,
  kModelFit,
  kModelServe,
  kExplain,
  kReplay,
  kReport,
  kTraceImport,
  kTraceFit,
  kTraceGenerate,
  kTraceExport,
  kRun,
  kRunBatch,
  kServe,
  kPs,
  kSubmit,
  kCancel,
  kLogs,
  kToken,
  kCalibrate,
  kBenchServe,
  kValidateRun,
  kDoctor,
  kCompletion,
  kVersion
};

struct Arguments {
  Command command = Command::kVersion;
  bool json = false;
  bool quiet = false;
  std::string log_level = "info";
  std::vector<std::string> exports;

  std::string file;  ///< Scenario, journal, run: the command's one input or output.
  std::string name;  ///< Of a policy, a device type, a job, a shell.
  bool force = false;

  std::string stage;  ///< That `slices` cuts: PIPELINE/STAGE, or empty for the only one.
  std::vector<std::uint32_t> slices;
  std::string service;  ///< That the command is about; empty: the only one.

  std::string trace;
  std::uint32_t devices = 0;
  std::vector<std::string> policies;
  std::vector<std::string> plugins;  ///< Shared libraries with policies.
  std::string checked_plugin;        ///< The one that `policies check` is about.
  std::uint64_t workloads = 200;     ///< That `policies check` tries.
  std::vector<std::uint64_t> seeds{1};
  std::vector<Override> overrides;
  std::string output;
  unsigned parallel = 0;  ///< Simulations at one time; 0: one for each processor.
  bool strict = false;

  std::vector<std::string> runs;         ///< Folders of runs, to be validated or reported on.
  std::string figure;                    ///< The one picture that `report` makes; empty: the page.
  std::string profile = "this-machine";  ///< Name of the device type that `calibrate` writes.
  std::string catalog;                   ///< File with devices, models and fabrics of the user's.
  CompareArguments compare;
  RunArguments run;
  LoadArguments load;
  PlanningArguments planning;
  TrainingArguments training;
  ServingArguments serving;
  TraceArguments traces;
};

/// Either what to do, or that it has been done (help) or cannot be (usage errors, which have been
/// printed): then the exit code.
struct ParsedArguments {
  std::optional<Arguments> arguments;
  int exit_code = 0;
};
ParsedArguments parse_arguments(int argc, const char* const* argv);

/// The names of all commands with the words that may follow them, for shell completion.
struct CommandWords {
  std::string name;
  std::string summary;
  std::vector<std::string> options;  ///< "--json", and "list" of policies, "bash" of completion.
};
std::vector<CommandWords> command_words();

}  // namespace tandem
