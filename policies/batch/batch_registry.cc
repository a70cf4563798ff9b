#include "policies/batch/batch_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "policies/batch/list_batch_policy.h"
#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "policies/orders/deadline.h"
#include "policies/orders/fifo.h"
#include "policies/orders/job_size.h"
#include "policies/orders/least_attained.h"
#include "policies/orders/priority_aging.h"
#include "policies/orders/shortest_remaining.h"
#include "policies/orders/token_counter.h"
#include "policies/part_text.h"
#include "policies/parts.h"
#include "policies/settings.h"

namespace tandem {
namespace {

/// What a policy is put together from.
struct Draft {
  const Tenants& tenants;
  std::unique_ptr<Order> order = {};
  VirtualTokenCounter* counter = nullptr;
  BatchRules rules = {};
};

struct BatchPart {
  PartInfo info;
  std::function<void(const Settings&, Draft&)> add;
};

Duration tokens(const Settings& settings, const std::string& key) {
  return kTokenService * settings.whole(key, 1, 1'000'000'000);
}

void read_size(const Settings& settings, Draft& draft) {
  draft.rules.size =
      static_cast<BatchRules::Size>(settings.choice("size", {"prompt", "predicted", "both"}));
}

const ParameterInfo kSize{"size", "both",
                          "tokens of the prompt, of the predicted answer, or of both"};

BatchPart fifo() {
  return {{.name = "fifo",
           .summary = "First come, first served.",
           .source = "definition",
           .use = "What serving engines do by default.",
           .cost = kLogCost},
          [](const Settings&, Draft& draft) { draft.order = std::make_unique<Fifo>(); }};
}

BatchPart priority_aging() {
  return {{.name = "priority-aging",
           .summary = "Highest priority first; it rises with waiting by `weight` until `max_age`.",
           .source = "Slurm documentation, priority_multifactor",
           .use = "Interactive among batch requests, without starving these.",
           .cost = kLogCost,
           .parameters = {{"max_age", "1min", "age at which the rise ends"},
                          {"weight", "10", "priority points gained by then, 1 or more"}}},
          [](const Settings& settings, Draft& draft) {
            draft.order = std::make_unique<PriorityAging>(settings.whole("weight", 1, kMostWeight),
                                                          settings.duration("max_age", kLeastAge));
            draft.rules.order_moves = true;
          }};
}

BatchPart fair_share() {
  return {{.name = "fair-share",
           .summary = "Virtual token counter: the tenant with the fewest tokens for its shares "
                      "goes first.",
           .source = "Sheng et al. (OSDI'24)",
           .use = "Tenants who all send more than their part.",
           .cost = kLogCost,
           .parameters = {{"input", "1", "weight of a prompt's token, 0 to 1000"},
                          {"output", "2", "weight of an answer's token, 0 to 1000"}}},
          [](const Settings& settings, Draft& draft) {
            auto counter = std::make_unique<VirtualTokenCounter>(
                draft.tenants, settings.whole("input", 0, 1000), settings.whole("output", 0, 1000));
            draft.counter = counter.get();
            draft.order = std::move(counter);
            draft.rules.order_moves = true;
          }};
}

BatchPart sjf() {
  return {{.name = "sjf",
           .summary = "Shortest first, in tokens.",
           .source = "definition",
           .use = "Lowest mean latency when lengths are known; long requests can starve.",
           .cost = kLogCost,
           .parameters = {kSize}},
          [](const Settings& settings, Draft& draft) {
            read_size(settings, draft);
            draft.order = std::make_unique<JobSize>(JobSize::First::kShortest,
                                                    Sizes(Sizes::By::kEstimate, 0));
          }};
}

BatchPart srpt() {
  return {{.name = "srpt",
           .summary = "Shortest remaining first, in tokens.",
           .source = "Schrage & Miller 1966",
           .use = "With +preempt the lowest mean latency; long requests can starve.",
           .cost = kLogCost,
           .parameters = {kSize}},
          [](const Settings& settings, Draft& draft) {
            read_size(settings, draft);
            draft.order = std::make_unique<ShortestRemaining>(Sizes(Sizes::By::kEstimate, 0));
          }};
}

BatchPart edf() {
  return {
      {.name = "edf",
       .summary = "Earliest deadline first: least slack to the service's TTFT objective.",
       .source = "Liu & Layland 1973",
       .use = "Requests with different objectives in one engine.",
       .cost = kLogCost},
      [](const Settings&, Draft& draft) { draft.order = std::make_unique<EarliestDeadline>(); }};
}

BatchPart las() {
  return {{.name = "las",
           .summary = "Least attained service first: who has been given fewest tokens.",
           .source = "Gu et al., Tiresias (NSDI'19), of requests",
           .use = "With +preempt, when nobody knows how long answers get.",
           .cost = kLogCost,
           .parameters = {{"quantum", "256", "tokens within which nobody is put behind"}}},
          [](const Settings& settings, Draft& draft) {
            draft.order = std::make_unique<LeastAttained>(tokens(settings, "quantum"));
          }};
}

/// Where levels end, each twice as deep as the one before; no deeper than time can count.
std::vector<Duration> thresholds(const Settings& settings) {
  std::vector<Duration> thresholds{tokens(settings, "first")};
  const std::int64_t levels = settings.whole("levels", 2, 30);
  while (std::ssize(thresholds) < levels - 1 && thresholds.back() <= Duration::max() / 2) {
    thresholds.push_back(thresholds.back() * 2);
  }
  return thresholds;
}

BatchPart mlfq() {
  return {{.name = "mlfq",
           .summary = "Skip-join multi-level feedback queue: a request joins the level that its "
                      "prompt fills, and sinks as it is given tokens; each level is twice as deep.",
           .source = "Wu et al., FastServe (2023)",
           .use = "With +preempt: short answers do not wait for long ones.",
           .cost = kLogCost,
           .parameters = {{"first", "512", "tokens that fill the first level"},
                          {"levels", "6", "2 to 30"},
                          {"promote", "0",
                           "waiting, over tokens served at 1 ms each, that brings a request back "
                           "to the first level; 0: never"}}},
          [](const Settings& settings, Draft& draft) {
            const std::int64_t promote = settings.whole("promote", 0, 1'000'000);
            draft.order = std::make_unique<DiscretisedLeastAttained>(thresholds(settings), promote);
            draft.rules.prefill_is_service = true;
            draft.rules.order_moves = promote > 0;
          }};
}

BatchPart preempt() {
  return {{.name = "preempt",
           .kind = PartKind::kPreemption,
           .summary = "Who goes before a request that runs takes its place.",
           .source = "definition",
           .use = "Urgent or short requests behind long answers.",
           .cost = "O(r log r) a look, in running requests r",
           .parameters = {{"quantum", "32",
                           "steps between two looks, and tokens that nobody is "
                           "replaced before; 1 or more"}}},
          [](const Settings& settings, Draft& draft) {
            draft.rules.preempts = true;
            draft.rules.quantum = settings.whole("quantum", 1, 1'000'000);
          }};
}

BatchPart victim() {
  return {{.name = "victim",
           .kind = PartKind::kPreemption,
           .summary = "Who gives way when the cache is full.",
           .source = "vLLM (last)",
           .use = "last loses least work; lowest respects the order; largest frees most blocks.",
           .cost = "O(1) an eviction for last, O(r) in running requests r otherwise",
           .parameters = {{"by", "last", "last admitted, lowest by the order, or largest"}}},
          [](const Settings& settings, Draft& draft) {
            draft.rules.victim = static_cast<BatchRules::Victim>(
                settings.choice("by", {"last", "lowest", "largest"}));
          }};
}

BatchPart swap() {
  return {{.name = "swap",
           .kind = PartKind::kPreemption,
           .summary = "Who gives way is copied to the host's memory while there is room, and is "
                      "computed again otherwise.",
           .source = "Kwon et al. (SOSP'23)",
           .use = "Long contexts and a fast link to the host.",
           .cost = "O(1) an eviction"},
          [](const Settings&, Draft& draft) { draft.rules.keeps = true; }};
}

BatchPart prefill_first() {
  return {{.name = "prefill-first",
           .kind = PartKind::kBatching,
           .summary = "Prompts are computed in steps of their own, before anybody decodes.",
           .source = "Yu et al., Orca (OSDI'22), as vLLM had it before chunked prefill",
           .use = "First tokens soon, at the price of stalls between later ones.",
           .cost = "none"},
          [](const Settings&, Draft& draft) { draft.rules.prefill_first = true; }};
}

const std::vector<BatchPart>& parts() {
  static const std::vector<BatchPart> parts{
      fifo(), priority_aging(), fair_share(), sjf(),    srpt(), edf(),
      las(),  mlfq(),           preempt(),    victim(), swap(), prefill_first()};
  return parts;
}

const BatchPart& find(const std::string& name, bool leads) {
  std::vector<std::string> names;
  for (const BatchPart& part : parts()) {
    if ((part.info.kind == PartKind::kOrder) != leads) continue;
    if (part.info.name == name) return part;
    names.push_back(part.info.name);
  }
  throw InputError(fmt::format("unknown {} '{}'{}", leads ? "batch policy" : "batch policy part",
                               name, suggestion(name, names)));
}

}  // namespace

const std::vector<PartInfo>& batch_policy_parts() {
  static const std::vector<PartInfo> infos = [] {
    std::vector<PartInfo> all;
    for (const BatchPart& part : parts()) all.push_back(part.info);
    return all;
  }();
  return infos;
}

std::unique_ptr<BatchPolicy> make_batch_policy(std::string_view text, const Tenants& tenants) {
  Draft draft{tenants};
  std::vector<std::string> seen;
  for (const std::string& piece : split(without_spaces(text), '+')) {
    const PartText written = parse_part(piece);
    const BatchPart& part = find(written.name, seen.empty());
    if (std::ranges::find(seen, written.name) != seen.end()) {
      throw InputError(fmt::format("batch policy '{}' has '{}' twice", text, written.name));
    }
    seen.push_back(written.name);
    part.add(Settings(part.info, written.values), draft);
  }
  return std::make_unique<ListBatchPolicy>(std::move(draft.order), draft.counter, draft.rules);
}

std::string canonical_batch_policy(std::string_view text) {
  Tenants nobody;
  nobody.add("default");
  make_batch_policy(text, nobody);
  return without_spaces(text);
}

}  // namespace tandem
