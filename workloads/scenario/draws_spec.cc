// What can be drawn from distributions, whether for jobs or for requests.
#include "workloads/scenario/scenario_spec.h"

namespace tandem {
namespace {

SpecPointer rate_spec() { return scalar(ScalarKind::kRate, 1e-9, 1e9, "from 1e-9/s to 1e9/s"); }
SpecPointer cv_spec() { return scalar(ScalarKind::kNumber, 1e-6, 100, "from 1e-6 to 100"); }

SpecPointer token_amount_spec() {
  return scalar(ScalarKind::kNumber, 1, 1e8, "from 1 to 100000000 tokens");
}

constexpr const char* kQuantilesMeaning =
    "A map from probabilities, 0 to 1, to amounts; in between the amount's logarithm is a straight "
    "line.";

SpecPointer quantiles_spec(const SpecPointer& amount) {
  return map(ScalarKind::kNumber, amount, 2);
}

SpecPointer hours_spec() {
  return list(scalar(ScalarKind::kNumber, 0, 1e6, "from 0 to 1000000"), 24);
}

}  // namespace

SpecPointer weight_spec() { return scalar(ScalarKind::kNumber, 0, 1e12, "from 0 to 1e12"); }

SpecPointer lognormal_spec(const SpecPointer& value) {
  return choice({object_if("median", {required("median", value, "Half of the draws are below it."),
                                      required("p99", value, "1 in 100 draws is above it.")}),
                 object({required("mean", value, "Mean of the distribution."),
                         required("cv", cv_spec(), "Standard deviation over mean.")})});
}

SpecPointer drawn_durations_spec() {
  const auto empirical =
      one_of({optional("file", scalar(ScalarKind::kText),
                       "Text file with one duration a line; a bare number counts seconds."),
              optional("values", list(positive_duration_spec(), 1), "The durations to draw from."),
              optional("quantiles", quantiles_spec(positive_duration_spec()), kQuantilesMeaning)});
  return one_of(
      {optional("lognormal", lognormal_spec(positive_duration_spec()), "Log-normal."),
       optional("exponential", positive_duration_spec(), "Exponential with this mean."),
       optional("deterministic", positive_duration_spec(), "Always the same."),
       optional("empirical", empirical, "Drawn from given values, each equally likely.")});
}

SpecPointer drawn_counts_spec() {
  const auto amount = token_amount_spec();
  const auto count = count_spec(1, 100'000'000);
  const auto empirical =
      one_of({optional("file", scalar(ScalarKind::kText), "Text file with one number a line."),
              optional("values", list(amount, 1), "The numbers to draw from."),
              optional("quantiles", quantiles_spec(amount), kQuantilesMeaning)});
  const auto uniform =
      object({required("min", count, "The smallest."), required("max", count, "The largest.")});
  return choice(
      {count,
       one_of(
           {optional("lognormal", lognormal_spec(amount), "Log-normal."),
            optional("exponential", amount, "Exponential with this mean."),
            optional("deterministic", count, "Always the same, as a number alone."),
            optional("uniform", uniform, "Every whole number between two equally likely."),
            optional("empirical", empirical, "Drawn from given numbers, each equally likely.")})});
}

SpecPointer arrival_spec(ArrivalRate rate) {
  const bool may_be_absent = rate == ArrivalRate::kMaySetByLoad;
  const auto key = may_be_absent
                       ? optional("rate", rate_spec(), "Mean rate; absent: set by 'load'.")
                       : required("rate", rate_spec(), "Mean rate.");
  const Key hours = optional("hours", hours_spec(),
                             "Weights of the hours of a day, a week (168) or any number of days, "
                             "from the start of the run, again and again. Absent: all alike.");
  const auto gamma = object({key, required("cv", cv_spec(), "Of the gaps; 1 is Poisson."), hours});
  const auto weibull =
      object({key,
              required("shape", scalar(ScalarKind::kNumber, 0.1, 100, "from 0.1 to 100"),
                       "Weibull shape of the gaps; 1 is Poisson, less is burstier."),
              hours});
  const auto amount = scalar(ScalarKind::kNumber, 1e-12, 1e18, "from 1e-12 to 1e18");
  const auto gaps =
      object({key, required("quantiles", quantiles_spec(amount), kQuantilesMeaning), hours});
  const auto diurnal =
      object({key,
              optional("amplitude", scalar(ScalarKind::kNumber, 0, 1, "from 0 to 1"),
                       "Swing about the mean rate.", "0.8"),
              optional("peak", scalar(ScalarKind::kDuration, 0, 8.64e13, "from 0 h to 24 h"),
                       "Time of day of the highest rate; the run starts at midnight.", "14 h")});
  const auto shapes =
      one_of({optional("poisson", choice({rate_spec(), object({key, hours})}),
                       "Independent arrivals at this rate."),
              optional("gamma", gamma, "Gamma-distributed gaps."),
              optional("weibull", weibull, "Weibull-distributed gaps."),
              optional("gaps", gaps,
                       "Gaps by their quantiles, in any unit: their mean is what the rate says."),
              optional("diurnal", diurnal, "Poisson with a daily period."),
              optional("every", positive_duration_spec(), "Equal gaps.")});
  // Jobs may leave the rate to the load; requests may all be there from the start.
  return choice({word({may_be_absent ? "poisson" : "at-once"}), shapes});
}

SpecPointer drawn_tenants_spec() {
  const auto zipf =
      object_if("zipf", {required("count", count_spec(1, 1'000'000), "Tenants t0, t1 …"),
                         required("zipf", scalar(ScalarKind::kNumber, 0, 10, "from 0 to 10"),
                                  "Tenant k's weight is 1/(k+1) to this power.")});
  return choice({zipf, map(ScalarKind::kName, weight_spec(), 1)});
}

SpecPointer drawn_priority_spec() {
  return choice({priority_spec(), map(ScalarKind::kInteger, weight_spec(), 1)});
}

}  // namespace tandem
