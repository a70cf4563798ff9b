// tandem trace generate: what a scenario's jobs, or a service's requests, come to with a seed, as a
// trace. One at a time: memory does not go with their number.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <map>
#include <utility>

#include "cli/chosen_service.h"
#include "cli/commands.h"
#include "cli/listeners.h"
#include "cli/notes.h"
#include "cli/terminal.h"
#include "cli/trace_output.h"
#include "policies/core/error.h"
#include "workloads/format/document.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// Lets every generator below a value go on for as long as a scenario may say.
void lift_limits(const Value& value, const std::string& path, std::vector<Override>& overrides) {
  const bool is_generator = value.key == "generate" && value.kind == Value::Kind::kMap;
  if (is_generator) {
    const bool is_of_jobs = path.starts_with("workload.jobs");
    overrides.push_back({path + ".count", is_of_jobs ? "100000000" : "4000000000"});
    overrides.push_back({path + ".until", "50 years"});
    return;
  }
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const Value& item = value.items[i];
    const std::string step = value.kind == Value::Kind::kList ? std::to_string(i) : item.key;
    lift_limits(item, path + "." + step, overrides);
  }
}

/// The scenario, without ends of its own where the command line says how much there is to be.
Scenario load(const Arguments& arguments) {
  const fs::path file = arguments.file;
  const std::string text = read_scenario_file(file);
  std::vector<Override> overrides = arguments.overrides;
  if (arguments.traces.count > 0 || arguments.traces.until) {
    // It is well-formed once it has been loaded.
    load_scenario(text, file.string(), file.parent_path(), overrides);
    const Document document = parse_document(text, file.string());
    lift_limits(*document.root.find("workload"), "workload", overrides);
  }
  return load_scenario(text, file.string(), file.parent_path(), overrides);
}

/// How much is wanted of a stream, and how far it is.
class Extent {
 public:
  Extent(const Arguments& arguments, std::uint64_t all)
      : most_(arguments.traces.count > 0 ? arguments.traces.count
                                         : std::numeric_limits<std::uint64_t>::max()),
        until_(arguments.traces.until ? Time{*arguments.traces.until} : kForever),
        all_(all),
        progress_(1, progress_mode(arguments), monotonic_seconds, print_aside) {}
  ~Extent() { progress_.finish(); }
  Extent(const Extent&) = delete;
  Extent& operator=(const Extent&) = delete;

  /// Whether what comes at this time still belongs to it; counts it if so.
  bool takes(Time time) {
    if (count_ == most_ || time > until_) return false;
    constexpr std::uint64_t kSometimes = 65'536;
    if (++count_ % kSometimes == 0) {
      const double of_count = static_cast<double>(count_) / static_cast<double>(all_);
      progress_.update(0, until_ == kForever ? of_count : to_seconds(time) / to_seconds(until_));
    }
    return true;
  }
  std::uint64_t count() const { return count_; }

 private:
  std::uint64_t most_;
  Time until_;
  std::uint64_t all_;
  Progress progress_;
  std::uint64_t count_ = 0;
};

/// How many there will be at most, for progress; drawing them all to count them is not worth it.
template <class Source>
std::uint64_t expected(const Arguments& arguments, const Source& source) {
  if (arguments.traces.count > 0) return arguments.traces.count;
  return arguments.traces.until ? 1 : std::max<std::uint64_t>(1, source.count());
}

/// What a scenario may say of a job and a trace cannot.
struct Loss {
  const char* what;
  bool (*is_there)(const Arrival&);
};
constexpr std::array<Loss, 8> kLosses{{
    {"which jobs they wait for", [](const Arrival& a) { return !a.after.empty(); }},
    {"what they train; the run time is that on the fastest type they accept",
     [](const Arrival& a) { return a.training != nullptr; }},
    {"that they are elastic", [](const Arrival& a) { return a.job.elastic != nullptr; }},
    {"that they may not be stopped", [](const Arrival& a) { return !a.job.preemptible; }},
    {"their deadlines", [](const Arrival& a) { return a.job.deadline != kForever; }},
    {"their inputs and states",
     [](const Arrival& a) { return a.input.count > 0 || a.state.count > 0; }},
    {"their models", [](const Arrival& a) { return a.job.model != ModelId{}; }},
    {"their quality of service and partition",
     [](const Arrival& a) { return a.job.qos_ppm > 0 || a.job.partition_ppm > 0; }},
}};

/// Jobs of a scenario as jobs of a trace.
class Transcriber {
 public:
  explicit Transcriber(const Scenario& scenario) : cluster_(scenario.cluster) {
    for (const Tenant& tenant : scenario.tenants.all()) tenants_.push_back(tenant.name);
  }

  /// Valid until the next call, as are its names.
  const TraceJob& record(const Arrival& arrival) {
    const Job& job = arrival.job;
    constexpr std::int64_t kMostPriority = std::numeric_limits<std::int32_t>::max();
    if (job.priority > kMostPriority || job.priority < -kMostPriority) {
      throw InputError(fmt::format("the priority {} of job {} is too large for a trace",
                                   job.priority, job.name));
    }
    recorded_.name = job.name;
    recorded_.submitted = job.submitted;
    recorded_.run_time = arrival.run_time;
    recorded_.estimate = job.estimate;
    recorded_.tenant = job.tenant.value;
    recorded_.devices = job.demand.devices;
    recorded_.device_share = job.demand.device_share;
    recorded_.one_node = job.demand.one_node;
    recorded_.cpus = {job.demand.cpus_per_rank.count * job.demand.ranks()};
    recorded_.memory = {job.demand.memory_per_rank.count * job.demand.ranks()};
    recorded_.types = types_of(job.demand.types);
    recorded_.priority = job.priority;
    return recorded_;
  }
  TraceNames names() const { return {tenants_, type_sets_}; }

