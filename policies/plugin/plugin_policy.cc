#include "policies/plugin/plugin_policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "policies/core/allocation.h"
#include "policies/core/error.h"
#include "policies/core/plan.h"
#include "policies/placement/packed.h"

namespace tandem {
namespace {

std::uint32_t or_none(std::optional<std::uint32_t> number) { return number.value_or(TANDEM_NONE); }

TandemJob described(const Job& job) {
  TandemJob c{};
  c.name = job.name.c_str();
  c.id = job.id.value;
  c.tenant = job.tenant.value;
  c.model = job.model.value;
  c.devices = job.demand.devices;
  c.least_devices = job.least_devices();
  c.most_devices = job.most_devices();
  if (job.elastic && !job.elastic->sizes.empty()) {
    c.sizes = job.elastic->sizes.data();
    c.size_count = static_cast<std::uint32_t>(job.elastic->sizes.size());
  }
  c.device_share = job.demand.device_share;
  c.one_node = job.demand.one_node ? 1 : 0;
  c.preemptible = job.preemptible ? 1 : 0;
  c.types = job.demand.types;
  c.milli_cpus_per_rank = job.demand.cpus_per_rank.count;
  c.memory_bytes_per_rank = job.demand.memory_per_rank.count;
  c.priority = job.priority;
  c.submitted = job.submitted.time_since_epoch().count();
  c.estimate = job.estimate.count();
  c.deadline = job.deadline.time_since_epoch().count();
  c.critical_path = job.critical_path.count();
  return c;
}

struct Translation {
  TandemEvent operator()(const Submitted& e) const {
    return made(TANDEM_SUBMITTED, e.job.id.value);
  }
  TandemEvent operator()(const Started& e) const { return made(TANDEM_STARTED, e.job.value); }
  TandemEvent operator()(const Progressed& e) const {
    return made(TANDEM_PROGRESSED, e.job.value, e.work.count());
  }
  TandemEvent operator()(const Finished& e) const { return made(TANDEM_FINISHED, e.job.value); }
  TandemEvent operator()(const Failed& e) const { return made(TANDEM_FAILED, e.job.value); }
  TandemEvent operator()(const Resized& e) const { return made(TANDEM_RESIZED, e.job.value); }
  TandemEvent operator()(const Stopped& e) const {
    return made(TANDEM_STOPPED, e.job.value, e.lost.count());
  }
  TandemEvent operator()(const Cancelled& e) const { return made(TANDEM_CANCELLED, e.job.value); }
  TandemEvent operator()(const PriorityChanged& e) const {
    return made(TANDEM_PRIORITY_CHANGED, e.job.value, e.priority);
  }
  TandemEvent operator()(const NodeDown& e) const { return made(TANDEM_NODE_DOWN, e.node.value); }
  TandemEvent operator()(const NodeUp& e) const { return made(TANDEM_NODE_UP, e.node.value); }

  static TandemEvent made(TandemEventKind kind, std::uint32_t id, std::int64_t value = 0) {
    return {kind, id, nullptr, value, 0};
  }
};

}  // namespace

/// One call of schedule(), behind the functions of a TandemPlan. Exceptions must not cross the
/// library's frames: the first is kept, and nothing is done after it.
class PluginPolicy::Draft {
 public:
  Draft(PluginPolicy& policy, const ClusterView& view, Plan& plan)
      : policy_(policy), view_(view), plan_(plan) {}

  TandemPlan functions() {
    return {this,     free_devices, free_on_node, fits,   start,
            start_on, resize,       preempt,      reject, wake_at};
  }
  void rethrow() const {
    if (broken_) std::rethrow_exception(broken_);
  }

 private:
  template <class Do>
  int attempt(Do act) noexcept {
    if (broken_) return 0;
    try {
      return act() ? 1 : 0;
    } catch (...) {
      broken_ = std::current_exception();
      return 0;
    }
  }
  static Draft& of(void* draft) { return *static_cast<Draft*>(draft); }

  Known& known(std::uint32_t job) const {
    Known* known = policy_.jobs_.find(JobId{job});
    if (known == nullptr) {
      throw RuleBroken("known-job", fmt::format("there is no job {}", job));
    }
    return *known;
  }
  Allocation allocation(const std::uint32_t* devices, std::uint32_t count) const {
    std::vector<DeviceId> ids;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (devices[i] >= view_.cluster.device_count()) {
        throw RuleBroken("gang-whole", fmt::format("there is no device {}", devices[i]));
      }
      ids.push_back({devices[i]});
    }
    return allocation_of(std::move(ids), view_.cluster);
  }
  static std::string text(const char* reason) {
    std::string text = reason != nullptr ? reason : "";
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text.empty() ? "no reason given" : text;
  }
  bool begin(std::uint32_t id, const Allocation& allocation, const char* reason) {
    Known& job = known(id);
    plan_.start(job.job, allocation, text(reason));
    job.allocation = allocation;
    policy_.held_.take(job.job.tenant, job.thousandths());
    return true;
  }

