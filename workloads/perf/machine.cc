// Checks layouts and finds the wires of each group.
#include "workloads/perf/machine.h"

#include <fmt/format.h>

#include <algorithm>

#include "policies/core/error.h"

namespace tandem {
namespace {

std::string not_divided(const char* what, std::int64_t amount, const char* by,
                        std::int64_t divisor) {
  return fmt::format("{} {} cannot be divided by {} {}", what, amount, by, divisor);
}

std::string shape_obstacle(const Architecture& model, const Layout& layout) {
  const std::int64_t t = layout.tensor;
  if (model.heads % t != 0) return not_divided("heads", model.heads, "--tp", t);
  if (model.kv_heads % t != 0 && t % model.kv_heads != 0) {
    return not_divided("kv_heads", model.kv_heads, "--tp", t);
  }
  if (model.ffn % t != 0) return not_divided("ffn", model.ffn, "--tp", t);
  const std::int64_t pieces = layout.pipeline * layout.interleave;
  if (model.layers % pieces != 0 && !ends_are_shorter(model, layout)) {
    return not_divided("layers", model.layers, "--pp times --interleave", pieces) +
           ", neither can two more";
  }
  if (layout.interleave > 1 && layout.pipeline == 1) return "--interleave needs --pp above 1";
  if (layout.sequence > model.context) {
    return fmt::format("--seq {} is longer than the context of {}, {}", layout.sequence, model.name,
                       model.context);
  }
  if (layout.sequence_parallel && t == 1) return "--sequence-parallel needs --tp above 1";
  if (layout.sequence_parallel && layout.sequence % t != 0) {
    return not_divided("--seq", layout.sequence, "--tp", t);
  }
  if (layout.expert == 1) return {};
  if (!model.is_mixture())
    return fmt::format("--ep {}: {} has no experts", layout.expert, model.name);
  if (model.experts % layout.expert != 0) {
    return not_divided("experts", model.experts, "--ep", layout.expert);
  }
  return {};
}

}  // namespace

std::string spread_obstacle(const Layout& layout) {
  if (layout.data % layout.expert != 0) {
    return not_divided("--dp", layout.data, "--ep", layout.expert);
  }
  const std::int64_t share = layout.data * layout.micro_batch;
  if (layout.batch % share != 0) {
    return not_divided("--batch", layout.batch, "--dp times --micro-batch", share);
  }
  if (layout.interleave > 1 && layout.micro_batches() % layout.pipeline != 0) {
    return fmt::format("--interleave: {} micro-batches cannot be divided by --pp {}",
                       layout.micro_batches(), layout.pipeline);
  }
  return {};
}

std::vector<std::uint32_t> possible_sizes(const Layout& layout, std::uint32_t least,
                                          std::uint32_t most) {
  const std::int64_t replica = layout.replica_devices();
  // With more copies than that some would have nothing to do.
  const std::int64_t copies = std::min(most / replica, layout.batch / layout.micro_batch);
  std::vector<std::uint32_t> sizes;
  for (std::int64_t copy = (least + replica - 1) / replica; copy <= copies; ++copy) {
    const std::int64_t devices = copy * replica;
    if (!spread_obstacle(layout.on(devices)).empty()) continue;
    sizes.push_back(static_cast<std::uint32_t>(devices));
  }
  return sizes;
}

Link Machine::share_of_network() const {
  Link link = link_of(*between);
  double node = link.bytes_per_s * static_cast<double>(nics_per_node);
  if (between->node_bytes_per_s) node = std::min(node, *between->node_bytes_per_s);
  link.bytes_per_s =
      std::min(node / static_cast<double>(devices_per_node), link.bytes_per_s) / oversubscription;
  return link;
}

Route Machine::route(std::int64_t members, std::int64_t stride) const {
  const std::int64_t together = std::max<std::int64_t>(1, devices_per_node / stride);
  return {members, std::min(members, together), link_of(*inside), share_of_network(), algorithm};
}

Link Machine::neighbour(std::int64_t stride, std::int64_t count) const {
  return stride * count <= devices_per_node ? link_of(*inside) : share_of_network();
}

double stage_transfer(const Machine& machine, std::int64_t tensor, std::int64_t stride,
                      std::int64_t stages, double bytes, bool gathered) {
  const double part = bytes / static_cast<double>(tensor);
  const double sent = point_to_point(machine.neighbour(stride, stages), part);
  return gathered ? sent + all_gather(machine.route(tensor, 1), bytes) : sent;
}

Machine usual_machine(const Catalog& catalog, const DeviceType& device) {
  if (!device.node) {
    throw InputError(
        fmt::format("the catalogue knows no usual node of '{}'; training needs its "
                    "'node' key",
                    device.name));
  }
  Machine machine;
  machine.device = &device;
  const UsualNode& node = *device.node;
  machine.between = &catalog.fabric(node.network);
  machine.inside = node.fabric.empty() ? machine.between : &catalog.fabric(node.fabric);
  machine.devices_per_node = node.devices;
  machine.nics_per_node = node.nics;
  return machine;
}

double peak(const DeviceType& device, Precision precision) {
  switch (precision) {
    case Precision::kBf16: return device.peak_bf16.value_or(0);
    case Precision::kFp16: return device.peak_fp16.value_or(0);
    case Precision::kTf32: return device.peak_tf32.value_or(0);
    case Precision::kFp32: return device.peak_fp32.value_or(0);
    case Precision::kFp8: return device.peak_fp8.value_or(0);
  }
  return 0;
}

std::string obstacle(const Architecture& model, const Machine& machine, const Layout& layout) {
  if (peak(*machine.device, layout.precision) <= 0) {
    const bool other = machine.device->peak_fp16 && layout.precision != Precision::kFp16;
    return fmt::format("the catalogue has no peak of {} in this precision{}", machine.device->name,
                       other ? "; try --precision fp16" : "");
  }
  const std::string wrong = shape_obstacle(model, layout);
  return wrong.empty() ? spread_obstacle(layout) : wrong;
}

}  // namespace tandem
