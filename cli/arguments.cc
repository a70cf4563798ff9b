#include "cli/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

#include "policies/core/nearest.h"

namespace tandem {
namespace {

constexpr std::uint64_t kMostSeeds = 10'000;

/// "7", "1..20" or "1,2,5..8".
std::vector<std::uint64_t> parse_seeds(const std::string& text) {
  std::vector<std::uint64_t> seeds;
  const auto number = [&](std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty()) {
      throw CLI::ValidationError("--seeds", "expected a list such as 7, 1..20 or 1,2,5..8, found '" +
                                                text + "'");
    }
    return value;
  };
  std::string_view rest = text;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    const std::size_t dots = item.find("..");
    const std::uint64_t first = number(item.substr(0, dots));
    const std::uint64_t last =
        dots == std::string_view::npos ? first : number(item.substr(dots + 2));
    if (last < first || last - first >= kMostSeeds) {
      throw CLI::ValidationError("--seeds", fmt::format("{} is not a range of at most {} seeds",
                                                        item, kMostSeeds));
    }
    for (std::uint64_t seed = first; seed <= last; ++seed) seeds.push_back(seed);
    if (comma == std::string_view::npos) return seeds;
    rest.remove_prefix(comma + 1);
  }
}

Override parse_override(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    throw CLI::ValidationError("--set", "expected path=value, such as cluster.nodes.0.count=8");
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
  void add_simulate();
  void add_readers();
  void add_lists();
  void add_little_ones();

  CLI::App app_{
      "Tandem plans clusters for large language models: it simulates what you describe under the\n"
      "scheduling policies you choose, and says what your users will wait.",
      "tandem"};
  Arguments arguments_;
  std::string seeds_ = "1";
  std::vector<std::string> overrides_;
  std::map<const CLI::App*, Command> commands_;
};

CLI::App* Grammar::command(const std::string& name, Command command, const std::string& summary) {
  CLI::App* app = app_.add_subcommand(name, summary);
  app->fallthrough();
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
      ->check(CLI::IsMember({"error", "warn", "info"}))
      ->capture_default_str();
  app_.footer(
      "Exit codes: 0 done, 1 a gate failed, 2 wrong usage or input, 3 infeasible, 4 inconclusive,\n"
      "5 the engine failed, 130 interrupted. NO_COLOR is honoured.\n"
      "Start with: tandem init lab.yaml && tandem simulate lab.yaml");
  add_simulate();
  add_readers();
  add_lists();
  add_little_ones();
}

void Grammar::add_simulate() {
  CLI::App* simulate = command("simulate", Command::kSimulate,
                               "Run every policy on the same arrivals and print one table");
  simulate->add_option("scenario", arguments_.file, "Scenario file (YAML)");
  auto* trace = simulate->add_option("--trace", arguments_.trace,
                                     "A bare job trace instead: SWF, Philly, openb or native CSV");
  simulate->add_option("--devices", arguments_.devices, "Devices of the cluster for --trace")
      ->needs(trace)
      ->check(CLI::Range(1u, 1u << 24));
  simulate->add_option("-p,--policy", arguments_.policies,
                       "Policies, separated by commas, such as fifo,easy,fair-share:half_life=7d")
      ->delimiter(',');
  simulate->add_option("--seeds", seeds_, "Seeds: 7, 1..20 or 1,2,5..8")->capture_default_str();
  simulate->add_option("--set", overrides_, "Override a value: --set cluster.nodes.0.count=8")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  simulate->add_option("-o,--output", arguments_.output,
                       "Folder for result.json, and jobs.csv and journal of every run");
  simulate->add_option("-j,--parallel", arguments_.parallel,
                       "Simulations at one time; 0 is one for each processor")
      ->check(CLI::Range(0u, 1024u));
  simulate->add_flag("--strict", arguments_.strict, "Exit 3 if some job can never fit");
  simulate->add_option("--export", arguments_.exports, "Also write the result: .json, .csv or .md")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
}

