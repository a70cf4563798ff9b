// Sizes are few and run times depend on them: jobs are fitted size by size, rare sizes together.
#include "workloads/fitting/job_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <utility>

#include "policies/core/error.h"
#include "workloads/fitting/amount_fit.h"
#include "workloads/fitting/arrival_fit.h"
#include "workloads/fitting/kolmogorov_smirnov.h"
#include "workloads/fitting/scenario_words.h"
#include "workloads/format/document.h"
#include "workloads/generators/estimate.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

constexpr double kShortestRun = 1e-3;  // Seconds; a trace that counts seconds may say 0.

/// The trace's tenants by how many jobs they have, most first; then by their place.
std::vector<std::pair<std::uint32_t, std::uint64_t>> ranked_tenants(const Trace& trace) {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> ranked(trace.tenants.size());
  for (std::uint32_t i = 0; i < ranked.size(); ++i) ranked[i].first = i;
  for (const TraceJob& job : trace.jobs) ++ranked[job.tenant].second;
  std::ranges::stable_sort(ranked, std::greater<>(), [](const auto& one) { return one.second; });
  return ranked;
}

std::string tenant_name(const Trace& trace, std::uint32_t tenant) {
  return trace.tenants[tenant].empty() ? "default" : trace.tenants[tenant];
}

/// Jobs whose run times are fitted together.
struct SizeClass {
  std::uint32_t device_share = kWholeDevice;
  std::map<std::uint32_t, std::uint64_t> devices;  ///< By size: how many jobs.
  std::vector<double> run_time_s;
};

/// Sizes of at least so many jobs are classes of their own; the others are put together with those
/// up to twice as large, shares of a device with those up to a tenth more.
constexpr std::uint64_t kOwnClass = 500;

std::vector<SizeClass> size_classes(const Trace& trace) {
  using Size = std::pair<std::uint32_t, std::uint32_t>;  // Share, devices.
  std::map<Size, std::uint64_t> counts;
  for (const TraceJob& job : trace.jobs) ++counts[{job.device_share, job.devices}];
  const auto class_of = [&](const Size& size) {
    if (counts.at(size) >= kOwnClass) return std::pair(size, true);
    const auto [share, devices] = size;
    const std::uint32_t tenths = (share + 99) / 100 * 100;
    return std::pair(Size{tenths, std::bit_floor(devices)}, false);
  };
  std::map<std::pair<Size, bool>, SizeClass> classes;
  for (const TraceJob& job : trace.jobs) {
    const auto key = class_of({job.device_share, job.devices});
    SizeClass& jobs = classes[key];
    jobs.device_share = key.first.first;
    ++jobs.devices[job.devices];
    jobs.run_time_s.push_back(to_seconds(job.run_time));
  }
  std::vector<SizeClass> list;
  for (auto& [key, jobs] : classes) list.push_back(std::move(jobs));
  return list;
}

std::string devices_words(const SizeClass& jobs) {
  if (jobs.devices.size() == 1) return fmt::format("{}", jobs.devices.begin()->first);
  std::vector<std::pair<std::string, std::uint64_t>> weights;
  for (const auto& [devices, count] : jobs.devices) {
    weights.emplace_back(std::to_string(devices), count);
  }
  return weight_words(weights);
}

std::string class_words(const SizeClass& jobs) {
  const std::string share =
      jobs.device_share == kWholeDevice
          ? ""
          : fmt::format(" share: {},", number_words(jobs.device_share / double{kWholeDevice}));
  return fmt::format("{{ weight: {}, devices: {},{} duration: {} }}", jobs.run_time_s.size(),
                     devices_words(jobs), share,
                     amount_words(fit_amounts(jobs.run_time_s, kShortestRun), " s"));
}

std::string tenant_words(const Trace& trace) {
  std::vector<std::pair<std::string, std::uint64_t>> weights;
  for (const auto& [tenant, count] : ranked_tenants(trace)) {
    if (count > 0) weights.emplace_back(single_quoted(tenant_name(trace, tenant)), count);
  }
  return weight_words(weights);
}

