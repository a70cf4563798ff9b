#include "policies/core/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "policies/backfill/conservative.h"
#include "policies/backfill/easy.h"
#include "policies/backfill/largest.h"
#include "policies/backfill/slack.h"
#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "policies/core/quantity_text.h"
#include "policies/list_policy.h"
#include "policies/orders/fair_share.h"
#include "policies/orders/fifo.h"
#include "policies/orders/job_size.h"
#include "policies/orders/priority_aging.h"

namespace tandem {
namespace {

constexpr const char* kSlurm = "Slurm documentation, priority_multifactor";
constexpr const char* kLogCost = "O(log n) a submission and a start";

std::vector<PartInfo> make_parts() {
  const ParameterInfo size{"size", "estimate",
                           "estimate: the tenant's; oracle: the true run time, which no real "
                           "cluster can know"};
  return {
      {"fifo",
       PartKind::kOrder,
       "First come, first served; ties by id.",
       "definition",
       "The baseline: nobody can complain about the order, wide jobs leave devices idle.",
       kLogCost,
       {},
       ""},
      {"priority-aging",
       PartKind::kOrder,
       "Highest priority first; it rises with waiting by `weight` until `max_age`: P = priority + "
       "weight * min(1, age / max_age).",
       kSlurm,
       "Urgent work among long-running work, without starving the rest.",
       std::string(kLogCost) + "; jobs that reach the cap move once",
       {{"max_age", "7d", "age at which the rise ends"},
        {"weight", "1000", "priority points gained by then, 1 or more"}},
       ""},
      {"fair-share",
       PartKind::kOrder,
       "Tenants that used least of their share first; within a tenant by submission.",
       "Slurm documentation, classic_fair_share and fair_tree",
       "Several teams pay for one cluster.",
       "O(log n) a submission and a start; once in calc_period O(t log t) in the t tenants that "
       "wait",
       {{"algorithm", "classic", "classic: F = 2^(-(U_E/S)/damping); fair-tree: depth first"},
        {"half_life", "7d", "after which usage counts half; none: usage never fades"},
        {"calc_period", "5min", "how often usage is looked at; 0s: at every decision"},
        {"damping", "1", "of the classic factor; changes the factor, not the order"}},
       ""},
      {"sjf",
       PartKind::kOrder,
       "Shortest job first.",
       "definition",
       "Lowest mean wait when estimates are good; long jobs can starve.",
       kLogCost,
       {size},
       ""},
      {"ljf",
       PartKind::kOrder,
       "Longest job first.",
       "definition",
       "A bound for comparison; sometimes packs better at the end of a campaign.",
       kLogCost,
       {size},
       ""},
      {"none",
       PartKind::kBackfill,
       "Strict: nobody overtakes.",
       "definition",
       "The default.",
       "O(1) a decision",
       {},
       ""},
      {"first-fit",
       PartKind::kBackfill,
       "Whoever fits starts, in order. Wide jobs can be held up for ever.",
       "definition",
       "Best use of devices where no job is wide.",
       "O(d log n) a start, in the number d of distinct demands that wait",
       {},
       ""},
      {"easy",
       PartKind::kBackfill,
       "Later jobs start if they do not delay the first of the queue, by the estimates.",
       "Lifka 1995; Mu'alem & Feitelson 2001",
       "Most sites: fills holes, and no job waits longer for being wide than estimates say.",
       "O(r + d log n) a decision, in running gangs r and distinct waiting demands d",
       {},
       ""},
      {"conservative",
       PartKind::kBackfill,
       "Every waiting job has a place in the future, the earliest hole; nobody may take it.",
       "Feitelson & Weil 1998; Mu'alem & Feitelson 2001",
       "When waits must be foreseeable: nobody is pushed back by jobs that come later.",
       "O(w s) a decision at worst, in waiting jobs w and steps s of the plan; O(w + s) while "
       "estimates come true",
       {{"compression", "rebuild",
         "what happens when a gang ends early. rebuild: all places are given out again in order; "
         "shift: each job in order moves to the earliest hole no later than its place"}},
       ""},
      {"slack",
       PartKind::kBackfill,
       "Everybody has a place; later jobs start if nobody is pushed beyond its place plus slack.",
       "after Talby & Feitelson 1999",
       "Between easy and conservative: more holes are filled, and waits still have a bound.",
       "O(w s) a decision for each distinct width that is refused, in waiting jobs w and steps s",
       {{"slack", "1", "patience beyond the first place, in estimates of the job; 0 or more"}},
       ""},
      {"largest",
       PartKind::kBackfill,
       "Whoever fits starts, in order, if that does not delay the widest gang that waits.",
       "first-fit with EASY's reservation",
       "Short queues of narrow jobs beside a few wide gangs that must not starve.",
       "O(r + d log n) a start of the widest, in running gangs r and distinct waiting demands d",
       {},
       ""},
      {"packed",
       PartKind::kPlacement,
       "Fewest nodes, and of those the tightest.",
       "best fit",
       "The default: gangs stay together, whole nodes stay free.",
       "O(log N) in the number of nodes N, and the nodes of the gang",
       {},
       ""},
      {"spread",
       PartKind::kPlacement,
       "Each rank on the node with most room left.",
       "worst fit",
       "When neighbours disturb each other more than distance costs.",
       "O(g log g) for a gang of g; O(N log N) in the nodes if it counts CPUs or memory",
       {},
       ""},
      {"first-fit",
       PartKind::kShortName,
       "FIFO order, whoever fits starts.",
       "",
       "",
       "",
       {},
       "fifo+first-fit"},
      {"easy",
       PartKind::kShortName,
       "FIFO order with EASY backfilling.",
       "",
       "",
       "",
       {},
       "fifo+easy"},
      {"conservative",
       PartKind::kShortName,
       "FIFO order with conservative backfilling.",
       "",
       "",
       "",
       {},
       "fifo+conservative"},
  };
}

/// "name:key=value:key=value", split.
struct Part {
  std::string name;
  std::map<std::string, std::string> values;
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> pieces(1);
  for (const char c : text) {
    if (c == separator) {
      pieces.emplace_back();
    } else {
      pieces.back() += c;
    }
  }
  return pieces;
}

std::string without_spaces(std::string_view text) {
  std::string result(text);
  std::erase_if(result, [](char c) { return c == ' ' || c == '\t'; });
  return result;
}

Part parse_part(const std::string& text) {
  const std::vector<std::string> pieces = split(text, ':');
  Part part{pieces.front(), {}};
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const auto equals = pieces[i].find('=');
    if (equals == std::string::npos) {
      throw InputError(fmt::format("policy part '{}': expected key=value after ':', found '{}'",
                                   text, pieces[i]));
    }
    const std::string key = pieces[i].substr(0, equals);
    if (!part.values.emplace(key, pieces[i].substr(equals + 1)).second) {
      throw InputError(fmt::format("policy part '{}': '{}' is given twice", text, key));
    }
  }
  return part;
}

const PartInfo* find_part(std::string_view name, PartKind kind) {
  for (const PartInfo& info : policy_parts()) {
    if (info.kind == kind && info.name == name) return &info;
  }
  return nullptr;
}

/// The settings of a part, every one checked, defaults filled in.
class Settings {
 public:
  Settings(const PartInfo& info, Part part) : part_(std::move(part)) {
    std::vector<std::string> known;
    for (const ParameterInfo& parameter : info.parameters) known.push_back(parameter.name);
    for (const auto& [key, value] : part_.values) {
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      throw InputError(fmt::format("policy '{}' has no parameter '{}'{}", info.name, key,
                                   known.empty() ? " (it has none)" : suggestion(key, known)));
    }
    for (const ParameterInfo& parameter : info.parameters) {
      part_.values.try_emplace(parameter.name, parameter.default_value);
    }
  }

