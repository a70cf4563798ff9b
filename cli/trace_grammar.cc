#include "cli/trace_grammar.h"

#include <fmt/format.h>

#include "cli/validators.h"
#include "policies/core/quantity_text.h"

namespace tandem {
namespace {

constexpr std::uint32_t kMostGenerated = 4'000'000'000;

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

void add_trace(CLI::App* command, Arguments& arguments) {
  command->fallthrough();
  command->add_option("FILE", arguments.file, "Trace of jobs or of requests; .zst accepted")
      ->type_name("")
      ->required();
  command
      ->add_option("--format", arguments.traces.format,
                   "swf, philly, openb, native, azure-llm, burstgpt, mooncake, jsonl; told from "
                   "the file unless given")
      ->type_name("FORMAT");
}

CLI::App* add_import(CLI::App& trace, Arguments& arguments) {
  CLI::App* command = trace.add_subcommand(
      "import", "A trace of any format as our own, and what of it is left out");
  add_trace(command, arguments);
  command
      ->add_option("-o,--output", arguments.output,
                   "Where to write it: .csv, or .jsonl of requests, which keeps shared prefixes")
      ->type_name("FILE")
      ->required();
  return command;
}

CLI::App* add_fit(CLI::App& trace, Arguments& arguments, std::string& seeds) {
  CLI::App* command = trace.add_subcommand(
      "fit",
      "A scenario that draws jobs or requests like those of a trace, and how alike they are");
  add_trace(command, arguments);
  command->add_option("-o,--output", arguments.output, "Where to write the scenario (YAML)")
      ->type_name("FILE");
  command
      ->add_option("--devices", arguments.devices,
                   "Devices on which waits under FIFO are compared; unless given, as many as the "
                   "trace asks 70 % of")
      ->type_name("N")
      ->check(whole_number(1, 1U << 24U));
  command->add_option("--seeds", seeds, "Seeds of the comparison: 7, 1..20 or 1,2,5..8")
      ->type_name("LIST")
      ->capture_default_str();
  command
      ->add_option("-j,--parallel", arguments.parallel,
                   "Simulations at one time; 0 is one for each processor")
      ->type_name("N")
      ->check(whole_number(0, 1024));
  return command;
}

CLI::App* add_generate(CLI::App& trace, Arguments& arguments, const TraceTexts& texts) {
  CLI::App* command = trace.add_subcommand(
      "generate", "The jobs of a scenario, or the requests to a service, as a trace of our own");
  command->fallthrough();
  command->add_option("SCENARIO", arguments.file, "Scenario file (YAML)")
      ->type_name("")
      ->required();
  command->add_option("-o,--output", arguments.output, "Where to write it: .csv, or .jsonl")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--service", arguments.service,
                   "Its requests instead of jobs; unless given, of the only one where there are no "
                   "jobs")
      ->type_name("NAME");
  command->add_option("--seed", arguments.traces.seed, "As simulate --seeds")
      ->type_name("N")
      ->check(whole_number(0, 4'294'967'295))
      ->capture_default_str();
  auto* count = command
                    ->add_option("--jobs,--requests", arguments.traces.count,
                                 "So many, whatever the scenario says: generators go on")
                    ->type_name("N")
                    ->check(whole_number(1, kMostGenerated));
  command
      ->add_option("--until", texts.until,
                   "All until then, such as '90 days', whatever the scenario says")
      ->excludes(count)
      ->type_name("TIME");
  command->add_option("--set", texts.overrides, "Override a value first")
      ->take_all()
      ->expected(1)
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  return command;
}

}  // namespace

std::map<const CLI::App*, Command> add_trace_commands(CLI::App& trace, Arguments& arguments,
                                                      const TraceTexts& texts) {
  trace.require_subcommand(1);
  return {{add_import(trace, arguments), Command::kTraceImport},
          {add_fit(trace, arguments, texts.fit_seeds), Command::kTraceFit},
          {add_generate(trace, arguments, texts), Command::kTraceGenerate},
          {add_export(trace, arguments), Command::kTraceExport}};
}

std::optional<Duration> parse_until(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto until = parse_duration(text);
  if (!until || *until < Duration::zero()) {
    throw CLI::ValidationError(
        "--until", fmt::format("expected a duration such as '90 days', found '{}'", text));
  }
  return until;
}

}  // namespace tandem