/// Empty if all are 0.
std::string priority_words(const Trace& trace) {
  std::map<std::int64_t, std::uint64_t> counts;
  for (const TraceJob& job : trace.jobs) ++counts[job.priority];
  if (counts.size() == 1 && counts.contains(0)) return {};
  std::vector<std::pair<std::string, std::uint64_t>> weights;
  for (const auto& [priority, count] : counts) {
    weights.emplace_back(std::to_string(priority), count);
  }
  return weight_words(weights);
}

/// How far a rule's estimates of the trace's run times are from the trace's.
double estimate_distance(const Trace& trace, const JobSamples& samples, const EstimateRule& rule) {
  Stream stream = make_stream(1, 0, Purpose::kEstimate);
  std::vector<double> drawn;
  drawn.reserve(trace.jobs.size());
  for (const TraceJob& job : trace.jobs) {
    drawn.push_back(to_seconds(std::max(job.run_time, estimate_of(job.run_time, rule, stream))));
  }
  return ks_distance(samples.estimate_s, std::move(drawn));
}

std::string estimate_words(const Trace& trace, const JobSamples& samples) {
  std::vector<double> factors;
  for (const TraceJob& job : trace.jobs) {
    const double run_time = std::max(kShortestRun, to_seconds(job.run_time));
    factors.push_back(std::clamp(to_seconds(job.estimate) / run_time, 1.0, 1e6));
  }
  double mu = 0;
  for (double& factor : factors) mu += (factor = std::log(factor));
  mu /= static_cast<double>(factors.size());
  double variance = 0;
  for (const double factor : factors) variance += (factor - mu) * (factor - mu);
  const LogNormal shape{mu, std::sqrt(variance / static_cast<double>(factors.size()))};
  const double rounded = estimate_distance(trace, samples, RoundEstimate{});
  const double factored = estimate_distance(trace, samples, FactorEstimate{Distribution(shape)});
  return rounded <= factored ? "round" : fmt::format("{{ factor: {} }}", amount_words(shape, ""));
}

void append_key(std::string& text, std::string_view key, const std::string& words) {
  if (words.empty()) return;
  text += wrapped_yaml(fmt::format("        {}: {}", key, words), 10) + "\n";
}

std::vector<std::string> notes_of(const Trace& trace) {
  const auto count = [&](auto says) {
    return static_cast<std::size_t>(std::ranges::count_if(trace.jobs, says));
  };
  std::vector<std::string> notes;
  const auto note = [&](std::size_t jobs, const char* what) {
    if (jobs > 0) notes.push_back(fmt::format("not fitted: {} of {}", what, counted(jobs, "job")));
  };
  note(count([](const TraceJob& job) { return job.cpus.count > 0; }), "processor cores");
  note(count([](const TraceJob& job) { return job.memory.count > 0; }), "memory");
  note(count([](const TraceJob& job) { return job.types > 0; }), "device types");
  note(count([](const TraceJob& job) { return job.one_node; }), "being on one node");
  return notes;
}

/// Ranks from 1; equal values have their mean.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(values[i], i); });
  std::vector<double> ranks(values.size());
  for (std::size_t start = 0; start < order.size();) {
    std::size_t end = start;
    while (end < order.size() && values[order[end]] == values[order[start]]) ++end;
    for (std::size_t i = start; i < end; ++i) {
      ranks[order[i]] = static_cast<double>(start + end + 1) / 2;
    }
    start = end;
  }
  return ranks;
}

}  // namespace

JobSamples samples_of(const Trace& trace) {
  std::vector<double> place(trace.tenants.size());
  double next = 1;
  for (const auto& [tenant, count] : ranked_tenants(trace)) place[tenant] = next++;
  JobSamples samples;
  for (const TraceJob& job : trace.jobs) {
    samples.submitted.push_back(job.submitted);
    samples.devices.push_back(job.devices * (job.device_share / double{kWholeDevice}));
    samples.run_time_s.push_back(to_seconds(job.run_time));
    samples.estimate_s.push_back(to_seconds(std::max(job.run_time, job.estimate)));
    samples.tenant.push_back(place[job.tenant]);
  }
  return samples;
}

