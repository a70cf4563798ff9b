// tandem compare: two results side by side, and whether a gate fails.
#include <fmt/format.h>

#include <utility>

#include "cli/commands.h"
#include "cli/comparing/result_source.h"
#include "cli/comparing/show.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

void add_minimum(const std::string& text, MinimumEffects& minimum) {
  const std::size_t equals = text.find('=');
  const bool is_for_all = equals == std::string::npos;
  const std::size_t begin = is_for_all ? 0 : equals + 1;
  const Position where{"--min-effect", 1, begin + 1};
  const Bound effect = parse_minimum_effect(std::string_view(text).substr(begin), where);
  if (!is_for_all) {
    minimum.set(user_name(text.substr(0, equals)), effect);
  } else if (effect.kind == Bound::Kind::kPercent) {
    minimum.set_default(effect.amount);
  } else {
    throw InputError(where,
                     "for all figures it is a share, such as '5 %'; for one: 'wait.p95=30 s'");
  }
}

}  // namespace

int run_compare(const Arguments& arguments) {
  const CompareArguments& asked = arguments.compare;
  for (const std::string& file : arguments.exports) check_comparison_export(file);
  ComparisonSettings settings;
  settings.confidence = parse_confidence(asked.confidence, {"--confidence", 1, 1});
  settings.is_exact = asked.is_exact;
  for (const std::string& text : asked.minimum_effects) add_minimum(text, settings.minimum);
  for (const std::string& text : asked.fail_on) {
    settings.conditions.push_back(parse_condition(text, {"--fail-on", 1, 1}));
  }
  SuiteReport report;
  ComparedResult base = read_result(asked.base, arguments.policies);
  ComparedResult head = read_result(asked.head, arguments.policies);
  report.name = head.scenario.name;
  report.cases.push_back({report.name, compare_paired(std::move(base), std::move(head), settings)});
  return show_report(arguments, report);
}

}  // namespace tandem
