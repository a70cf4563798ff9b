// A what-if: a cluster, who uses it, what they submit, and the policies to compare.
//
// Scenario is what is left of the YAML file once every check has passed. Nothing behind this
// header meets an unknown name, a unit or a malformed line again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/cluster.h"
#include "policies/core/limit.h"
#include "policies/core/model.h"
#include "policies/core/pipeline.h"
#include "policies/core/tenant.h"
#include "policies/core/units.h"
#include "workloads/arrival.h"
#include "workloads/serving.h"

namespace tandem {

/// How closely gangs that train are held to the wires they share. L0: each has them for itself. L1:
/// they get in the mean what the others leave. L2: the bytes of every iteration are a transfer that
/// shares wires with all others. L3: so are those of every hop of every collective.
enum class Fidelity : std::uint8_t { kL0, kL1, kL2, kL3 };

/// The wires, as far as transfers between storage and nodes need them. Bits per second.
struct NetworkSettings {
  double nic_bits_per_s = 0;  ///< Of one network card; 0: transfers take no time.
  std::uint32_t nics_per_node = 1;
  double oversubscription = 1;    ///< Sum of the nodes' rates over the rate of the core.
  double storage_bits_per_s = 0;  ///< Of the storage node; 0: as fast as the core.
  Fidelity fidelity = Fidelity::kL1;
};

/// A node that is taken down and comes back at times known in advance.
struct Outage {
  NodeId node;
  Time down;
  Time up;
};

/// How often a gang saves itself: after a fixed time, or after the time that loses least by the
/// formula of Young or of Daly, from what saving costs it and how often it fails.
enum class CheckpointRule : std::uint8_t { kFixed, kYoung, kDaly };

struct FailureSettings {
  std::optional<Duration> node_mtbf;  ///< Mean time between failures of a node, exponential.
  Duration repair{};                  ///< From failure to return.
  /// The same of what the nodes of a rack share; it takes down all of them.
  std::optional<Duration> rack_mtbf;
  Duration rack_repair{};
  /// From a failure until anybody notices, and from a return: gangs hang meanwhile.
  Duration detection{};
  CheckpointRule checkpoint_rule = CheckpointRule::kFixed;
  /// Running gangs save themselves each time they have computed for so long; nothing, with a fixed
  /// interval: never, and a gang that loses a node starts from the beginning.
  std::optional<Duration> checkpoint_interval;
  bool has_checkpoints() const {
    return checkpoint_rule != CheckpointRule::kFixed || checkpoint_interval;
  }
  std::vector<Outage> outages;
};

/// What a gang spends around its steps while it holds devices and computes nothing.
struct GangCosts {
  Duration start{};    ///< At every start.
  Duration restart{};  ///< More, at every start but a job's first, besides reading its state.
  Duration stop{};     ///< When it is preempted or resized, besides saving its state.
};

/// What it costs to take devices from a gang and to give it some again.
struct PreemptionSettings {
  /// Whether a gang that is preempted saves its state first; if not, it loses what it has done
  /// since its last checkpoint.
  bool save = true;
  std::vector<GangCosts> costs;  ///< By device type; where there are none, nothing takes time.
  GangCosts on(DeviceTypeId type) const {
    return type.value < costs.size() ? costs[type.value] : GangCosts{};
  }
};

/// A priority that changes, or a job that is withdrawn, at a given time.
struct JobChange {
  Time at;
  std::string job;                       ///< Its name.
  std::optional<std::int64_t> priority;  ///< Nothing: the job is cancelled.
};

/// What the hardware catalogue says of one device type, as far as a run needs it.
struct DevicePower {
  std::optional<double> busy_watts;
  std::optional<double> idle_watts;
};

struct Catalog;
enum class TraceFormat;

/// How far measured training steps have been from ours on a device type: nine of ten took at least
/// `low` times as long, and at most `high` times.
struct StepBand {
  std::string device;
  double low = 1;
  double high = 1;
  std::int64_t runs = 0;  ///< Measured runs behind it; 0: a guess.
  /// All steps of the scenario there were measured themselves: nothing is modelled.
  bool is_measured = false;
};

struct Scenario {
  std::string name;
  std::string hash;  ///< Of the text after overrides and of every file it names; 16 hex digits.
  /// Devices, models and fabrics by name, with the user's own; training jobs point into it.
  std::shared_ptr<const Catalog> catalog;
  Cluster cluster;
  std::vector<DevicePower> power;  ///< By device type.
  /// Price of one device for one hour, by device type; nothing where none was given.
  std::vector<std::optional<double>> price_per_device_hour;
  std::vector<bool> is_spot;   ///< By device type: paid for only while it is held.
  double facility_factor = 1;  ///< Power of the facility over that of its devices (PUE).
  std::optional<double> carbon_g_per_kwh;
  Tenants tenants;
  NetworkSettings network;
  FailureSettings failures;
  PreemptionSettings preemption;
  Models models;
  std::vector<StepBand> step_bands;  ///< Of the device types that training jobs may run on.
  std::vector<Limit> limits;
  std::vector<Pipeline> pipelines;           ///< By PipelineId.
  std::vector<std::size_t> pipeline_places;  ///< By PipelineId: its place in workload.jobs.
  std::vector<JobChange> changes;            ///< Ordered by time.
  std::vector<ServiceSettings> services;     ///< By ServiceId.
  Duration scheduling_interval{};
  std::vector<std::string> policies;  ///< Canonical texts, as policies/registry.h reads them.
  double rate = 1;                    ///< How much more often things come: workload.rate.
  bool random = false;                ///< Whether the seed makes any difference.
  std::vector<std::string> warnings;  ///< What was rounded, dropped or assumed, with counts.

  /// The same jobs for the same seed, always.
  std::function<std::unique_ptr<ArrivalSource>(std::uint64_t seed)> arrivals;
};

/// "path.to.value=text", from the command line.
struct Override {
  std::string path;
  std::string value;
  std::string source = {};  ///< Names it in messages; empty: "--set PATH".
  /// Whether it leaves the workload as it is: a `load` in the scenario is then a share of the
  /// devices that there are without it. So a plan tries clusters under one and the same workload.
  bool keeps_load = false;
};

/// Reads a scenario. `file` names the text in messages; files named inside are looked for relative
/// to `folder`. Throws InputError with the position of whatever is wrong.
Scenario load_scenario(std::string_view text, const std::string& file,
                       const std::filesystem::path& folder, const std::vector<Override>& overrides);

/// Its cluster alone, with prices and power, for whoever compares many: nothing is read of the
/// workload. Throws as load_scenario does.
Scenario load_cluster(std::string_view text, const std::string& file,
                      const std::filesystem::path& folder, const std::vector<Override>& overrides);

/// The text of a scenario file. Throws InputError for what is no file of at most 16 MiB.
std::string read_scenario_file(const std::filesystem::path& path);

/// The name of a scenario that is made from a trace: the file's, without what no name may have.
std::string scenario_name(const std::filesystem::path& trace);

/// The scenario text that a bare trace stands for (`simulate --trace FILE --devices N`): one pool
/// of `devices` devices, or as many as the trace states for 0. The format is told by the file's
/// name and first lines, unless it is given. The trace's path is kept as it is: load with an empty
/// folder.
std::string scenario_of_trace(const std::filesystem::path& trace, std::uint32_t devices,
                              std::optional<TraceFormat> known_format = {});

/// The JSON Schema of scenario files, and the commented example that `tandem init` writes.
std::string scenario_schema();
std::string_view example_scenario();

}  // namespace tandem
