// What the steps that turn a checked document into a Scenario share. Private to this folder.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "workloads/format/check.h"
#include "workloads/format/document.h"
#include "workloads/format/problems.h"
#include "workloads/overrun.h"
#include "workloads/requests/request_plan.h"
#include "workloads/scenario.h"
#include "workloads/scenario/job_graph.h"
#include "workloads/scenario/job_sources.h"
#include "workloads/scenario/tenant_directory.h"

namespace tandem {

/// Who submits jobs that name no tenant.
inline constexpr std::string_view kDefaultTenant = "default";

/// A part of the cluster with a standing of its own.
struct Partition {
  DeviceTypes types = kAnyType;
  std::uint32_t priority_ppm = 0;
};

/// A scenario in the making. Each step reads its part of the document, which has the right form,
/// and adds a problem for what the form cannot say.
struct ScenarioBuild {
  ScenarioBuild(const Document& read, std::filesystem::path base)
      : document(read), folder(std::move(base)) {}

  const Document& document;
  std::filesystem::path folder;
  Scenario scenario;
  Problems problems;
  TenantDirectory tenants{scenario.tenants};
  /// By group name, for prices and power: the group's device type, if it has devices.
  std::unordered_map<std::string, std::optional<DeviceTypeId>> groups;
  std::unordered_map<std::string, NodeId> nodes;  ///< By name.
  std::vector<std::filesystem::path> files;       ///< Everything read so far, in order.
  std::map<std::string, std::uint32_t> qos_ppm;
  std::map<std::string, Partition> partitions;
  std::map<std::string, const Value*> trains;  ///< `train` entries, by name.
  std::optional<Overrun> overrun;  ///< Nothing: raised, but not for jobs that are written out.
  const Cluster* load_cluster = nullptr;  ///< Whose devices a `load` is a share of; null: its own.
  double rate = 1;   ///< How much more often things come that are drawn or recorded.
  double shake = 0;  ///< By how many mean gaps of their trace recorded arrivals may move.
  JobSources sources;

