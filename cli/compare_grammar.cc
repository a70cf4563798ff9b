#include "cli/compare_grammar.h"

namespace tandem {
namespace {

void add_export(CLI::App* app, Arguments& arguments) {
  app->add_option("--export", arguments.exports,
                  "Also write the result: .json, .csv, .md (for a pull request) or .xml (JUnit)")
      ->take_all()
      ->expected(1)
      ->type_name("FILE")
      ->allow_extra_args(false);
}

}  // namespace

void add_compare_command(const MakeCommand& command, Arguments& arguments) {
  CompareArguments& compare = arguments.compare;
  CLI::App* app = command("compare", Command::kCompare,
                          "Whether HEAD is better or worse than BASE, paired by seed and by job");
  for (const auto& [name, path] : {std::pair("BASE", &compare.base), {"HEAD", &compare.head}}) {
    app->add_option(name, *path,
                    "Folder that simulate -o wrote, its result.json, or one run's folder in it; "
                    "FOLDER:POLICY is one policy of it")
        ->type_name("")
        ->required();
  }
  app->add_option("-p,--policy", arguments.policies, "Only runs of these policies")
      ->type_name("LIST")
      ->delimiter(',');
  app->add_option("--fail-on", compare.fail_on,
                  "Exit 1 if this holds, such as 'jct.mean > +2 %', 'wait.p95 > +30 s' or "
                  "'utilization < 80 %'; any figure that counts being worse unless told")
      ->take_all()
      ->expected(1)
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  app->add_option("--min-effect", compare.minimum_effects,
                  "Changes below are none: '5 %' for all figures, 'wait.p95=30 s' for one")
      ->take_all()
      ->expected(1)
      ->type_name("[FIGURE=]AMOUNT")
      ->allow_extra_args(false);
  app->add_option("--confidence", compare.confidence, "Of the intervals")
      ->type_name("PERCENT")
      ->capture_default_str();
  app->add_flag("--exact", compare.is_exact,
                "What was run is all there is: no intervals, every difference counts as it is");
  add_export(app, arguments);
}

CLI::App* add_check_command(const MakeCommand& command, Arguments& arguments) {
  CompareArguments& compare = arguments.compare;
  CLI::App* app = command("check", Command::kCheck,
                          "Run a suite of scenarios and compare it with its stored baselines");
  app->add_option("SUITE", compare.suite, "The suite (YAML), or a folder with suite.yaml")
      ->type_name("")
      ->required();
  app->add_flag("--update", compare.updates, "Write what is run now as the baselines");
  app->add_option("--case", compare.cases, "Only these cases of the suite")
      ->type_name("LIST")
      ->delimiter(',');
  app->add_option("-o,--output", arguments.output, "Folder for the results of the runs")
      ->type_name("FOLDER");
  add_export(app, arguments);
  return app;
}

}  // namespace tandem
