// The backfills there are, with their names.
#include "policies/backfill/conservative.h"
#include "policies/backfill/easy.h"
#include "policies/backfill/largest.h"
#include "policies/backfill/per_tenant.h"
#include "policies/backfill/slack.h"
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

std::unique_ptr<Backfill> make_conservative(const Settings& settings, const Surroundings& around) {
  if (settings.choice("compression", {"rebuild", "shift"}) == 0) {
    return std::make_unique<ConservativeRebuild>(around.cluster);
  }
  return std::make_unique<ConservativeShift>(around.cluster);
}

BackfillPart conservative() {
  return {
      {.name = "conservative",
       .kind = PartKind::kBackfill,
       .summary = "Every waiting job has a place in the future, the earliest hole; nobody may "
                  "take it.",
       .source = "Feitelson & Weil 1998; Mu'alem & Feitelson 2001",
       .use = "When waits must be foreseeable: nobody is pushed back by jobs that come later.",
       .cost = "O(s + log w) a decision while estimates come true, in waiting jobs w and steps s "
               "of the plan; when a gang ends early O(w s), as every job is asked again",
       .parameters = {{"compression", "rebuild",
                       "what happens when a gang ends early. rebuild: all places are given out "
                       "again in order; shift: each job in order moves to the earliest hole no "
                       "later than its place"}}},
      make_conservative};
}

BackfillPart slack() {
  return {
      {.name = "slack",
       .kind = PartKind::kBackfill,
       .summary = "The first of the queue have places; later jobs start if nobody is pushed beyond "
                  "its place plus slack.",
       .source = "after Talby & Feitelson 1999",
       .use = "Between easy and conservative: more holes are filled, and waits still have a "
              "bound.",
       .cost = "as conservative:compression=shift, and O(p s) for each job that may try to start "
               "at once, in places p, at most `depth`, and steps s",
       .parameters = {{"slack", "1",
                       "patience beyond the first place, in estimates of the job; 0 or more"},
                      {"depth", "100",
                       "how many jobs at the front of the queue have places and promises"}}},
      [](const Settings& settings, const Surroundings& around) {
        return std::make_unique<Slack>(
            around.cluster, settings.not_negative("slack"),
            static_cast<std::size_t>(settings.whole("depth", 1, 1'000'000)));
      }};
}

BackfillPart largest() {
  return {{.name = "largest",
           .kind = PartKind::kBackfill,
           .summary = "Whoever fits starts, in order, if that does not delay the widest gang that "
                      "waits.",
           .source = "first-fit with EASY's reservation",
           .use = "Short queues of narrow jobs beside a few wide gangs that must not starve.",
           .cost = "O(r + d log n) a start of the widest, in running gangs r and distinct waiting "
                   "demands d"},
          [](const Settings&, const Surroundings& around) {
            return std::make_unique<Largest>(around.cluster);
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
  static const std::vector<BackfillPart> parts{none(),  first_fit(), easy(),      conservative(),
                                               slack(), largest(),   per_tenant()};
  return parts;
}

}  // namespace tandem
