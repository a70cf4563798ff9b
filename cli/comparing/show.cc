#include "cli/comparing/show.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "reports/conditions/bound.h"

namespace tandem {

int show_report(const Arguments& arguments, const SuiteReport& report) {
  for (const std::string& file : arguments.exports) write_export(file, report);
  if (arguments.json) {
    print_json(to_json(report));
    if (!arguments.quiet && arguments.log_level == "info") {
      print_aside(verdict_line(report) + "\n");
    }
  } else {
    print_output(suite_text(report, {terminal_width(), use_color(STDOUT_FILENO)}));
  }
  return exit_code_of(report.outcome());
}

double parse_confidence(std::string_view text, const Position& where) {
  const Bound bound = parse_bound(text, where);
  const bool is_percent = bound.kind == Bound::Kind::kPercent;
  const double share = is_percent ? bound.amount : bound.amount / 100;
  const bool has_unit = !is_percent && bound.kind != Bound::Kind::kPlain;
  if (has_unit || bound.has_sign || !(share > 0.5 && share < 1)) {
    throw InputError(where, fmt::format("a confidence is more than 50 % and less than 100 %, such "
                                        "as '95 %', not '{}'",
                                        text));
  }
  return share;
}

Bound parse_minimum_effect(std::string_view text, const Position& where) {
  const Bound bound = parse_bound(text, where);
  if (bound.has_sign) throw InputError(where, "a minimum effect has no sign: '2 %'");
  return bound;
}

}  // namespace tandem
