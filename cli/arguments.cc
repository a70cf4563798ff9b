#include "cli/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "cli/compare_grammar.h"
#include "cli/load_grammar.h"
#include "cli/model_grammar.h"
#include "cli/number_list.h"
#include "cli/planning/planning_grammar.h"
#include "cli/report_grammar.h"
#include "cli/run_grammar.h"
#include "cli/terminal.h"
#include "cli/trace_grammar.h"
#include "cli/validators.h"
#include "policies/core/error.h"
#include "policies/core/nearest.h"

namespace tandem {
namespace {

constexpr std::uint64_t kMostSlices = 10'000;
const std::vector<std::string> kShells = {"bash", "zsh", "fish"};

/// The numbers of an option.
std::vector<std::uint64_t> parse_numbers(const std::string& text, const std::string& option,
                                         std::string_view thing) {
  try {
    return number_list(text, thing);
  } catch (const InputError& error) {
    throw CLI::ValidationError(option, error.what());
  }
}

std::vector<std::uint32_t> parse_slices(const std::string& text) {
  std::vector<std::uint32_t> slices;
  for (const std::uint64_t count : parse_numbers(text, "--slices", "count")) {
    if (count < 1 || count > kMostSlices) {
      throw CLI::ValidationError("--slices",
                                 fmt::format("a stage has from 1 to {} slices", kMostSlices));
    }
    slices.push_back(static_cast<std::uint32_t>(count));
  }
  return slices;
}

Override parse_override(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    throw CLI::ValidationError(
        "--set",
        fmt::format("expected path=value, such as cluster.nodes.0.count=8, found '{}'", text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

/// The command line as CLI11 sees it. Holds the texts that are parsed further afterwards.
class Grammar {
 public:
  Grammar();
  CLI::App& app() { return app_; }
  Arguments result() const;

 private:
  CLI::App* command(const std::string& name, Command command, const std::string& summary);
  void add_plugins(CLI::App* command);
  void add_what_if(CLI::App* command);
  void add_simulate();
  void add_parallel(CLI::App* command);
  void add_check(CLI::App* check);
  void add_slices();
  void add_saturation();
  void add_readers();
  void add_lists();
  void add_little_ones();

  CLI::App app_{
      "Tandem plans clusters for large language models: it simulates what you describe under the\n"
      "scheduling policies you choose, and says what your users will wait.",
      "tandem"};
  Arguments arguments_;
  std::string seeds_ = "1";
  std::string plan_seeds_ = "1..64";
  std::string fit_seeds_ = "1..10";
  std::string until_;
  std::string slices_ = "1,2,4,8,16,32,64";
  std::vector<std::string> overrides_;
  std::string goodput_;
  std::map<const CLI::App*, Command> commands_;
};

CLI::App* Grammar::command(const std::string& name, Command command, const std::string& summary) {
  CLI::App* app = app_.add_subcommand(name, summary);
  app->fallthrough();
  app->footer("With every command: --json, -q/--quiet, --log-level LEVEL; see 'tandem --help'.");
  commands_[app] = command;
  return app;
}

Grammar::Grammar() {
  app_.require_subcommand(1);
  app_.set_help_flag("-h,--help", "Print this help and exit");
  app_.set_version_flag("--version", std::string("tandem ") + TANDEM_VERSION);
  app_.add_flag("--json", arguments_.json, "One JSON document on standard output");
  app_.add_flag("-q,--quiet", arguments_.quiet, "No progress, no notes");
  app_.add_option("--log-level", arguments_.log_level, "How much to say on standard error")
      ->type_name("error|warn|info")
      ->check(one_of({"error", "warn", "info"}))
      ->capture_default_str();
  app_.footer(
      "Exit codes: 0 done, 1 a gate failed, 2 wrong usage or input, 3 infeasible, 4 inconclusive,\n"
      "5 the engine failed, 130 interrupted. NO_COLOR is honoured.\n"
      "Start with: tandem init lab.yaml && tandem simulate lab.yaml");
  add_simulate();
  add_slices();
  add_saturation();
  const MakeCommand make = [this](const std::string& name, Command which,
                                  const std::string& summary) {
    return command(name, which, summary);
  };
  add_compare_command(make, arguments_);
  add_check(add_check_command(make, arguments_));
  add_planning_commands(make, arguments_, overrides_, {plan_seeds_, seeds_});
  add_run_commands(make, arguments_, overrides_);
  add_load_command(make, arguments_, goodput_);
  add_readers();
  add_report_command(make, arguments_);
  add_lists();
  add_little_ones();
}

void Grammar::add_plugins(CLI::App* command) {
  command
      ->add_option("--policy-plugin", arguments_.plugins,
                   "Shared library with a policy; simulate compares it with the others")
      ->take_all()
      ->expected(1)
      ->type_name("FILE")
      ->allow_extra_args(false);
}

/// What is said of the simulations that a command makes.
void Grammar::add_what_if(CLI::App* command) {
  command
      ->add_option("-p,--policy", arguments_.policies,
                   "Policies, separated by commas, such as fifo,easy,sjf:size=oracle+easy")
      ->type_name("LIST")
      ->delimiter(',');
  add_plugins(command);
  command->add_option("--seeds", seeds_, "Seeds: 7, 1..20 or 1,2,5..8; 1 unless told")
      ->type_name("LIST");
  command->add_option("--set", overrides_, "Override a value: --set cluster.nodes.0.count=8")
      ->take_all()
      ->expected(1)
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  add_parallel(command);
}

void Grammar::add_parallel(CLI::App* command) {
  command
      ->add_option("-j,--parallel", arguments_.parallel,
                   "Simulations at one time; 0 is one for each processor")
      ->type_name("N")
      ->check(whole_number(0, 1024));
}

void Grammar::add_check(CLI::App* check) {
  add_plugins(check);
  add_parallel(check);
}

void Grammar::add_slices() {
  CLI::App* slices = command("slices", Command::kSlices,
                             "Cut a stage of a pipeline into more slices, and say which is best");
  slices->add_option("SCENARIO", arguments_.file, "Scenario file (YAML)")
      ->type_name("")
      ->required();
  slices
      ->add_option("--stage", arguments_.stage,
                   "The stage; may be left out if only one has 'slices'")
      ->type_name("PIPELINE/STAGE");
  slices
      ->add_option("--slices", slices_,
                   "How many: 8, 1..10 or 1,2,4..8; powers of two up to 64 unless told")
      ->type_name("LIST");
  add_what_if(slices);
  add_cache_options(slices, arguments_.planning);
}

void Grammar::add_saturation() {
  CLI::App* saturation = command("saturation", Command::kSaturation,
                                 "How much more load a service takes until an objective breaks");
  saturation->add_option("SCENARIO", arguments_.file, "Scenario file (YAML)")
      ->type_name("")
      ->required();
  saturation
      ->add_option("--service", arguments_.service,
                   "Which one; may be left out if there is only one")
      ->type_name("NAME");
  add_what_if(saturation);
  add_cache_options(saturation, arguments_.planning);
}

void Grammar::add_simulate() {
  CLI::App* simulate = command("simulate", Command::kSimulate,
                               "Run every policy on the same arrivals and print one table");
  simulate->add_option("SCENARIO", arguments_.file, "Scenario file (YAML)")->type_name("");
  auto* trace = simulate
                    ->add_option("--trace", arguments_.trace,
                                 "A bare job trace instead: SWF, Philly, openb or native CSV")
                    ->type_name("FILE");
  simulate->add_option("--devices", arguments_.devices, "Devices of the cluster for --trace")
      ->needs(trace)
      ->type_name("N")
      ->check(whole_number(1, 1u << 24));
  add_what_if(simulate);
  simulate
      ->add_option("-o,--output", arguments_.output,
                   "Folder for result.json, and jobs.csv and journal of every run")
      ->type_name("FOLDER");
  simulate->add_flag("--strict", arguments_.strict, "Exit 3 if some job can never fit");
  simulate->add_option("--export", arguments_.exports, "Also write the result: .json, .csv or .md")
      ->take_all()
      ->expected(1)
      ->type_name("FILE")
      ->allow_extra_args(false);
}

void Grammar::add_readers() {
  CLI::App* init = command("init", Command::kInit, "Write a commented example scenario");
  init->add_option("FILE", arguments_.file, "Where to write it; standard output if left out")
      ->type_name("");
  init->add_flag("--force", arguments_.force, "Replace the file if it exists");

  CLI::App* validate = command("validate", Command::kValidate, "Check a scenario file");
  validate->add_option("SCENARIO", arguments_.file, "Scenario file (YAML)")
      ->type_name("")
      ->required();
  validate->add_option("--set", overrides_, "Override a value first")
      ->take_all()
      ->expected(1)
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);

  CLI::App* explain = command("explain", Command::kExplain,
                              "Why a job or a pipeline waited, for what, and where it ran");
  explain->add_option("RUN", arguments_.file, "Folder that simulate -o wrote, or a journal")
      ->type_name("")
      ->required();
  explain->add_option("JOB", arguments_.name, "The name of a job, or of a run of a pipeline")
      ->type_name("")
      ->required();
  explain->add_option("-p,--policy", arguments_.policies, "Only runs of these policies")
      ->type_name("LIST")
      ->delimiter(',');

  CLI::App* replay =
      command("replay", Command::kReplay, "Decide a recorded run again and compare every action");
  add_plugins(replay);
  replay->add_option("RUN", arguments_.file, "Folder that simulate -o wrote, or a journal")
      ->type_name("")
      ->required();
}

void Grammar::add_lists() {
  CLI::App* policies =
      command("policies", Command::kPolicies, "Scheduling policies: list, show, check");
  CLI::App* hardware = command("hardware", Command::kHardware, "Known devices: list, show");
  CLI::App* models = command("models", Command::kModels,
                             "Language models: list, show, training steps, best layouts, serving");
  for (CLI::App* group : {policies, hardware, models}) {
    group->require_subcommand(0, 1);
    group->add_subcommand("list", "All of them")->fallthrough();
    CLI::App* show = group->add_subcommand("show", "One of them, with everything known of it");
    show->fallthrough();
    show->add_option("NAME", arguments_.name, "Its name")->type_name("")->required();
  }
  for (CLI::App* group : {hardware, models}) {
    group
        ->add_option("--catalog", arguments_.catalog, "Your own devices, models and fabrics (YAML)")
        ->type_name("FILE");
  }
  CLI::App* trace =
      command("trace", Command::kTraceExport, "Traces in and out: import, fit, generate, export");
  commands_.merge(add_model_commands(*models, arguments_));
  commands_.merge(add_trace_commands(*trace, arguments_, {overrides_, fit_seeds_, until_}));
  add_plugins(policies);
  CLI::App* check = policies->add_subcommand(
      "check", "Hold the policy in a shared library to the laws of all policies");
  check->fallthrough();
  check->add_option("FILE", arguments_.checked_plugin, "The library")->type_name("")->required();
  check->add_option("--workloads", arguments_.workloads, "Random workloads to try")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000))
      ->capture_default_str();
}

void Grammar::add_little_ones() {
  command("schema", Command::kSchema, "Print the JSON Schema of scenario files");
  command("doctor", Command::kDoctor, "What works on this machine, and what to do about the rest");
  CLI::App* completion =
      command("completion", Command::kCompletion, "Print a completion script for your shell");
  completion->add_option("SHELL", arguments_.name, "bash, zsh or fish")
      ->type_name("")
      ->required()
      ->check(one_of(kShells));
  command("version", Command::kVersion, "Print the version");
}

Arguments Grammar::result() const {
  Arguments result = arguments_;
  for (const CLI::App* chosen : app_.get_subcommands()) {
    result.command = commands_.at(chosen);
    for (const CLI::App* nested : chosen->get_subcommands()) {
      if (const auto own = commands_.find(nested); own != commands_.end()) {
        result.command = own->second;
      }
    }
  }
  if (!result.checked_plugin.empty()) result.command = Command::kCheckPolicy;
  const std::string& seeds = result.command == Command::kPlan       ? plan_seeds_
                             : result.command == Command::kTraceFit ? fit_seeds_
                                                                    : seeds_;
  result.seeds = parse_numbers(seeds, "--seeds", "seed");
  result.traces.until = parse_until(until_);
  result.slices = parse_slices(slices_);
  result.load.goodput = parse_goodput(goodput_);
  for (const std::string& text : overrides_) result.overrides.push_back(parse_override(text));
  return result;
}

/// A misspelt command is the most likely mistake, and CLI11 does not suggest.
std::optional<std::string> unknown_command(int argc, const char* const* argv) {
  std::vector<std::string> names;
  for (const CommandWords& words : command_words()) names.push_back(words.name);
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("-")) {
      if (word == "--log-level") ++i;  // Its value is the next word.
      continue;
    }
    if (std::find(names.begin(), names.end(), word) != names.end()) return std::nullopt;
    return fmt::format("unknown command '{}'{}", word, suggestion(word, names));
  }
  return std::nullopt;
}

