#include "workloads/training.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "workloads/catalog/fabric.h"

namespace tandem {

void Training::add_type(DeviceTypeId type, Machine machine, double nic_bytes_per_s) {
  Place& place = places_[type];
  place.machine = machine;
  if (nic_bytes_per_s > 0) {
    Fabric fabric = *machine.between;
    fabric.bytes_per_s = nic_bytes_per_s;
    fabric.node_bytes_per_s.reset();
    place.between = std::make_shared<const Fabric>(std::move(fabric));
    place.machine.between = place.between.get();
  }
}

void Training::add_measured(DeviceTypeId type, std::int64_t devices, double seconds) {
  places_[type].measured_s.insert_or_assign(devices, seconds);
}

MemoryUse Training::memory(DeviceTypeId type, std::int64_t devices) const {
  const Machine& machine = places_.at(type).machine;
  const Layout layout = layout_.on(devices);
  return kind_ == StepKind::kLearn ? memory_use(model_, machine, layout)
                                   : forward_memory_use(model_, machine, layout);
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

StepTime Training::time_on(const Machine& machine, std::int64_t devices) const {
  const Layout layout = layout_.on(devices);
  return kind_ == StepKind::kLearn ? step_time(model_, machine, layout)
                                   : forward_time(model_, machine, layout);
}

double Training::step_s(DeviceTypeId type, std::int64_t devices, std::int64_t per_node,
                        double share) const {
  const auto& measured = places_.at(type).measured_s;
  if (const auto known = measured.find(devices); known != measured.end()) return known->second;
  return time_on(machine(type, per_node, share), devices).seconds();
}

double Training::sending_s(DeviceTypeId type, std::int64_t devices, std::int64_t per_node,
                           double share) const {
  if (is_measured(type, devices)) return 0;
  const Machine on = machine(type, per_node, share);
  const double bytes = time_on(on, devices).network_bytes;
  // To the device that is a node away.
  return bytes > 0 ? bytes / on.neighbour(on.devices_per_node, 2).bytes_per_s : 0;
}

double Training::step_s(DeviceTypeId type, std::int64_t devices) const {
  return step_s(type, devices, places_.at(type).machine.devices_per_node, 1);
}

}  // namespace tandem