 private:
  /// All types of the cluster are any.
  std::uint32_t types_of(DeviceTypes types) {
    const auto [known, is_new] =
        places_.try_emplace(types, static_cast<std::uint32_t>(type_sets_.size()));
    if (!is_new) return known->second;
    std::vector<std::string> names;
    const auto all = cluster_.types();
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if ((types >> i & 1) != 0) names.push_back(all[i]);
    }
    if (names.size() == all.size()) return known->second = 0;
    type_sets_.push_back(std::move(names));
    return known->second;
  }

  const Cluster& cluster_;
  std::vector<std::string> tenants_;
  std::vector<std::vector<std::string>> type_sets_{{}};
  std::map<DeviceTypes, std::uint32_t> places_;
  TraceJob recorded_;
};

/// What came of it.
struct Generated {
  std::string noun;
  std::uint64_t count = 0;
  std::vector<std::string> notes;
};

/// Whether any job of the extent needs columns for resources: draws all of them, which takes less
/// time than writing them.
bool need_resources(const Scenario& scenario, const Arguments& arguments) {
  Transcriber transcriber(scenario);
  const auto arrivals = scenario.arrivals(arguments.traces.seed);
  Extent extent(arguments, expected(arguments, *arrivals));
  while (const auto arrival = arrivals->next()) {
    if (!extent.takes(arrival->job.submitted)) break;
    if (needs_resource_columns(transcriber.record(*arrival))) return true;
  }
  return false;
}

Generated generate_jobs(const Scenario& scenario, const Arguments& arguments) {
  Transcriber transcriber(scenario);
  const bool has_resources = need_resources(scenario, arguments);
  const auto arrivals = scenario.arrivals(arguments.traces.seed);
  Extent extent(arguments, expected(arguments, *arrivals));
  std::array<std::uint64_t, kLosses.size()> lost{};
  JobTraceFile file(arguments.output, transcriber.names(), has_resources);
  while (const auto arrival = arrivals->next()) {
    if (!extent.takes(arrival->job.submitted)) break;
    file.add(transcriber.record(*arrival));
    for (std::size_t i = 0; i < lost.size(); ++i) lost[i] += kLosses[i].is_there(*arrival) ? 1 : 0;
  }
  if (extent.count() == 0) throw InputError({arguments.file, 0, 0}, "no job comes in that time");
  file.commit();
  Generated generated{"job", extent.count(), {}};
  for (std::size_t i = 0; i < lost.size(); ++i) {
    if (lost[i] == 0) continue;
    generated.notes.push_back(
        fmt::format("left out of {}: {}", counted(lost[i], "job"), kLosses[i].what));
  }
  return generated;
}

Generated generate_requests(const Scenario& scenario, const ServiceSettings& service,
                            const Arguments& arguments) {
  const auto source = service.requests(arguments.traces.seed);
  Extent extent(arguments, expected(arguments, *source));
  RequestTraceFile file(arguments.output);
  RequestArrival next;
  while (source->next(next)) {
    const Request& request = next.request;
    if (!extent.takes(request.arrival)) break;
    WrittenRequest written{{request.arrival, request.prompt_tokens, next.output_tokens}};
    written.tenant = scenario.tenants.at(request.tenant).name;
    written.priority = request.priority;
    written.session = request.session.value;
    if (request.deadline != kForever) written.deadline = request.deadline - request.arrival;
    written.prefix = request.prefix;
    written.prefix_block_tokens = source->prefix_block_tokens();
    file.add(written);
  }
  if (extent.count() == 0) {
    throw InputError({arguments.file, 0, 0}, "no request comes in that time");
  }
  file.commit();
  Generated generated{"request", extent.count(), {}};
  if (const std::string note = prefix_note(file.without_prefix()); !note.empty()) {
    generated.notes.push_back(note);
  }
  return generated;
}

}  // namespace

int run_trace_generate(const Arguments& arguments) {
  const Scenario scenario = load(arguments);
  const bool has_jobs = scenario.arrivals(arguments.traces.seed)->next().has_value();
  const bool is_of_jobs = arguments.service.empty() && has_jobs;
  const Generated generated =
      is_of_jobs ? generate_jobs(scenario, arguments)
                 : generate_requests(
                       scenario, scenario.services[chosen_service(scenario, arguments)], arguments);
  if (arguments.json) {
    print_json({{"schema", "tandem.generate/1"},
                {"file", arguments.output},
                {"kind", generated.noun + "s"},
                {"count", generated.count},
                {"seed", arguments.traces.seed},
                {"notes", generated.notes}});
    return 0;
  }
  print_output(fmt::format("Generated {} into {}.\n", counted(generated.count, generated.noun),
                           arguments.output));
  for (const std::string& note : generated.notes) {
    print_output(wrapped("note: " + note, terminal_width(), 2) + "\n");
  }
  return 0;
}

}  // namespace tandem
