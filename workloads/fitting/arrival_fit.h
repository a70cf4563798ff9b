// From recorded arrivals to the process that is most likely to have made them.
#pragma once

#include <span>
#include <vector>

#include "policies/core/units.h"
#include "workloads/generators/arrival_process.h"

namespace tandem {

/// Poisson, gamma or Weibull gaps, each alike at all hours or with weights of the hours of a day
/// (from three days on), of a week (from three weeks on) or of all days there are (up to a year):
/// those of the least AIC, 2 * (parameters - log likelihood) (Akaike, "A New Look at the
/// Statistical Model Identification", 1974). If the K-S distance of the gaps from their family is
/// above ks_critical(), their quantiles instead.
///
/// The rate, and the weights of hours, are the trace's own; the shape of gaps is the most likely
/// one at that rate, in a time that runs as fast as things come (see ArrivalProcess). Arrivals that
/// the trace's clock cannot tell apart are taken to be evenly spread until its next tick: no gap is
/// 0.
///
/// `arrivals` are ordered, and the first is at time 0. Throws InputError, without a position, if
/// they are fewer than 10, or all at once.
ArrivalShape fit_arrivals(std::span<const Time> arrivals);

/// Both give the likeliest shape of positive gaps among those with the gaps' own mean.
double gamma_shape(std::span<const double> gaps);
double weibull_gap_shape(std::span<const double> gaps);

}  // namespace tandem
