// One draw from each stream for every job.
#include "workloads/generators/job_generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tandem {
namespace {

ArrivalProcess arrivals_of(const GeneratorSettings& settings, std::uint64_t seed) {
  return {settings.arrival, settings.start, make_stream(seed, settings.source, Purpose::kArrival)};
}

constexpr std::uint64_t kMostJobs = 100'000'000;

}  // namespace

bool GeneratorSettings::is_random() const {
  return tandem::is_random(arrival) || run_time_s.is_random() || tandem::is_random(estimate) ||
         devices.is_random() || tenant.is_random() || priority.is_random() || model.is_random() ||
         training.is_random();
}

JobGenerator::JobGenerator(const GeneratorSettings& settings, std::uint64_t seed)
    : settings_(settings),
      seed_(seed),
      arrivals_(arrivals_of(settings, seed)),
      run_times_(make_stream(seed, settings.source, Purpose::kDuration)),
      estimates_(make_stream(seed, settings.source, Purpose::kEstimate)),
      devices_(make_stream(seed, settings.source, Purpose::kDevices)),
      tenants_(make_stream(seed, settings.source, Purpose::kTenant)),
      priorities_(make_stream(seed, settings.source, Purpose::kPriority)),
      models_(make_stream(seed, settings.source, Purpose::kModel)) {}

std::uint64_t JobGenerator::count() const {
  if (!settings_.until) return *settings_.count;
  const std::uint64_t most = settings_.count.value_or(kMostJobs);
  ArrivalProcess arrivals = arrivals_of(settings_, seed_);
  std::uint64_t count = 0;
  while (count < most && arrivals.next() <= *settings_.until) ++count;
  return count;
}

std::optional<Arrival> JobGenerator::next() {
  if (is_over_ || made_ == settings_.count.value_or(kMostJobs)) return std::nullopt;
  const Time submitted = arrivals_.next();
  if (settings_.until && submitted > *settings_.until) {
    is_over_ = true;
    return std::nullopt;
  }
  const Arrival* training = settings_.training.draw(models_).get();
  Arrival arrival = training != nullptr ? *training : settings_.common;
  Job& job = arrival.job;
  job.submitted = submitted;
  if (settings_.deadline) job.deadline = later(submitted, *settings_.deadline);
  if (training == nullptr) {
    job.demand.devices = settings_.devices.draw(devices_);
    if (job.demand.devices == 0) job.demand.types = kAnyType;
    job.model = settings_.model.draw(models_);
  }
  settings_.models->constrain(job);
  job.tenant = settings_.tenant.draw(tenants_);
  job.priority = settings_.priority.draw(priorities_);
  // A job takes at least a nanosecond: nothing starts and ends at once.
  arrival.run_time = Duration{
      std::max<std::int64_t>(1, std::llround(settings_.run_time_s.draw(run_times_) * 1e9))};
  job.estimate = estimate_of(arrival.run_time, settings_.estimate, estimates_);
  job.name.reserve(settings_.prefix.size() + 20);
  fmt::format_to(std::back_inserter(job.name), FMT_STRING("{}{}"), settings_.prefix, made_);
  ++made_;
  return arrival;
}

}  // namespace tandem
