// The scenario format of this version, as data.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "workloads/format/spec.h"

namespace tandem {

/// The whole format; the same object every time.
const Spec& scenario_spec();

/// The part below `workload`.
SpecPointer workload_spec();

/// One job, written out, or one that trains or evaluates a model, and how it learns; several that
/// wait for each other; what jobs run.
SpecPointer job_spec();
SpecPointer train_spec();
SpecPointer drawn_training_spec();
SpecPointer evaluate_spec();
SpecPointer recipe_spec();
SpecPointer pipeline_spec();
SpecPointer models_spec();

/// Below `services`, and the requests of one: below `requests`.
SpecPointer services_spec();
SpecPointer requests_spec();

/// The part below `policies`.
SpecPointer policies_spec();

/// What jobs say of themselves whether they are written out or drawn.
std::vector<Key> common_job_keys();

/// The device type that says nothing about the hardware: no figures, and it satisfies every job.
inline constexpr std::string_view kAnyDevice = "any";

/// Longest duration and latest time a scenario may name: sums of a few still fit a Time.
inline constexpr Duration kLongestDuration = std::chrono::hours{24 * 365 * 50};

// Scalars that the parts of the format share.

SpecPointer duration_spec();           ///< 0 to 50 years.
SpecPointer positive_duration_spec();  ///< The same without 0.
SpecPointer count_spec(double least, double most);
SpecPointer priority_spec();
SpecPointer job_kind_spec();

// What is drawn from distributions.

SpecPointer weight_spec();
/// Log-normal by median and 99th percentile, or by mean and coefficient of variation.
SpecPointer lognormal_spec(const SpecPointer& value);
SpecPointer drawn_durations_spec();
/// Whole numbers from 1 on: tokens, turns.
SpecPointer drawn_counts_spec();
enum class ArrivalRate : std::uint8_t { kRequired, kMaySetByLoad };
SpecPointer arrival_spec(ArrivalRate rate);
SpecPointer drawn_tenants_spec();
SpecPointer drawn_priority_spec();

}  // namespace tandem
