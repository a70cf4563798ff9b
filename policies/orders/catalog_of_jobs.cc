// Orders that look at the job, with their names.
#include <string>
#include <utility>

#include "policies/orders/catalog.h"
#include "policies/orders/critical_path.h"
#include "policies/orders/deadline.h"
#include "policies/orders/fifo.h"
#include "policies/orders/gittins.h"
#include "policies/orders/job_size.h"
#include "policies/orders/least_attained.h"
#include "policies/orders/priority_aging.h"
#include "policies/orders/round_robin.h"
#include "policies/orders/shortest_remaining.h"

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

Sizes sizes_of(const Settings& settings, const Surroundings& around) {
  const std::size_t by = settings.choice("size", {"estimate", "oracle", "predicted"});
  return {static_cast<Sizes::By>(by), around.tenants.size()};
}

OrderPart by_size(
    PartInfo info,
    std::function<std::unique_ptr<Order>(const Settings&, const Surroundings&)> make) {
  info.kind = PartKind::kOrder;
  info.cost = kLogCost;
  info.parameters = {{"size", "estimate",
                      "estimate: the tenant's; oracle: the true run time, which no real cluster "
                      "can know; predicted: the mean of the last two run times of the tenant as of "
                      "submission, no more than the estimate (Tsafrir et al. 2007)"}};
  return {std::move(info), std::move(make)};
}

OrderPart sjf() {
  return by_size({.name = "sjf",
                  .summary = "Shortest job first.",
                  .source = "definition",
                  .use = "Lowest mean wait when estimates are good; long jobs can starve."},
                 [](const Settings& settings, const Surroundings& around) {
                   return std::make_unique<JobSize>(JobSize::First::kShortest,
                                                    sizes_of(settings, around));
                 });
}

OrderPart ljf() {
  return by_size(
      {.name = "ljf",
       .summary = "Longest job first.",
       .source = "definition",
       .use = "A bound for comparison; sometimes packs better at the end of a campaign."},
      [](const Settings& settings, const Surroundings& around) {
        return std::make_unique<JobSize>(JobSize::First::kLongest, sizes_of(settings, around));
      });
}

OrderPart srpt() {
  return by_size({.name = "srpt",
                  .summary = "Shortest remaining processing time first, also called SRTF.",
                  .source = "Schrage & Miller 1966",
                  .use = "With +preempt and good sizes the lowest mean time in system; long jobs "
                         "can starve."},
                 [](const Settings& settings, const Surroundings& around) {
                   return std::make_unique<ShortestRemaining>(sizes_of(settings, around));
                 });
}

OrderPart las() {
  return {{.name = "las",
           .kind = PartKind::kOrder,
           .summary = "Least attained service first: devices times executed time, in whole quanta.",
           .source = "Gu et al., Tiresias (NSDI'19)",
           .use = "With +preempt, when nobody knows how long jobs run: short ones are done soon.",
           .cost = kLogCost,
           .parameters = {{"quantum", "1h", "device-time within which nobody is put behind"}}},
          [](const Settings& settings, const Surroundings&) {
            return std::make_unique<LeastAttained>(settings.duration("quantum", kLeastTurn));
          }};
}

OrderPart discretised_las() {
  return {{.name = "2d-las",
           .kind = PartKind::kOrder,
           .summary = "Least attained service first, in queues by thresholds of device-time; by "
                      "submission inside a queue.",
           .source = "Gu et al., Tiresias (NSDI'19)",
           .use = "As las, with fewer stops.",
           .cost = kLogCost,
           .parameters = {{"thresholds", "1h/10h", "device-time at which a job leaves each queue"},
                          {"promote", "0",
                           "back to the first queue after waiting so many times as long as it has "
                           "executed; 0: never"}}},
          [](const Settings& settings, const Surroundings&) {
            return std::make_unique<DiscretisedLeastAttained>(
                settings.rising_durations("thresholds"), settings.whole("promote", 0, kMostWeight));
          }};
}

std::unique_ptr<Order> make_gittins(const Settings& settings, const Surroundings&) {
  Gittins::Settings gittins;
  if (settings.text("services") != "learned") gittins.services = settings.durations("services");
  gittins.history = static_cast<std::size_t>(settings.whole("history", Gittins::kFew, 1'000'000));
  gittins.quantum = settings.duration("quantum", kLeastTurn);
  gittins.period = settings.duration("period", kLeastTurn);
  return std::make_unique<Gittins>(gittins);
}

OrderPart gittins() {
  return {{.name = "gittins",
           .kind = PartKind::kOrder,
           .summary = "Highest Gittins index first: most likely to be done soon for the service it "
                      "gets, by what finished jobs took. FIFO until 10 are known.",
           .source = "Gittins 1979; Gu et al., Tiresias (NSDI'19), 2D-Gittins",
           .use = "With +preempt, when run times are unknown but alike from day to day.",
           .cost = std::string(kLogCost) +
                   "; once in a period O(m log m + l log l), in samples m and distinct "
                   "services l of jobs that wait",
           .parameters = {{"services", "learned",
                           "device-times of typical jobs, such as 60s/1h/1h, each as likely; "
                           "learned: of those that finished"},
                          {"quantum", "1h", "device-time within which nobody is put behind"},
                          {"history", "1000", "how many finished jobs count, the last ones"},
                          {"period", "6h", "how often what was learned is looked at"}}},
          make_gittins};
}

OrderPart edf() {
  return {
      {.name = "edf",
       .kind = PartKind::kOrder,
       .summary = "Earliest deadline first; jobs without one after all others, by submission.",
       .source = "Liu & Layland 1973; Dertouzos 1974",
       .use = "Releases and services with dates; misses many deadlines once it misses some.",
       .cost = kLogCost},
      [](const Settings&, const Surroundings&) { return std::make_unique<EarliestDeadline>(); }};
}

OrderPart critical_path() {
  return {{.name = "critical-path",
           .kind = PartKind::kOrder,
           .summary = "Longest critical path first: the chain of jobs that wait for this one.",
           .source = "Topcuoglu, Hariri & Wu 2002 (HEFT), upward rank",
           .use = "Workflows that should end soon as a whole.",
           .cost = kLogCost},
          [](const Settings&, const Surroundings&) { return std::make_unique<CriticalPath>(); }};
}

OrderPart round_robin() {
  return {{.name = "round-robin",
           .kind = PartKind::kOrder,
           .summary = "Longest wait since it last ran first; a gang keeps its turn for a quantum.",
           .source = "Feitelson & Rudolph 1992, gang scheduling",
           .use = "round-robin+preempt:min_runtime=0s is gang time-slicing: everybody gets on, "
                  "nobody fast.",
           .cost = kLogCost,
           .parameters = {{"quantum", "10min", "a gang computes so long in its turn"}}},
          [](const Settings& settings, const Surroundings&) {
            return std::make_unique<RoundRobin>(settings.duration("quantum", kLeastTurn));
          }};
}

}  // namespace

std::vector<OrderPart> orders_of_jobs() {
  return {fifo(),       priority_aging(),  sjf(),     ljf(), srpt(),
          las(),        discretised_las(), gittins(), edf(), critical_path(),
          round_robin()};
}

}  // namespace tandem
