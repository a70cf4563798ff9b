// Orders that look at what the job's tenant has used or holds, with their names.
#include <limits>
#include <optional>
#include <string>

#include "policies/orders/catalog.h"
#include "policies/orders/dominant_share.h"
#include "policies/orders/fair_share.h"
#include "policies/orders/max_min.h"
#include "policies/orders/multifactor.h"
#include "policies/orders/tickets.h"

namespace tandem {
namespace {

using OrderPart = Part<Order>;

std::optional<Duration> half_life_of(const Settings& settings) {
  if (settings.text("half_life") == "none") return std::nullopt;
  return settings.duration("half_life", kLeastAge);
}

const ParameterInfo kHalfLife{"half_life", "7d",
                              "after which usage counts half; none: usage never fades"};
const ParameterInfo kCalcPeriod{"calc_period", "5min",
                                "how often usage is looked at; 0s: at every decision"};

std::unique_ptr<Order> make_fair_share(const Settings& settings, const Surroundings& around) {
  FairShare::Settings fair;
  fair.algorithm =
      static_cast<FairShare::Algorithm>(settings.choice("algorithm", {"classic", "fair-tree"}));
  fair.half_life = half_life_of(settings);
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
       .parameters = {{"algorithm", "classic",
                       "classic: F = 2^(-(U_E/S)/damping); fair-tree: depth first"},
                      kHalfLife,
                      kCalcPeriod,
                      {"damping", "1",
                       "of the classic factor; changes the factor, not the order"}}},
      make_fair_share};
}

std::unique_ptr<Order> make_multifactor(const Settings& settings, const Surroundings& around) {
  const auto weight = [&](const char* key) { return settings.whole(key, 0, kMostWeight); };
  Multifactor::Settings factors;
  factors.w_age = weight("w_age");
  factors.w_fair_share = weight("w_fair_share");
  factors.w_size = weight("w_size");
  factors.w_qos = weight("w_qos");
  factors.w_partition = weight("w_partition");
  factors.max_age = settings.duration("max_age", kLeastAge);
  factors.favours_small = settings.choice("favor", {"large", "small"}) == 1;
  factors.half_life = half_life_of(settings);
  factors.calc_period = settings.duration("calc_period", Duration::zero());
  return std::make_unique<Multifactor>(around.cluster, around.tenants, factors);
}

OrderPart multifactor() {
  return {
      {.name = "multifactor",
       .kind = PartKind::kOrder,
       .summary = "Highest priority first: P = w_age * age + w_fair_share * F + w_size * size + "
                  "w_qos * qos + w_partition * partition + base, factors from 0 to 1.",
       .source = kSlurm,
       .use = "To do as a Slurm site does; reasons list every term, as sprio does.",
       .cost = "O(log n) a submission and a start, O(t) a decision in the tenants t that wait",
       .parameters = {{"w_age", "1000", "points of a job that has waited for max_age"},
                      {"w_fair_share", "1000", "points of a tenant that has used nothing"},
                      {"w_size", "0", "points of a job as large as the cluster"},
                      {"w_qos", "0", "points of the best quality of service"},
                      {"w_partition", "0", "points of the best partition"},
                      {"max_age", "7d", "age at which its term ends to rise"},
                      {"favor", "large",
                       "large: wide jobs have the size points; small: narrow ones"},
                      kHalfLife,
                      kCalcPeriod}},
      make_multifactor};
}

OrderPart drf() {
  return {{.name = "drf",
           .kind = PartKind::kOrder,
           .summary = "Dominant resource fairness: tenants that hold least of what they hold most "
                      "of, by weight, first. Counts devices, CPUs and memory.",
           .source = "Ghodsi et al. (NSDI'11)",
           .use = "Tenants whose jobs need different things. drf+per-tenant is the original.",
           .cost = kLogCost},
          [](const Settings&, const Surroundings& around) {
            return std::make_unique<DominantShare>(around.cluster, around.tenants);
          }};
}

OrderPart max_min() {
  return {{.name = "max-min",
           .kind = PartKind::kOrder,
           .summary = "Hierarchical weighted max-min fairness of devices held now; accounts below "
                      "their guarantee first.",
           .source = "Bertsekas & Gallager 1992; YARN and Kueue, fair sharing",
           .use = "Tenants share now, whatever they used before. With +preempt:by=quota those who "
                  "borrow give guarantees back.",
           .cost = "O(t) a start, in all tenants t"},
          [](const Settings&, const Surroundings& around) {
            return std::make_unique<MaxMin>(around.tenants);
          }};
}

OrderPart stride() {
  return {{.name = "stride",
           .kind = PartKind::kOrder,
           .summary = "Stride scheduling: starts are dealt out so that devices started follow "
                      "shares as closely as can be.",
           .source = "Waldspurger & Weihl 1995",
           .use = "Proportional share without a memory of run times.",
           .cost = kLogCost},
          [](const Settings&, const Surroundings& around) {
            return std::make_unique<Tickets>(around.tenants, std::nullopt);
          }};
}

OrderPart lottery() {
  return {{.name = "lottery",
           .kind = PartKind::kOrder,
           .summary = "Lottery scheduling: whose turn it is, is drawn, with shares as tickets.",
           .source = "Waldspurger & Weihl (OSDI'94)",
           .use = "Proportional share that nobody can time their jobs against.",
           .cost = kLogCost,
           .parameters = {{"seed", "1", "a whole number; the same one, the same draws"}}},
          [](const Settings& settings, const Surroundings& around) {
            const auto seed = settings.whole("seed", 0, std::numeric_limits<std::int64_t>::max());
            return std::make_unique<Tickets>(around.tenants, static_cast<std::uint64_t>(seed));
          }};
}

}  // namespace

std::vector<OrderPart> orders_of_tenants() {
  return {fair_share(), multifactor(), drf(), max_min(), stride(), lottery()};
}

}  // namespace tandem