void Grammar::add_readers() {
  CLI::App* init = command("init", Command::kInit, "Write a commented example scenario");
  init->add_option("file", arguments_.file, "Where to write it; standard output if left out");
  init->add_flag("--force", arguments_.force, "Replace the file if it exists");

  CLI::App* validate = command("validate", Command::kValidate, "Check a scenario file");
  validate->add_option("scenario", arguments_.file, "Scenario file (YAML)")->required();
  validate->add_option("--set", overrides_, "Override a value first")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);

  CLI::App* explain = command("explain", Command::kExplain,
                              "Why a job waited, what it waited for, and where it ran");
  explain->add_option("run", arguments_.file, "Folder that simulate -o wrote, or a journal")
      ->required();
  explain->add_option("job", arguments_.name, "The job's name")->required();
  explain->add_option("-p,--policy", arguments_.policies, "Only runs of these policies")
      ->delimiter(',');

  CLI::App* replay = command("replay", Command::kReplay,
                             "Decide a recorded run again and compare every action");
  replay->add_option("run", arguments_.file, "Folder that simulate -o wrote, or a journal")
      ->required();
}

void Grammar::add_lists() {
  CLI::App* policies = command("policies", Command::kPolicies, "Scheduling policies: list, show");
  CLI::App* hardware = command("hardware", Command::kHardware, "Known devices: list, show");
  for (CLI::App* group : {policies, hardware}) {
    group->require_subcommand(0, 1);
    group->add_subcommand("list", "All of them")->fallthrough();
    CLI::App* show = group->add_subcommand("show", "One of them, with everything known of it");
    show->fallthrough();
    show->add_option("name", arguments_.name, "Its name")->required();
  }
}

void Grammar::add_little_ones() {
  command("schema", Command::kSchema, "Print the JSON Schema of scenario files");
  command("doctor", Command::kDoctor, "What works on this machine, and what to do about the rest");
  CLI::App* completion = command("completion", Command::kCompletion,
                                 "Print a completion script for your shell");
  completion->add_option("shell", arguments_.name, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command("version", Command::kVersion, "Print the version");
}

Arguments Grammar::result() const {
  Arguments result = arguments_;
  for (const CLI::App* chosen : app_.get_subcommands()) result.command = commands_.at(chosen);
  result.seeds = parse_seeds(seeds_);
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

}  // namespace

ParsedArguments parse_arguments(int argc, const char* const* argv) {
  Grammar grammar;
  if (argc <= 1) {
    fmt::print("{}", grammar.app().help());
    return {std::nullopt, 2};
  }
  if (const auto unknown = unknown_command(argc, argv)) {
    fmt::print(stderr, "tandem: {}\n", *unknown);
    return {std::nullopt, 2};
  }
  try {
    grammar.app().parse(argc, argv);
    return {grammar.result(), 0};
  } catch (const CLI::CallForHelp& call) {
    return {std::nullopt, grammar.app().exit(call)};
  } catch (const CLI::CallForVersion& call) {
    return {std::nullopt, grammar.app().exit(call)};
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "tandem: {}\nRun 'tandem --help', or --help after a command.\n",
               error.what());
    return {std::nullopt, 2};
  }
}

std::vector<CommandWords> command_words() {
  Grammar grammar;
  std::vector<CommandWords> all;
  for (const CLI::App* command : grammar.app().get_subcommands({})) {
    CommandWords words{command->get_name(), command->get_description(), {}};
    for (const CLI::App* from : {command, static_cast<const CLI::App*>(&grammar.app())}) {
      for (const CLI::Option* option : from->get_options()) {
        for (const std::string& name : option->get_lnames()) words.options.push_back("--" + name);
      }
    }
    for (const CLI::App* nested : command->get_subcommands({})) {
      words.options.push_back(nested->get_name());
    }
    all.push_back(std::move(words));
  }
  return all;
}

}  // namespace tandem