/// The command that was chosen, innermost last: nothing, "simulate", "policies show".
std::vector<const CLI::App*> chosen(const CLI::App& app) {
  std::vector<const CLI::App*> path;
  for (auto found = app.get_subcommands(); !found.empty(); found = path.back()->get_subcommands()) {
    path.push_back(found.front());
  }
  return path;
}

/// The words that nothing was found for, in words for people; nothing if there are none.
std::optional<std::string> unexpected_word(const CLI::App& app) {
  const std::vector<std::string> words = app.remaining(true);
  if (words.empty()) return std::nullopt;
  const auto path = chosen(app);
  for (const std::string& word : words) {
    if (!word.starts_with("-")) continue;
    const std::string name = word.substr(0, word.find('='));
    std::set<std::string> options = {"--json", "--quiet", "--log-level", "--help"};
    if (path.empty()) options.insert("--version");
    for (const CLI::App* command : path) {
      for (const CLI::Option* option : command->get_options()) {
        for (const std::string& known : option->get_lnames()) options.insert("--" + known);
      }
    }
    const std::vector<std::string> known(options.begin(), options.end());
    return fmt::format("unknown option '{}'{}", name, suggestion(name, known));
  }
  std::vector<std::string> nested;
  if (!path.empty()) {
    for (const CLI::App* command : path.back()->get_subcommands({})) {
      nested.push_back(command->get_name());
    }
  }
  return fmt::format("unexpected word '{}'{}", words.front(),
                     nested.empty() ? "" : suggestion(words.front(), nested));
}