  static std::uint32_t free_devices(void* draft, std::uint32_t type) {
    const Draft& self = of(draft);
    const bool exists = type < self.view_.cluster.types().size();
    return exists ? self.plan_.free().count(DeviceTypeId{type}) : 0;
  }
  static std::uint32_t free_on_node(void* draft, std::uint32_t node) {
    const Draft& self = of(draft);
    const bool exists = node < self.view_.cluster.nodes().size();
    const bool usable = exists && self.plan_.free().is_up(NodeId{node});
    return usable ? self.plan_.free().room(NodeId{node}).devices : 0;
  }
  static int fits(void* draft, std::uint32_t job) {
    Draft& self = of(draft);
    return self.attempt([&] { return self.plan_.free().fits(self.known(job).job.demand); });
  }
  static int start(void* draft, std::uint32_t job, const char* reason) {
    Draft& self = of(draft);
    return self.attempt([&] {
      const Job& known = self.known(job).job;
      for (std::optional size = known.demand.devices; size; size = known.size_below(*size)) {
        const Demand demand = known.demand_on(*size);
        const auto place = Packed().place(demand, self.plan_.free());
        if (place && self.policy_.held_.admits(known.tenant, demand.device_thousandths())) {
          return self.begin(job, *place, reason);
        }
      }
      return false;
    });
  }
  static int start_on(void* draft, std::uint32_t job, const std::uint32_t* devices,
                      std::uint32_t count, const char* reason) {
    Draft& self = of(draft);
    return self.attempt([&] { return self.begin(job, self.allocation(devices, count), reason); });
  }
  static int resize(void* draft, std::uint32_t id, const std::uint32_t* devices,
                    std::uint32_t count, const char* reason) {
    Draft& self = of(draft);
    return self.attempt([&] {
      Known& job = self.known(id);
      Allocation next = self.allocation(devices, count);
      self.plan_.resize(job.job, job.allocation, next, text(reason));
      self.policy_.let_go(job);
      job.allocation = std::move(next);
      self.policy_.held_.take(job.job.tenant, job.thousandths());
      return true;
    });
  }
  static int preempt(void* draft, std::uint32_t job, const char* reason) {
    Draft& self = of(draft);
    return self.attempt([&] {
      self.plan_.preempt(self.known(job).job.id, text(reason));
      return true;
    });
  }
  static int reject(void* draft, std::uint32_t job, const char* reason) {
    Draft& self = of(draft);
    return self.attempt([&] {
      self.plan_.reject(self.known(job).job.id, text(reason));
      self.policy_.jobs_.erase(JobId{job});
      return true;
    });
  }
  static int wake_at(void* draft, std::int64_t time) {
    Draft& self = of(draft);
    return self.attempt([&] {
      self.plan_.wake_at(Time{Duration{time}});
      return true;
    });
  }

  PluginPolicy& policy_;
  const ClusterView& view_;
  Plan& plan_;
  std::exception_ptr broken_;
};

PluginPolicy::PluginPolicy(const TandemPolicy& description, const Surroundings& surroundings,
                           const std::vector<std::string>& values)
    : description_(description), held_(surroundings.tenants) {
  describe(surroundings);
  std::vector<const char*> texts;
  for (const std::string& value : values) texts.push_back(value.c_str());
  guarded("create", [&] { policy_ = description_.create(&described_.all, texts.data()); });
  if (policy_ == nullptr) {
    throw InputError(fmt::format("policy '{}' refuses its parameters: {}", description_.name,
                                 fmt::join(values, ", ")));
  }
}

PluginPolicy::~PluginPolicy() {
  if (policy_ != nullptr) description_.destroy(policy_);
}

