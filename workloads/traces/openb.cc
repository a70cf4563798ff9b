// The Alibaba "openb" GPU cluster: its pods, each on one node, and its nodes. Pods may ask for a
// share of one GPU.

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "workloads/traces/csv.h"
#include "workloads/traces/formats.h"
#include "workloads/traces/names.h"
#include "workloads/traces/twins.h"

namespace tandem {
namespace {

constexpr std::uint32_t kWholeGpu = 1'000;  // In gpu_milli.

MilliCpus milli_cpus(const Field& field) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  return {whole_number(field, 0, kMost, "thousandths of a core, 0 or more")};
}

Bytes mebibytes(const Field& field) {
  constexpr std::int64_t kMebibyte = std::int64_t{1} << 20U;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / kMebibyte;
  return {whole_number(field, 0, kMost, "MiB, 0 or more") * kMebibyte};
}

/// What the pod asks for of each of its GPUs, in thousandths.
std::uint32_t gpu_share(const Field& gpu_milli, std::uint32_t devices) {
  if (devices == 0) return kWholeGpu;
  return static_cast<std::uint32_t>(
      whole_number(gpu_milli, 1, kWholeGpu, "thousandths of a GPU, 1 to 1000"));
}

/// "V100M16|V100M32": any of these.
std::vector<std::string> device_types(const Field& spec) {
  std::vector<std::string> names;
  std::string_view rest = spec.text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    if (!is_name(rest.substr(0, end)) || end + 1 == rest.size()) {
      fail(spec, "names of GPU models with '|' between them");
    }
    names.push_back(lower_case(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return names;
}

/// When a pod came, and from when to when it ran.
class PodTimes {
 public:
  explicit PodTimes(const CsvReader& csv)
      : creation_(csv.column("creation_time")),
        deletion_(csv.column("deletion_time")),
        scheduled_(csv.column("scheduled_time")) {}

  /// Sets the times of `job`. Returns whether the pod was ever scheduled; if not, all of its life
  /// counts as its run time.
  bool read(const CsvReader& csv, TraceJob& job) const {
    const Duration created = seconds(csv.field(creation_));
    const Duration deleted = seconds(csv.field(deletion_));
    const auto scheduled = csv.given(scheduled_);
    const Duration started = scheduled ? seconds(*scheduled) : created;
    if (deleted < started) fail(csv.field(deletion_), "a time not before the pod's start");
    job.submitted = Time{created};
    job.run_time = deleted - started;
    return scheduled.has_value();
  }

 private:
  std::size_t creation_;
  std::size_t deletion_;
  std::size_t scheduled_;
};

}  // namespace

void read_openb(std::string_view text, TraceDraft& draft) {
  CsvReader csv(text, draft.file());
  const std::size_t name = csv.column("name");
  const std::size_t cpu_milli = csv.column("cpu_milli");
  const std::size_t memory_mib = csv.column("memory_mib");
  const std::size_t num_gpu = csv.column("num_gpu");
  const std::size_t gpu_milli = csv.column("gpu_milli");
  const std::size_t gpu_spec = csv.column("gpu_spec");
  const std::size_t qos = csv.column("qos");
  const PodTimes times(csv);

  std::size_t rounded = 0;
  std::size_t never_scheduled = 0;
  while (csv.next()) {
    TraceJob job;
    never_scheduled += times.read(csv, job) ? 0 : 1;
    job.one_node = true;
    job.devices = device_count(csv.field(num_gpu), 0);
    const std::uint32_t share = gpu_share(csv.field(gpu_milli), job.devices);
    if (job.devices == 1) job.device_share = share;
    rounded += job.devices > 1 && share < kWholeGpu ? 1 : 0;
    job.cpus = milli_cpus(csv.field(cpu_milli));
    job.memory = mebibytes(csv.field(memory_mib));
    job.types = draft.types(device_types(csv.field(gpu_spec)));
    job.tenant = draft.tenant(csv.field(qos));
    draft.add_named(std::move(job), std::nullopt, csv.field(name));
  }
  draft.warn(rounded, "rounded the GPU shares of {} with several GPUs up to whole devices");
  draft.warn(never_scheduled, "took creation to deletion as the run time of {} never scheduled");
}

std::vector<TraceNode> read_openb_nodes(std::string_view text, const std::string& file) {
  CsvReader csv(text, file);
  const std::size_t sn = csv.column("sn");
  const std::size_t cpu_milli = csv.column("cpu_milli");
  const std::size_t memory_mib = csv.column("memory_mib");
  const std::size_t gpu = csv.column("gpu");
  const std::size_t model = csv.column("model");

  std::vector<TraceNode> nodes;
  while (csv.next()) {
    TraceNode node;
    node.name = name_text(csv.field(sn));
    node.devices = device_count(csv.field(gpu), 0);
    if (node.devices > 0) node.device_type = lower_case(name_text(csv.field(model)));
    node.cpus = milli_cpus(csv.field(cpu_milli));
    node.memory = mebibytes(csv.field(memory_mib));
    nodes.push_back(std::move(node));
  }
  if (nodes.empty()) throw InputError(Position{file}, "there is no node in the list");
  const auto twins = find_twins(
      nodes.size(), [&nodes](std::size_t place) -> std::string_view { return nodes[place].name; });
  if (twins) {
    throw InputError(Position{file}, fmt::format("sn {} comes twice, as nodes {} and {}",
                                                 shown(nodes[twins->second].name), twins->first + 1,
                                                 twins->second + 1));
  }
  return nodes;
}

}  // namespace tandem
