// The policies that decide about all jobs together, with their names.
#include <fmt/format.h>

#include "policies/core/error.h"
#include "policies/global/gavel.h"
#include "policies/parts.h"

namespace tandem {
namespace {

/// Value for money has no meaning without prices.
void check_prices(const Cluster& cluster) {
  for (std::uint32_t type = 0; type < cluster.types().size(); ++type) {
    if (cluster.device_count(DeviceTypeId{type}) == 0) continue;
    if (cluster.price_per_hour(DeviceTypeId{type}).value_or(0) > 0) continue;
    throw InputError(
        fmt::format("policy gavel:goal=cost needs a price above 0 for {}: see "
                    "cluster.price",
                    cluster.type_name(DeviceTypeId{type})));
  }
}

std::unique_ptr<Policy> make_gavel(const Settings& settings, const Surroundings& around) {
  Gavel::Settings how;
  how.goal = static_cast<AllocationGoal>(
      settings.choice("goal", {"max-min", "makespan", "finish-time", "cost"}));
  how.mechanism = static_cast<Gavel::Mechanism>(settings.choice("mechanism", {"rounds", "ideal"}));
  how.round = settings.duration("round", std::chrono::seconds{1});
  if (how.goal == AllocationGoal::kCost) check_prices(around.cluster);
  return std::make_unique<Gavel>(around, how);
}

Part<Policy> gavel() {
  return {{.name = "gavel",
           .kind = PartKind::kPolicy,
           .summary = "Gives every job its share of time on every device type, by a linear "
                      "programme over the models' speeds, and comes close to it round by round.",
           .source = "Narayanan et al., OSDI'20; finish-time: Themis, NSDI'20",
           .use = "Several generations of devices, and models that gain differently from the newer "
                  "ones.",
           .cost = "a linear programme a round, in the distinct kinds of jobs that wait or run; "
                   "then O(j log j) in these jobs j",
           .parameters =
               {{"goal", "max-min",
                 "max-min: least normalised throughput; makespan: last end; finish-time: worst "
                 "ratio to an equal share; cost: throughput for money, deadlines met"},
                {"mechanism", "rounds",
                 "rounds: whole devices for a round; ideal: exactly the allocation, which no real "
                 "cluster can do"},
                {"round", "6min", "after which devices are given out anew"}}},
          make_gavel};
}

}  // namespace

const std::vector<Part<Policy>>& whole_policies() {
  static const std::vector<Part<Policy>> parts{gavel()};
  return parts;
}

}  // namespace tandem
