// Amounts of money and growth as people write them on the command line.
#pragma once

#include <cstdint>
#include <string_view>

namespace tandem {

/// "200000 USD/month" in US dollars an hour: /hour, /day, /month, /year; a month without any.
/// Throws InputError.
double budget_per_hour(std::string_view text);
/// "8 %/month" or "100 %/year" as the factor of a month: 1.08, 1.0595. Throws InputError.
double growth_per_month(std::string_view text);
/// "18 months" or "2 years", in months, from 1 to 120. Throws InputError.
std::uint32_t horizon_months(std::string_view text);

}  // namespace tandem