JobSamples samples_of(ArrivalSource& arrivals, const std::vector<std::string>& tenants,
                      const Trace& trace) {
  std::unordered_map<std::string, double> place;
  double next = 1;
  for (const auto& [tenant, count] : ranked_tenants(trace)) {
    place.emplace(tenant_name(trace, tenant), next++);
  }
  JobSamples samples;
  while (const auto arrival = arrivals.next()) {
    const Job& job = arrival->job;
    const auto known = place.find(tenants[job.tenant.value]);
    samples.submitted.push_back(job.submitted);
    samples.devices.push_back(job.demand.devices *
                              (job.demand.device_share / double{kWholeDevice}));
    samples.run_time_s.push_back(to_seconds(arrival->run_time));
    samples.estimate_s.push_back(to_seconds(job.estimate));
    samples.tenant.push_back(known != place.end() ? known->second : next);
  }
  return samples;
}

bool has_estimates(const Trace& trace) { return 2 * trace.without_estimate < trace.jobs.size(); }

std::uint32_t devices_for(const Trace& trace, double load) {
  double asked = 0;
  std::uint32_t widest = 1;
  for (const TraceJob& job : trace.jobs) {
    asked += to_seconds(job.run_time) * job.devices * job.device_share / kWholeDevice;
    widest = std::max(widest, job.devices);
  }
  const double span = to_seconds(trace.jobs.back().submitted - trace.jobs.front().submitted);
  if (span <= 0) throw InputError("everything came at once: there is no load");
  constexpr double kMostDevices = 1 << 24;
  const double fewest = std::min(kMostDevices, std::ceil(asked / span / load));
  return std::max(widest, static_cast<std::uint32_t>(fewest));
}

double neighbour_correlation(const std::vector<double>& values) {
  if (values.size() < 3) return 0;
  const std::vector<double> ranks = ranks_of(values);
  const double mean = static_cast<double>(ranks.size() + 1) / 2;
  double products = 0;
  double squares = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    squares += (ranks[i] - mean) * (ranks[i] - mean);
    if (i > 0) products += (ranks[i] - mean) * (ranks[i - 1] - mean);
  }
  return squares > 0 ? products / squares : 0;
}

JobFit fit_jobs(const Trace& trace, const std::string& name, std::uint32_t devices) {
  const JobSamples samples = samples_of(trace);
  std::string text = fmt::format(
      "# Jobs like those of a trace, fitted by `tandem trace fit`. More of them: another count;\n"
      "# twice as often: rate: x2 below workload; elsewhere: another cluster.\n"
      "tandem: 1\n"
      "name: {}\n"
      "cluster:\n"
      "  nodes:\n"
      "    - {{ name: pool, devices: {{ type: any, count: {} }} }}\n"
      "workload:\n"
      "  jobs:\n"
      "    - generate:\n"
      "        name: job\n"
      "        count: {}\n",
      single_quoted(name), devices, trace.jobs.size());
  append_key(text, "arrival", arrival_words(fit_arrivals(samples.submitted)));
  constexpr double kFaint = 0.01;  // Not worth a key.
  const double repeats = neighbour_correlation(samples.run_time_s);
  if (repeats >= kFaint) append_key(text, "repeats", number_words(std::min(repeats, 0.99)));
  text += "        classes:\n";
  for (const SizeClass& jobs : size_classes(trace)) {
    text += wrapped_yaml("          - " + class_words(jobs), 14) + "\n";
  }
  append_key(text, "tenants", tenant_words(trace));
  append_key(text, "priority", priority_words(trace));
  if (has_estimates(trace)) append_key(text, "estimate", estimate_words(trace, samples));
  return {text + "policies: [fifo]\n", notes_of(trace)};
}

}  // namespace tandem
