// What `compare` and `check` do with what they have found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.h"
#include "policies/core/error.h"
#include "reports/comparing/suite_report.h"

namespace tandem {

/// Prints and exports a report, and returns its exit code.
int show_report(const Arguments& arguments, const SuiteReport& report);

/// "95 %", "99.5": more than 50 and less than 100 percent. Throws InputError.
double parse_confidence(std::string_view text, const Position& where);

/// What an amount means as a minimum effect: "5 %", "30 s". Throws InputError.
Bound parse_minimum_effect(std::string_view text, const Position& where);

}  // namespace tandem