  void fail(const Value& value, const std::string& message) {
    problems.add(document.position(value), message);
  }
  /// The path that a value names, from the scenario's folder; what is there does not matter. It is
  /// an error if it is empty.
  std::optional<std::filesystem::path> path_named(const Value& value);
  /// The file that a value names. It is an error if it cannot be read.
  std::optional<std::filesystem::path> file_named(const Value& value);
  /// Runs `step`; an InputError it throws is a problem with its own position.
  template <class Step>
  void attempt(Step step) {
    try {
      step();
    } catch (const InputError& error) {
      problems.add({}, error.what());
    }
  }
  /// The same for a step whose InputErrors have no position: they are about `value`.
  template <class Step>
  void attempt(const Value& value, Step step) {
    try {
      step();
    } catch (const InputError& error) {
      fail(value, error.what());
    }
  }
};

void build_catalog(ScenarioBuild& build);
void build_cluster(ScenarioBuild& build);
void build_network(ScenarioBuild& build);
void build_failures(ScenarioBuild& build);
void build_preemption(ScenarioBuild& build);
void build_partitions(ScenarioBuild& build);
void build_models(ScenarioBuild& build);
void build_qos(ScenarioBuild& build);
void build_jobs(ScenarioBuild& build);
void build_services(ScenarioBuild& build);
void build_limits(ScenarioBuild& build);
void build_changes(ScenarioBuild& build);
void build_policies(ScenarioBuild& build);

/// One entry of `workload.jobs`, the `index`-th.
void build_generator(const Value& value, std::size_t index, ScenarioBuild& build);
void build_trace(const Value& value, std::size_t index, bool is_only_one, ScenarioBuild& build);

// What is drawn for each job or request of a `generate` entry. Keys that are absent give one value,
// always the same.

WeightedChoice<TenantId> drawn_tenants(const Value& generate, ScenarioBuild& build);
WeightedChoice<std::int64_t> drawn_priority(const Value& generate, ScenarioBuild& build);
/// Of rate 0 if 'arrival' states none.
ArrivalShape arrival_shape_of(const Value& arrival, ScenarioBuild& build);
/// Of a map from names or numbers to weights; adds a problem and returns nothing if all are 0.
std::optional<std::vector<double>> weights_of(const Value& map, ScenarioBuild& build);
/// The key of an entry of such a map, as a number.
std::int64_t key_number(const Value& item);
/// Durations in seconds, and whole numbers that are yet to be rounded.
Distribution drawn_durations(const Value& value, Duration max, ScenarioBuild& build);
Distribution drawn_counts(const Value& value, ScenarioBuild& build);
/// A map from probabilities to amounts, each of which `amount` reads.
Quantiles quantiles_of(const Value& value, double (*amount)(const Value&), ScenarioBuild& build);

/// The rule behind the `estimate` of a `generate` entry.
EstimateRule estimate_rule_of(const Value& value, ScenarioBuild& build);

/// Appends the job of a `job`, `train` or `evaluate` entry, the `index`-th, or all those of a
/// `pipeline` entry.
void read_job(const Value& value, std::size_t index, ScenarioBuild& build,
              std::vector<WrittenJob>& jobs);
void read_pipeline(const Value& value, std::size_t index, ScenarioBuild& build,
                   std::vector<WrittenJob>& jobs);

/// What a service brings to its requests.
struct RequestSetting {
  std::uint32_t service = 0;            ///< Its place among the services; selects random streams.
  std::optional<std::int64_t> context;  ///< Most tokens of prompt and answer; nothing: no limit.
};
/// The `requests` of a service, which have the form of requests_spec(). Problems are added to the
/// build, files are found and remembered by it; warnings are in the plan.
RequestPlan read_requests(const Value& value, const RequestSetting& setting, ScenarioBuild& build);

/// What all jobs of an entry have in common, whatever their number of devices and their times.
Arrival common_of(const Value& value, ScenarioBuild& build);
/// `common` with the devices, the run time, the training and the recipe of a layout: of a `train`
/// or `evaluate` entry, or of one that is drawn and states no number of steps. `label` names the
/// job in messages.
Arrival training_of(const Value& value, const std::string& label, Arrival common,
                    ScenarioBuild& build);
/// A file that another process, which may stand in another folder, is to read. Whether it is there
/// does not matter yet.
std::filesystem::path absolute_path_named(const Value& value, ScenarioBuild& build);

/// Of the key `deployment` of a service, which may be absent. Adds a problem for what is missing.
Deployment deployment_of(const Value* value, ScenarioBuild& build);

/// What the workload's recipe and then each of `own` say, key by key; null if none of them is
/// there. Adds a problem for what is no recipe.
std::shared_ptr<const Recipe> recipe_of(std::span<const Value* const> own, ScenarioBuild& build);
/// What an `evaluate` entry looks at; with `of`, a training job of the same model.
std::shared_ptr<const Evaluation> evaluation_of(const Value& value, ScenarioBuild& build);
/// Notes what to expect of the run times of training jobs.
void tell_step_bands(Scenario& scenario);
/// Adds a problem if jobs of one of these sizes cannot share a device or be elastic as they should.
void check_sizes(const Value& value, const Arrival& common, std::span<const std::uint32_t> sizes,
                 ScenarioBuild& build);
/// How long after its submission a job should be done.
std::optional<Duration> deadline_of(const Value& value);
/// Adds a problem and returns nothing if there is no such model.
std::optional<ModelId> model_named(const std::string& name, const Position& where,
                                   ScenarioBuild& build);
/// The types of the cluster that a job naming these types accepts; no names: all. A type of the
/// catalogue that is not in the cluster is passed over. Throws InputError, without a position, for
/// a name that is unknown everywhere.
DeviceTypes types_named(const std::vector<std::string>& names, const ScenarioBuild& build);
/// All devices that a demand accepts of the cluster that loads are about.
double devices_accepted(DeviceTypes types, const ScenarioBuild& build);

/// 16 hexadecimal digits for the tree, the bytes of the files and `more`.
std::string hash_of(const Document& document, const std::vector<std::filesystem::path>& files,
                    std::string_view more);

}  // namespace tandem
