#include "cli/report_grammar.h"

#include "cli/validators.h"

namespace tandem {

void add_report_command(const MakeCommand& command, Arguments& arguments) {
  CLI::App* report = command("report", Command::kReport,
                             "One page of pictures, stories and figures from finished runs");
  report
      ->add_option("RUN", arguments.runs,
                   "Folders that simulate -o or run -o wrote, or one run's folder in them")
      ->type_name("")
      ->required();
  report
      ->add_option("-o,--output", arguments.output,
                   "Where to write it: .html, or with --figure .svg or .png")
      ->type_name("FILE")
      ->required();
  report
      ->add_option("--figure", arguments.figure,
                   "Only this picture, as .svg or .png, for a document")
      ->type_name("overview|gantt|queue|utilization|wait|first-token|fairness|cost|loss")
      ->check(one_of({"overview", "gantt", "queue", "utilization", "wait", "first-token",
                      "fairness", "cost", "loss"}));
}

}  // namespace tandem
