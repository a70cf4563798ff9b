// The orders there are, with their names.
#include <string>

#include "policies/orders/fair_share.h"
#include "policies/orders/fifo.h"
#include "policies/orders/job_size.h"
#include "policies/orders/priority_aging.h"
#include "policies/parts.h"

namespace tandem {
namespace {

using OrderPart = Part<Order>;

OrderPart fifo() {
  return {
      {.name = "fifo",
       .kind = PartKind::kOrder,
       .summary = "First come, first served; ties by id.",
       .source = "definition",
       .use = "The baseline: nobody can complain about the order, wide jobs leave devices idle.",
       .cost = kLogCost},
      [](const Settings&, const Surroundings&) { return std::make_unique<Fifo>(); }};
}

OrderPart priority_aging() {
  return {{.name = "priority-aging",
           .kind = PartKind::kOrder,
           .summary = "Highest priority first; it rises with waiting by `weight` until `max_age`: "
                      "P = priority + weight * min(1, age / max_age).",
           .source = kSlurm,
           .use = "Urgent work among long-running work, without starving the rest.",
           .cost = std::string(kLogCost) + "; jobs that reach the cap move once",
           .parameters = {{"max_age", "7d", "age at which the rise ends"},
                          {"weight", "1000", "priority points gained by then, 1 or more"}}},
          [](const Settings& settings, const Surroundings&) {
            return std::make_unique<PriorityAging>(settings.whole("weight", 1, kMostWeight),
                                                   settings.duration("max_age", kLeastAge));
          }};
}

std::unique_ptr<Order> make_fair_share(const Settings& settings, const Surroundings& around) {
  FairShare::Settings fair;
  fair.algorithm =
      static_cast<FairShare::Algorithm>(settings.choice("algorithm", {"classic", "fair-tree"}));
  if (settings.text("half_life") != "none") {
    fair.half_life = settings.duration("half_life", kLeastAge);
  }
  fair.calc_period = settings.duration("calc_period", Duration::zero());
  fair.damping = settings.positive("damping");
  return std::make_unique<FairShare>(around.tenants, fair);
}

OrderPart fair_share() {
  return {
      {.name = "fair-share",
       .kind = PartKind::kOrder,
       .summary = "Tenants that used least of their share first; within a tenant by submission.",
       .source = "Slurm documentation, classic_fair_share and fair_tree",
       .use = "Several teams pay for one cluster.",
       .cost = "O(log n) a submission and a start; once in calc_period O(t log t) in the t tenants "
               "that wait",
       .parameters =
           {{"algorithm", "classic", "classic: F = 2^(-(U_E/S)/damping); fair-tree: depth first"},
            {"half_life", "7d", "after which usage counts half; none: usage never fades"},
            {"calc_period", "5min", "how often usage is looked at; 0s: at every decision"},
            {"damping", "1", "of the classic factor; changes the factor, not the order"}}},
      make_fair_share};
}

OrderPart job_size(JobSize::First first, PartInfo info) {
  info.kind = PartKind::kOrder;
  info.source = "definition";
  info.cost = kLogCost;
  info.parameters = {{"size", "estimate",
                      "estimate: the tenant's; oracle: the true run time, which no real cluster "
                      "can know"}};
  return {info, [first](const Settings& settings, const Surroundings&) {
            const auto size =
                static_cast<JobSize::Size>(settings.choice("size", {"estimate", "oracle"}));
            return std::make_unique<JobSize>(first, size);
          }};
}

OrderPart sjf() {
  return job_size(JobSize::First::kShortest,
                  {.name = "sjf",
                   .summary = "Shortest job first.",
                   .use = "Lowest mean wait when estimates are good; long jobs can starve."});
}

OrderPart ljf() {
  return job_size(JobSize::First::kLongest,
                  {.name = "ljf",
                   .summary = "Longest job first.",
                   .use = "A bound for comparison; sometimes packs better at the end of a "
                          "campaign."});
}

}  // namespace

const std::vector<OrderPart>& order_parts() {
  static const std::vector<OrderPart> parts{fifo(), priority_aging(), fair_share(), sjf(), ljf()};
  return parts;
}

}  // namespace tandem