void PluginPolicy::describe(const Surroundings& surroundings) {
  const auto& [cluster, tenants, models] = surroundings;
  for (const std::string& type : cluster.types()) described_.types.push_back(type.c_str());
  for (const Node& node : cluster.nodes()) {
    described_.nodes.push_back({node.name.c_str(), node.type.value, node.first_device.value,
                                node.device_count, node.rack, node.pod, node.cpus.count,
                                node.memory.count});
  }
  for (const Tenant& tenant : tenants.all()) {
    described_.tenants.push_back(
        {tenant.name.c_str(), tenant.parent ? tenant.parent->value : TANDEM_NONE,
         or_none(tenant.quota), or_none(tenant.guaranteed), tenant.shares});
  }
  for (const Model& model : models.all()) {
    auto& speeds = described_.speeds.emplace_back();
    for (std::uint32_t type = 0; type < cluster.types().size(); ++type) {
      speeds.push_back(models.speed_ppm(model.id, DeviceTypeId{type}));
    }
  }
  for (const Model& model : models.all()) {
    described_.models.push_back({model.name.c_str(), described_.speeds[model.id.value].data()});
  }
  described_.all = {described_.types.data(),
                    described_.nodes.data(),
                    described_.tenants.data(),
                    described_.models.data(),
                    static_cast<std::uint32_t>(described_.types.size()),
                    static_cast<std::uint32_t>(described_.nodes.size()),
                    static_cast<std::uint32_t>(described_.tenants.size()),
                    static_cast<std::uint32_t>(described_.models.size())};
}

template <class Call>
void PluginPolicy::guarded(const char* what, Call call) {
  std::string thrown;
  try {
    return call();
  } catch (const std::exception& error) {
    thrown = error.what();
  } catch (...) {
    thrown = "something that is no std::exception";
  }
  throw RuleBroken("plugin-must-not-throw",
                   fmt::format("{}() of policy '{}' threw: {}", what, description_.name, thrown));
}

void PluginPolicy::let_go(Known& known) {
  held_.give_back(known.job.tenant, known.thousandths());
  known.allocation = {};
}

void PluginPolicy::observe(const Event& event, Time now) {
  TandemEvent translated = std::visit(Translation{}, event);
  translated.now = now.time_since_epoch().count();
  TandemJob job{};
  if (const auto* submitted = std::get_if<Submitted>(&event)) {
    Known& known = jobs_.emplace(submitted->job.id);
    known.job = submitted->job;
    job = described(known.job);
    translated.job = &job;
  }
  guarded("observe", [&] { description_.observe(policy_, &translated); });
  const bool ended = std::holds_alternative<Finished>(event) ||
                     std::holds_alternative<Failed>(event) ||
                     std::holds_alternative<Cancelled>(event);
  if (!ended && !std::holds_alternative<Stopped>(event)) return;
  let_go(jobs_.at(JobId{translated.id}));
  if (ended) jobs_.erase(JobId{translated.id});
}

void PluginPolicy::schedule(const ClusterView& view, Plan& plan) {
  Draft draft(*this, view, plan);
  const TandemPlan functions = draft.functions();
  guarded("schedule",
          [&] { description_.schedule(policy_, view.now.time_since_epoch().count(), &functions); });
  draft.rethrow();
}

Part<Policy> plugin_part(const TandemPolicy& description, const std::string& file) {
  if (description.abi != TANDEM_POLICY_ABI) {
    throw InputError(
        fmt::format("{}: made for version {} of the policy interface, this program has "
                    "version {}: compile it again with policies/plugin/tandem_policy.h",
                    file, description.abi, TANDEM_POLICY_ABI));
  }
  const bool whole = description.name != nullptr && description.summary != nullptr &&
                     description.create != nullptr && description.destroy != nullptr &&
                     description.observe != nullptr && description.schedule != nullptr &&
                     (description.parameters != nullptr || description.parameter_count == 0);
  if (!whole) {
    throw InputError(
        fmt::format("{}: its TandemPolicy has null pointers where a name, a summary or "
                    "a function must be",
                    file));
  }
  const auto text = [](const char* part) { return std::string(part != nullptr ? part : ""); };
  PartInfo info{.name = text(description.name),
                .kind = PartKind::kPolicy,
                .summary = text(description.summary),
                .source = description.source != nullptr ? description.source : file,
                .use = text(description.use),
                .cost = text(description.cost)};
  for (std::uint32_t i = 0; i < description.parameter_count; ++i) {
    const TandemParameter& parameter = description.parameters[i];
    info.parameters.push_back(
        {text(parameter.name), text(parameter.default_value), text(parameter.meaning)});
  }
  const auto make = [&description, parameters = info.parameters](
                        const Settings& settings,
                        const Surroundings& around) -> std::unique_ptr<Policy> {
    std::vector<std::string> values;
    for (const ParameterInfo& parameter : parameters) {
      values.push_back(settings.text(parameter.name));
    }
    return std::make_unique<PluginPolicy>(description, around, values);
  };
  return {std::move(info), make};
}

}  // namespace tandem