std::string explained(const CLI::ParseError& error, const CLI::App& app) {
  if (const auto word = unexpected_word(app)) return *word;
  const std::string text = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return text.substr(0, text.find(':')) + " needs a value";
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    return chosen(app).empty() ? "a command is missing"
                               : text.substr(0, text.find(' ')) + " is missing";
  }
  return text;
}

ParsedArguments refuse(const CLI::App& app, const std::string& why) {
  std::string command = "tandem";
  for (const CLI::App* word : chosen(app)) command += " " + word->get_name();
  print_error(fmt::format("{}; see '{} --help'", why, command));
  return {std::nullopt, 2};
}

std::string help_of_chosen(const CLI::App& app) {
  std::string before;
  const CLI::App* command = &app;
  for (const CLI::App* word : chosen(app)) {
    before += (before.empty() ? "" : " ") + command->get_name();
    command = word;
  }
  return command->help(before);
}

}  // namespace

ParsedArguments parse_arguments(int argc, const char* const* argv) {
  Grammar grammar;
  CLI::App& app = grammar.app();
  if (argc <= 1) {
    print_output(app.help());
    return {std::nullopt, 2};
  }
  if (const auto unknown = unknown_command(argc, argv)) return refuse(app, *unknown);
  try {
    app.parse(argc, argv);
    return {grammar.result(), 0};
  } catch (const CLI::CallForHelp&) {
    print_output(help_of_chosen(app));
    return {std::nullopt, 0};
  } catch (const CLI::CallForVersion& call) {
    print_output(std::string(call.what()) + "\n");
    return {std::nullopt, 0};
  } catch (const CLI::ParseError& error) {
    return refuse(app, explained(error, app));
  }
}

std::vector<CommandWords> command_words() {
  Grammar grammar;
  std::vector<CommandWords> all;
  for (const CLI::App* command : grammar.app().get_subcommands({})) {
    CommandWords words{command->get_name(), command->get_description(), {}};
    for (const CLI::App* nested : command->get_subcommands({})) {
      words.options.push_back(nested->get_name());
    }
    if (words.name == "completion") words.options = kShells;
    for (const CLI::App* from : {command, static_cast<const CLI::App*>(&grammar.app())}) {
      for (const CLI::Option* option : from->get_options()) {
        const bool is_global = from != command;
        for (const std::string& name : option->get_lnames()) {
          if (is_global && (name == "help" || name == "version")) continue;
          words.options.push_back("--" + name);
        }
      }
    }
    all.push_back(std::move(words));
  }
  return all;
}

}  // namespace tandem
