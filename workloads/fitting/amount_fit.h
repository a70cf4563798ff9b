// From recorded amounts (run times, tokens) to a distribution that they may be drawn from.
#pragma once

#include <span>
#include <vector>

#include "workloads/generators/distribution.h"

namespace tandem {

/// The family, exponential or log-normal, of the least AIC, with its most likely parameters: the
/// mean; mean and standard deviation of the logarithms. If its K-S distance from the amounts is
/// above ks_critical(), their quantiles instead: at each hundredth, and closer at the upper end.
/// Amounts that are all equal stay so. Those below `least`, which is positive, count as `least`;
/// there is at least one.
Distribution::Shape fit_amounts(std::vector<double> amounts, double least);

/// The quantiles of positive amounts, which are sorted: at each hundredth, and closer at the upper
/// end.
Quantiles sample_quantiles(std::span<const double> sorted);

}  // namespace tandem
