// One draw from each stream for every job.
#include "workloads/generators/job_generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/uniform_01.hpp>
#include <cmath>

namespace tandem {
namespace {

ArrivalProcess arrivals_of(const GeneratorSettings& settings, std::uint64_t seed) {
  return {settings.arrival, settings.start, make_stream(seed, settings.source, Purpose::kArrival)};
}

constexpr std::uint64_t kMostJobs = 100'000'000;

}  // namespace

bool GeneratorSettings::is_random() const {
  const auto varies = [](const JobClass& jobs) {
    return jobs.devices.is_random() || jobs.run_time_s.is_random();
  };
  return tandem::is_random(arrival) || job_class.is_random() ||
         std::ranges::any_of(job_class.values(), varies) || tandem::is_random(estimate) ||
         tenant.is_random() || priority.is_random() || model.is_random() || training.is_random() ||
         repeats > 0;
}

double GeneratorSettings::mean_device_seconds() const {
  const bool trains = training.values().front() != nullptr;
  const double gang =
      trains
          ? training.mean([](const auto& t) { return static_cast<double>(t->job.demand.devices); })
          : 0;
  return job_class.mean([&](const JobClass& jobs) {
    const double share =
        static_cast<double>(jobs.device_share.value_or(common.job.demand.device_share)) /
        kWholeDevice;
    const double devices =
        trains ? gang : jobs.devices.mean([&](std::uint32_t n) { return share * n; });
    return devices * jobs.run_time_s.mean();
  });
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
      models_(make_stream(seed, settings.source, Purpose::kModel)),
      repeats_(make_stream(seed, settings.source, Purpose::kRepeat)) {}

std::uint64_t JobGenerator::count() const {
  if (!settings_.until) return *settings_.count;
  const std::uint64_t most = settings_.count.value_or(kMostJobs);
  ArrivalProcess arrivals = arrivals_of(settings_, seed_);
  std::uint64_t count = 0;
  while (count < most && arrivals.next() <= *settings_.until) ++count;
  return count;
}

Arrival JobGenerator::drawn() {
  const JobClass& jobs = settings_.job_class.draw(devices_);
  const Arrival* training = settings_.training.draw(models_).get();
  Arrival arrival = training != nullptr ? *training : settings_.common;
  Job& job = arrival.job;
  if (training == nullptr) {
    job.demand.devices = jobs.devices.draw(devices_);
    if (jobs.device_share) job.demand.device_share = *jobs.device_share;
    if (job.demand.devices == 0) job.demand.types = kAnyType;
    job.model = settings_.model.draw(models_);
  }
  settings_.models->constrain(job);
  job.tenant = settings_.tenant.draw(tenants_);
  job.priority = settings_.priority.draw(priorities_);
  // A job takes at least a nanosecond: nothing starts and ends at once.
  arrival.run_time =
      Duration{std::max<std::int64_t>(1, std::llround(jobs.run_time_s.draw(run_times_) * 1e9))};
  job.estimate = estimate_of(arrival.run_time, settings_.estimate, estimates_);
  return arrival;
}

Arrival JobGenerator::drawn_or_repeated() {
  if (settings_.repeats == 0) return drawn();
  if (!last_ || boost::random::uniform_01<double>()(repeats_) >= settings_.repeats) last_ = drawn();
  return *last_;
}

std::optional<Arrival> JobGenerator::next() {
  if (is_over_ || made_ == settings_.count.value_or(kMostJobs)) return std::nullopt;
  const Time submitted = arrivals_.next();
  if (settings_.until && submitted > *settings_.until) {
    is_over_ = true;
    return std::nullopt;
  }
  Arrival arrival = drawn_or_repeated();
  Job& job = arrival.job;
  job.submitted = submitted;
  if (settings_.deadline) job.deadline = later(submitted, *settings_.deadline);
  job.name.reserve(settings_.prefix.size() + 20);
  fmt::format_to(std::back_inserter(job.name), FMT_STRING("{}{}"), settings_.prefix, made_);
  ++made_;
  return arrival;
}

}  // namespace tandem
