// The ways to take devices back from gangs, with their names.
#include "policies/parts.h"

namespace tandem {
namespace {

std::unique_ptr<Preemption> make_preemption(const Settings& settings, const Surroundings& around) {
  Preemption::Settings how;
  how.by = static_cast<Preemption::By>(settings.choice("by", {"order", "priority", "quota"}));
  how.min_runtime = settings.duration("min_runtime", Duration::zero());
  return std::make_unique<Preemption>(around, how);
}

Part<Preemption> preempt() {
  return {
      {.name = "preempt",
       .kind = PartKind::kPreemption,
       .summary = "Stops gangs that have run for min_runtime, the last in order first, if the "
                  "first of the queue goes before them and fits then. They save their work.",
       .source = "Slurm documentation, preempt; YARN and Kueue, reclaim of quotas",
       .use = "Urgent or short work among long-running work; guarantees that others may borrow.",
       .cost = "O(r log r) a decision that finds the first of the queue not to fit, in running "
               "gangs r",
       .parameters = {{"by", "order",
                       "order: whom the order puts behind; priority: lower base priority; quota: "
                       "borrowers of other accounts, for one below its guarantee"},
                      {"min_runtime", "10min",
                       "a gang computes so long before it may be stopped"}}},
      make_preemption};
}

Part<ElasticGrowth> elastic() {
  return {{.name = "elastic",
           .kind = PartKind::kGrowth,
           .summary = "Elastic gangs grow when nobody waits, the first in order first, and shrink "
                      "before anybody is stopped.",
           .source = "Pollux (OSDI'21) and others; the greedy form",
           .use = "Jobs that can run on more or fewer devices.",
           .cost = "O(r log r) a decision, in running gangs r",
           .parameters = {{"pause", "5min", "a gang is left alone so long before it grows"}}},
          [](const Settings& settings, const Surroundings& around) {
            return std::make_unique<ElasticGrowth>(around,
                                                   settings.duration("pause", Duration::zero()));
          }};
}

}  // namespace

const std::vector<Part<Preemption>>& preemption_parts() {
  static const std::vector<Part<Preemption>> parts{preempt()};
  return parts;
}

const std::vector<Part<ElasticGrowth>>& growth_parts() {
  static const std::vector<Part<ElasticGrowth>> parts{elastic()};
  return parts;
}

}  // namespace tandem