  const std::string& text(const std::string& key) const { return part_.values.at(key); }

  Duration duration(const std::string& key, Duration least) const {
    const auto value = parse_duration(text(key));
    if (!value || *value < least) fail(key, "a duration such as 7d or 90s");
    return *value;
  }
  std::int64_t whole(const std::string& key, std::int64_t least, std::int64_t most) const {
    std::int64_t value = 0;
    const std::string& digits = text(key);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool good = error == std::errc{} && end == digits.data() + digits.size();
    if (!good || value < least || value > most) {
      fail(key, fmt::format("a whole number from {} to {}", least, most));
    }
    return value;
  }
  double positive(const std::string& key) const {
    const auto value = split_unit(text(key));
    if (!value || !value->unit.empty() || value->number <= 0) fail(key, "a number above 0");
    return value->number;
  }
  double not_negative(const std::string& key) const {
    const auto value = split_unit(text(key));
    if (!value || !value->unit.empty() || value->number < 0) fail(key, "a number, 0 or more");
    return value->number;
  }
  /// The position of the value among the choices.
  std::size_t choice(const std::string& key, const std::vector<std::string>& choices) const {
    const auto found = std::find(choices.begin(), choices.end(), text(key));
    if (found == choices.end()) {
      throw InputError(fmt::format("policy parameter {}:{}={} is unknown{}", part_.name, key,
                                   text(key), suggestion(text(key), choices)));
    }
    return static_cast<std::size_t>(found - choices.begin());
  }

