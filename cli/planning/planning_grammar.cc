#include "cli/planning/planning_grammar.h"

#include "cli/validators.h"

namespace tandem {
namespace {

CLI::Option* add_list(CLI::App* app, const char* name, std::vector<std::string>& values,
                      const char* meaning, const char* type) {
  return app->add_option(name, values, meaning)
      ->take_all()
      ->expected(1)
      ->type_name(type)
      ->allow_extra_args(false);
}

void add_what_ifs(CLI::App* app, Arguments& arguments, std::vector<std::string>& overrides) {
  app->add_option("SCENARIO", arguments.file, "Scenario file (YAML)")->type_name("")->required();
  add_list(app, "--vary", arguments.planning.vary,
           "What may change: nodes.h100=4..64, nodes.a100=0..16:2, PATH=a,b,c", "PATH=VALUES");
  app->add_option("-p,--policy", arguments.policies,
                  "Policies, separated by commas; the scenario's unless told")
      ->type_name("LIST")
      ->delimiter(',');
  add_list(app, "--policy-plugin", arguments.plugins, "Shared library with a policy", "FILE");
  add_list(app, "--set", overrides, "Override a value: --set cluster.nodes.0.count=8",
           "PATH=VALUE");
  app->add_option("-j,--parallel", arguments.parallel,
                  "Simulations at one time; 0 is one for each processor")
      ->type_name("N")
      ->check(whole_number(0, 1024));
  add_cache_options(app, arguments.planning);
}

void add_plan(const MakeCommand& command, Arguments& arguments, std::vector<std::string>& overrides,
              std::string& seeds) {
  CLI::App* app = command("plan", Command::kPlan,
                          "The cheapest cluster and policy that keep what users were promised");
  PlanningArguments& planning = arguments.planning;
  add_what_ifs(app, arguments, overrides);
  app->get_option("--vary")->required();
  add_list(app, "--slo", planning.slos,
           "A promise: 'wait.p95 < 30 min', 'chat.ttft.p99 < 800 ms', 'attainment >= 99 %'", "EXPR")
      ->required();
  app->add_option("--objective", planning.aim,
                  "What there should be least of; cost if there are prices, else devices")
      ->type_name("cost|devices|energy")
      ->check(one_of({"auto", "cost", "devices", "energy"}));
  app->add_option("--budget", planning.budget,
                  "The most it may cost: '200000 USD/month', or /hour, /day, /year")
      ->type_name("AMOUNT");
  app->add_option("--growth", planning.growth,
                  "Also say when to buy what, as the load grows: '8 %/month'")
      ->type_name("RATE");
  app->add_option("--horizon", planning.horizon, "For how long: '18 months'")->type_name("TIME");
  app->add_option("--seeds", seeds, "Seeds to use at most, as few as it takes: 1..64 unless told")
      ->type_name("LIST");
  app->add_option("--confidence", planning.confidence,
                  "That all verdicts of the search are right: 95 % unless told")
      ->type_name("SHARE")
      ->transform(share(0.5, 0.999999));
  app->add_option("--shake", planning.shake,
                  "Each seed moves recorded arrivals by up to so many mean gaps; 1 unless told, 0 "
                  "takes them as they are")
      ->type_name("GAPS")
      ->check(number(0, 1e6));
  app->add_flag("--exhaustive", planning.is_exhaustive, "Simulate every candidate");
  add_list(app, "--export", arguments.exports, "Also write the plan: .json, .csv or .md", "FILE");
}

void add_sweep(const MakeCommand& command, Arguments& arguments,
               std::vector<std::string>& overrides, std::string& seeds) {
  CLI::App* app =
      command("sweep", Command::kSweep,
              "Every combination of settings, under every policy, in one Parquet table");
  PlanningArguments& planning = arguments.planning;
  add_what_ifs(app, arguments, overrides);
  app->add_option("--seeds", seeds, "Seeds: 7, 1..20 or 1,2,5..8; 1 unless told")
      ->type_name("LIST");
  app->add_option("-o,--output", arguments.output,
                  "Folder for sweep.parquet, and for what is finished: the same command goes on")
      ->type_name("FOLDER")
      ->required();
  app->add_option("--engine", planning.engine,
                  "Processes here, or a job array of Slurm; the folder must then be shared")
      ->type_name("local|slurm")
      ->check(one_of({"local", "slurm"}))
      ->capture_default_str();
  app->add_option("--chunk", planning.chunk,
                  "Simulations of one task of the array; 0 makes up to 200 tasks")
      ->type_name("N")
      ->check(whole_number(0, 1'000'000));
  app->add_option("--part", planning.part,
                  "Simulate only the K-th of N parts, for other ways to spread them")
      ->type_name("K/N");
}

void add_cache_command(const MakeCommand& command, PlanningArguments& planning) {
  CLI::App* app = command("cache", Command::kCache,
                          "Finished simulations that plan, sweep, slices and saturation keep");
  app->add_option("ACTION", planning.cache_action, "show or clear; show unless told")
      ->type_name("")
      ->check(one_of({"show", "clear"}));
  app->add_option("--cache", planning.cache, "Its folder; ~/.cache/tandem unless told")
      ->type_name("FOLDER");
}

}  // namespace

void add_cache_options(CLI::App* app, PlanningArguments& planning) {
  auto* folder = app->add_option("--cache", planning.cache,
                                 "Folder of finished simulations; ~/.cache/tandem unless told")
                     ->type_name("FOLDER");
  app->add_flag("--no-cache", planning.has_no_cache, "Simulate everything, keep nothing")
      ->excludes(folder);
}

void add_planning_commands(const MakeCommand& command, Arguments& arguments,
                           std::vector<std::string>& overrides, PlanningSeeds seeds) {
  add_plan(command, arguments, overrides, seeds.of_plan);
  add_sweep(command, arguments, overrides, seeds.of_sweep);
  add_cache_command(command, arguments.planning);
}

}  // namespace tandem
