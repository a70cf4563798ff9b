// A training job or an evaluation as what it is: a model, laid out over devices, and so many steps
// of it. What a step takes follows from the devices and from the network that the gang gets.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "policies/core/ids.h"
#include "policies/core/units.h"
#include "workloads/perf/memory.h"
#include "workloads/perf/step_time.h"

namespace tandem {

class Training {
 public:
  /// `model` must outlive this: it stands in a catalogue.
  Training(const Architecture& model, const Layout& layout, std::int64_t steps,
           StepKind kind = StepKind::kLearn)
      : model_(model), layout_(layout), steps_(steps), kind_(kind) {}

  /// What the layout runs on where it runs on devices of this type; `nic_bytes_per_s` above 0 is
  /// what one network card of the cluster sends.
  void add_type(DeviceTypeId type, Machine machine, double nic_bytes_per_s);
  /// On so many devices of this type a step is known to take `seconds`, whatever nodes and network
  /// the gang gets.
  void add_measured(DeviceTypeId type, std::int64_t devices, double seconds);
  bool is_measured(DeviceTypeId type, std::int64_t devices) const {
    return places_.at(type).measured_s.contains(devices);
  }

  const Architecture& model() const { return model_; }
  /// That of the size it prefers. A gang of another size has Layout::on() that many devices.
  const Layout& layout() const { return layout_; }
  std::int64_t steps() const { return steps_; }
  /// Of a size that was not measured: there it is known to fit.
  MemoryUse memory(DeviceTypeId type, std::int64_t devices) const;
  /// Weights, and the optimizer's state of each in 12 bytes: what a checkpoint holds. An evaluation
  /// changes nothing, and has none.
  Bytes state() const;

  /// Seconds of a step if `per_node` ranks share a node, and the gang gets `share` of its network
  /// cards, above 0.
  double step_s(DeviceTypeId type, std::int64_t devices, std::int64_t per_node, double share) const;
  /// Seconds of that in which it sends to other nodes.
  double sending_s(DeviceTypeId type, std::int64_t devices, std::int64_t per_node,
                   double share) const;
  /// On full nodes with the network for itself.
  double step_s(DeviceTypeId type, std::int64_t devices) const;

  /// What the job's own pace is: seconds of a step on the fastest type it accepts, of the size it
  /// prefers.
  double own_step_s() const { return own_step_s_; }
  void set_own_step_s(double seconds) { own_step_s_ = seconds; }

 private:
  struct Place {
    Machine machine;
    std::shared_ptr<const Fabric> between;  ///< That the machine points to, if it is the cluster's.
    std::map<std::int64_t, double> measured_s;  ///< By devices; these need no machine.
  };
  Machine machine(DeviceTypeId type, std::int64_t per_node, double share) const;
  StepTime time_on(const Machine& machine, std::int64_t devices) const;

  const Architecture& model_;
  Layout layout_;
  std::int64_t steps_;
  StepKind kind_;
  double own_step_s_ = 0;
  std::map<DeviceTypeId, Place> places_;
};

}  // namespace tandem