 private:
  [[noreturn]] void fail(const std::string& key, const std::string& expected) const {
    throw InputError(fmt::format("policy parameter {}:{}={}: expected {}", part_.name, key,
                                 text(key), expected));
  }
  Part part_;
};

constexpr Duration kLeastAge{1};
/// Keeps priority times nanoseconds within a Rank.
constexpr std::int64_t kMostWeight = 1'000'000'000'000;

std::unique_ptr<Order> make_order(const Part& part, const Tenants& tenants) {
  const Settings settings(*find_part(part.name, PartKind::kOrder), part);
  if (part.name == "fifo") return std::make_unique<Fifo>();
  if (part.name == "priority-aging") {
    return std::make_unique<PriorityAging>(settings.whole("weight", 1, kMostWeight),
                                           settings.duration("max_age", kLeastAge));
  }
  if (part.name == "fair-share") {
    FairShare::Settings fair;
    fair.algorithm =
        static_cast<FairShare::Algorithm>(settings.choice("algorithm", {"classic", "fair-tree"}));
    if (settings.text("half_life") != "none") {
      fair.half_life = settings.duration("half_life", kLeastAge);
    }
    fair.calc_period = settings.duration("calc_period", Duration::zero());
    fair.damping = settings.positive("damping");
    return std::make_unique<FairShare>(tenants, fair);
  }
  const auto size = static_cast<JobSize::Size>(settings.choice("size", {"estimate", "oracle"}));
  const auto first = part.name == "sjf" ? JobSize::First::kShortest : JobSize::First::kLongest;
  return std::make_unique<JobSize>(first, size);
}

std::unique_ptr<Backfill> make_backfill(const Part& part, const Cluster& cluster) {
  const Settings settings(*find_part(part.name, PartKind::kBackfill), part);
  if (part.name == "first-fit") return std::make_unique<FirstFit>();
  if (part.name == "easy") return std::make_unique<Easy>(cluster);
  if (part.name == "largest") return std::make_unique<Largest>(cluster);
  if (part.name == "slack") {
    return std::make_unique<Slack>(cluster, settings.not_negative("slack"));
  }
  if (part.name == "conservative") {
    if (settings.choice("compression", {"rebuild", "shift"}) == 0) {
      return std::make_unique<ConservativeRebuild>(cluster);
    }
    return std::make_unique<ConservativeShift>(cluster);
  }
  return std::make_unique<NoBackfill>();
}

std::unique_ptr<Placement> make_placement(const Part& part) {
  const Settings settings(*find_part(part.name, PartKind::kPlacement), part);
  if (part.name == "spread") return std::make_unique<Spread>();
  return std::make_unique<Packed>();
}

struct Composition {
  Part order;
  Part backfill{"none", {}};
  Part placement{"packed", {}};
};

[[noreturn]] void fail_unknown(const std::string& name, bool first) {
  std::vector<std::string> names;
  for (const PartInfo& info : policy_parts()) {
    const bool leads = info.kind == PartKind::kOrder || info.kind == PartKind::kShortName;
    if (leads == first) names.push_back(info.name);
  }
  throw InputError(fmt::format("unknown {} '{}'{}", first ? "policy" : "policy part", name,
                               suggestion(name, names)));
}

Composition compose(std::string_view text) {
  const std::string packed_text = without_spaces(text);
  if (packed_text.empty()) throw InputError("a policy has no name");
  std::vector<std::string> pieces = split(packed_text, '+');
  const Part leading = parse_part(pieces.front());
  if (const PartInfo* short_name = find_part(leading.name, PartKind::kShortName)) {
    if (!leading.values.empty()) {
      throw InputError(fmt::format("policy '{}' has no parameters; write '{}' with them",
                                   leading.name, short_name->stands_for));
    }
    std::vector<std::string> longer = split(short_name->stands_for, '+');
    longer.insert(longer.end(), pieces.begin() + 1, pieces.end());
    pieces = std::move(longer);
  }
  Composition result;
  result.order = parse_part(pieces.front());
  if (find_part(result.order.name, PartKind::kOrder) == nullptr) {
    fail_unknown(result.order.name, true);
  }
  bool has_backfill = false;
  bool has_placement = false;
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const Part part = parse_part(pieces[i]);
    const bool is_backfill = find_part(part.name, PartKind::kBackfill) != nullptr;
    const bool is_placement = find_part(part.name, PartKind::kPlacement) != nullptr;
    if (!is_backfill && !is_placement) fail_unknown(part.name, false);
    if (std::exchange(is_backfill ? has_backfill : has_placement, true)) {
      throw InputError(fmt::format("policy '{}' has two {}s", packed_text,
                                   is_backfill ? "backfill" : "placement"));
    }
    (is_backfill ? result.backfill : result.placement) = part;
  }
  return result;
}

}  // namespace

std::span<const PartInfo> policy_parts() {
  static const std::vector<PartInfo> parts = make_parts();
  return parts;
}

std::string canonical_policy(std::string_view text) {
  make_policy(text, Cluster{}, Tenants{});
  return without_spaces(text);
}

std::unique_ptr<Policy> make_policy(std::string_view text, const Cluster& cluster,
                                    const Tenants& tenants) {
  const Composition parts = compose(text);
  return std::make_unique<ListPolicy>(tenants, make_order(parts.order, tenants),
                                      make_backfill(parts.backfill, cluster),
                                      make_placement(parts.placement));
}

}  // namespace tandem
