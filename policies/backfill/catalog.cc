// The backfills there are, with their names.
#include "policies/backfill/easy.h"
#include "policies/backfill/per_tenant.h"
#include "policies/parts.h"

namespace tandem {
namespace {

using BackfillPart = Part<Backfill>;

BackfillPart none() {
  return {{.name = "none",
           .kind = PartKind::kBackfill,
           .summary = "Strict: nobody overtakes.",
           .source = "definition",
           .use = "The default.",
           .cost = "O(1) a decision"},
          [](const Settings&, const Surroundings&) { return std::make_unique<NoBackfill>(); }};
}

BackfillPart first_fit() {
  return {{.name = "first-fit",
           .kind = PartKind::kBackfill,
           .summary = "Whoever fits starts, in order. Wide jobs can be held up for ever.",
           .source = "definition",
           .use = "Best use of devices where no job is wide.",
           .cost = "O(d log n) a start, in the number d of distinct demands that wait"},
          [](const Settings&, const Surroundings&) { return std::make_unique<FirstFit>(); }};
}

BackfillPart easy() {
  return {{.name = "easy",
           .kind = PartKind::kBackfill,
           .summary = "Later jobs start if they do not delay the first of the queue, by the "
                      "estimates.",
           .source = "Lifka 1995; Mu'alem & Feitelson 2001",
           .use = "Most sites: fills holes, and no job waits longer for being wide than estimates "
                  "say.",
           .cost = "O(r + d log n) a decision, in running gangs r and distinct waiting demands d"},
          [](const Settings&, const Surroundings& around) {
            return std::make_unique<Easy>(around.cluster);
          }};
}

BackfillPart per_tenant() {
  return {
      {.name = "per-tenant",
       .kind = PartKind::kBackfill,
       .summary = "The first job of each tenant, in order, starts if it fits; within a tenant "
                  "nobody overtakes.",
       .source = "Ghodsi et al. (NSDI'11), algorithm 1",
       .use = "With drf and other orders of tenants: nobody is held up by another tenant's wide "
              "job, which can be held up for ever.",
       .cost = "O(t log t) a start, in the tenants t that wait"},
      [](const Settings&, const Surroundings&) { return std::make_unique<PerTenant>(); }};
}

}  // namespace

const std::vector<BackfillPart>& backfill_parts() {
  static const std::vector<BackfillPart> parts{none(), first_fit(), easy(), per_tenant()};
  return parts;
}

}  // namespace tandem
