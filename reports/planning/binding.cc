#include "reports/planning/binding.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/human.h"

namespace tandem {
namespace {

/// The service that a figure names or, where it means the worst, the one with the longest queue.
const ServiceResult* service_of(const RunResult& run, const Slo& slo) {
  const ServiceResult* longest = nullptr;
  for (const ServiceResult& service : run.services) {
    if (slo.figure.full_name.starts_with("services." + service.name + ".")) return &service;
    if (longest == nullptr || service.queue_length.mean > longest->queue_length.mean) {
      longest = &service;
    }
  }
  return is_of_worst_service(slo.figure.full_name) ? longest : nullptr;
}

std::string binds_service(const ServiceResult& service) {
  constexpr double kFull = 0.97;
  const double most = service.kv_utilization.max;
  if (service.preemptions > 0 || most >= kFull) {
    return fmt::format("KV memory of {}: {} of its blocks are held at most, {} evictions",
                       service.name, human(most, Unit::kFraction), service.preemptions);
  }
  if (service.queue_length.mean >= 1) {
    return fmt::format("the queue of {}: {} requests wait for a place in a batch, {} run",
                       service.name, human(service.queue_length.mean, Unit::kPlain),
                       human(service.running.mean, Unit::kPlain));
  }
  return fmt::format("the time of steps of {}, with {} requests in a batch", service.name,
                     human(service.running.mean, Unit::kPlain));
}

/// Some gangs always do: they bind if they are a good part of all jobs.
const Finding* stranded_gangs(const RunResult& run) {
  constexpr double kGoodPart = 0.02;
  const auto found = std::ranges::find(run.findings, "stranded-gangs", &Finding::kind);
  if (found == run.findings.end()) return nullptr;
  const bool matter =
      static_cast<double>(found->count) >= kGoodPart * static_cast<double>(run.jobs.submitted);
  return matter ? &*found : nullptr;
}

}  // namespace

std::string what_binds(const RunResult& run, const Slo& slo) {
  if (const ServiceResult* service = service_of(run, slo)) return binds_service(*service);
  if (const Finding* stranded = stranded_gangs(run)) return "gangs' sizes: " + stranded->summary;
  return fmt::format("the queue: {} of the devices are busy, {} jobs wait on average",
                     human(run.utilization.value_or(0), Unit::kFraction),
                     human(run.queue.mean, Unit::kPlain));
}

}  // namespace tandem
