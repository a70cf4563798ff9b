#include "workloads/training.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "workloads/catalog/fabric.h"

namespace tandem {

void Training::add_type(DeviceTypeId type, Machine machine, double nic_bytes_per_s) {
  Place place{machine, nullptr, {}};
  if (nic_bytes_per_s > 0) {
    Fabric fabric = *machine.between;
    fabric.bytes_per_s = nic_bytes_per_s;
    fabric.node_bytes_per_s.reset();
    place.between = std::make_shared<const Fabric>(std::move(fabric));
    place.machine.between = place.between.get();
  }
  places_.insert_or_assign(type, std::move(place));
}

void Training::add_measured(DeviceTypeId type, double seconds) {
  places_.insert_or_assign(type, Place{{}, nullptr, seconds});
}

MemoryUse Training::memory(DeviceTypeId type) const {
  const Machine& machine = places_.at(type).machine;
  return kind_ == StepKind::kLearn ? memory_use(model_, machine, layout_)
                                   : forward_memory_use(model_, machine, layout_);
}

Bytes Training::state() const {
  if (kind_ == StepKind::kEvaluate) return {};
  constexpr double kOptimizerBytes = 12;
  const double each = layout_.element_bytes() + kOptimizerBytes;
  return {std::llround(static_cast<double>(parameters(model_)) * each)};
}

Machine Training::machine(DeviceTypeId type, std::int64_t per_node, double share) const {
  Machine machine = places_.at(type).machine;
  machine.devices_per_node = std::min(machine.devices_per_node, per_node);
  machine.oversubscription = 1 / share;
  return machine;
}

StepTime Training::time_on(const Machine& machine) const {
  return kind_ == StepKind::kLearn ? step_time(model_, machine, layout_)
                                   : forward_time(model_, machine, layout_);
}

double Training::step_s(DeviceTypeId type, std::int64_t per_node, double share) const {
  if (const auto& measured = places_.at(type).measured_s) return *measured;
  return time_on(machine(type, per_node, share)).seconds();
}

double Training::sending_s(DeviceTypeId type, std::int64_t per_node, double share) const {
  if (is_measured(type)) return 0;
  const Machine on = machine(type, per_node, share);
  const double bytes = time_on(on).network_bytes;
  // To the device that is a node away.
  return bytes > 0 ? bytes / on.neighbour(on.devices_per_node, 2).bytes_per_s : 0;
}

double Training::step_s(DeviceTypeId type) const {
  return step_s(type, places_.at(type).machine.devices_per_node, 1);
}

}  // namespace tandem
