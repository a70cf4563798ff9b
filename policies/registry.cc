#include "policies/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "policies/list_policy.h"
#include "policies/part_text.h"
#include "policies/parts.h"

namespace tandem {
namespace {

PartInfo short_name(std::string name, std::string stands_for, std::string summary) {
  PartInfo info;
  info.name = std::move(name);
  info.kind = PartKind::kShortName;
  info.summary = std::move(summary);
  info.stands_for = std::move(stands_for);
  return info;
}

/// Those of policies/global/, then those from outside.
std::vector<Part<Policy>>& complete_policies() {
  static std::vector<Part<Policy>> policies = whole_policies();
  return policies;
}

std::vector<PartInfo> make_parts() {
  std::vector<PartInfo> infos;
  const auto add = [&](const auto& parts) {
    for (const auto& part : parts) infos.push_back(part.info);
  };
  add(order_parts());
  add(backfill_parts());
  add(placement_parts());
  add(preemption_parts());
  add(growth_parts());
  add(whole_policies());
  infos.push_back(short_name("first-fit", "fifo+first-fit", "FIFO order, whoever fits starts."));
  infos.push_back(
      short_name("srtf", "srpt", "Another name of srpt: shortest remaining time first."));
  infos.push_back(short_name("easy", "fifo+easy", "FIFO order with EASY backfilling."));
  infos.push_back(
      short_name("conservative", "fifo+conservative", "FIFO order with conservative backfilling."));
  return infos;
}

std::vector<PartInfo>& all_parts() {
  static std::vector<PartInfo> parts = make_parts();
  return parts;
}

const PartInfo* find_part(std::string_view name, PartKind kind) {
  for (const PartInfo& info : policy_parts()) {
    if (info.kind == kind && info.name == name) return &info;
  }
  return nullptr;
}

template <class Product>
std::unique_ptr<Product> make(const std::vector<Part<Product>>& parts, const PartText& text,
                              const Surroundings& around) {
  const auto part = std::find_if(parts.begin(), parts.end(), [&](const Part<Product>& candidate) {
    return candidate.info.name == text.name;
  });
  return part->make(Settings(part->info, text.values), around);
}

[[noreturn]] void fail_unknown(const std::string& name, bool first) {
  std::vector<std::string> names;
  for (const PartInfo& info : policy_parts()) {
    const bool leads = info.kind == PartKind::kOrder || info.kind == PartKind::kPolicy ||
                       info.kind == PartKind::kShortName;
    if (leads == first) names.push_back(info.name);
  }
  throw InputError(fmt::format("unknown {} '{}'{}", first ? "policy" : "policy part", name,
                               suggestion(name, names)));
}

/// The parts that may follow an order, and what errors call them.
constexpr std::pair<PartKind, const char*> kFollowing[] = {{PartKind::kBackfill, "backfill"},
                                                           {PartKind::kPlacement, "placement"},
                                                           {PartKind::kPreemption, "preemption"},
                                                           {PartKind::kGrowth, "growth"}};

struct Composition {
  PartText order;
  std::map<PartKind, PartText> following{{PartKind::kBackfill, {"none", {}}},
                                         {PartKind::kPlacement, {"packed", {}}}};
};

/// The pieces between '+', short names written out.
std::vector<std::string> pieces_of(const std::string& text) {
  std::vector<std::string> pieces = split(text, '+');
  const PartText leading = parse_part(pieces.front());
  const PartInfo* abbreviation = find_part(leading.name, PartKind::kShortName);
  if (abbreviation == nullptr) return pieces;
  if (!leading.values.empty()) {
    throw InputError(fmt::format("policy '{}' has no parameters; write '{}' with them",
                                 leading.name, abbreviation->stands_for));
  }
  std::vector<std::string> longer = split(abbreviation->stands_for, '+');
  longer.insert(longer.end(), pieces.begin() + 1, pieces.end());
  return longer;
}

Composition compose(std::string_view text) {
  const std::string packed_text = without_spaces(text);
  if (packed_text.empty()) throw InputError("a policy has no name");
  const std::vector<std::string> pieces = pieces_of(packed_text);
  Composition result;
  result.order = parse_part(pieces.front());
  if (find_part(result.order.name, PartKind::kOrder) == nullptr) {
    fail_unknown(result.order.name, true);
  }
  std::map<PartKind, bool> given;
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const PartText part = parse_part(pieces[i]);
    const auto role =
        std::find_if(std::begin(kFollowing), std::end(kFollowing),
                     [&](const auto& kind) { return find_part(part.name, kind.first) != nullptr; });
    if (role == std::end(kFollowing)) fail_unknown(part.name, false);
    if (std::exchange(given[role->first], true)) {
      throw InputError(fmt::format("policy '{}' has two {}s", packed_text, role->second));
    }
    result.following[role->first] = part;
  }
  return result;
}

/// The policy of its own that `text` names; null if it names none.
std::unique_ptr<Policy> make_whole(const std::string& text, const Surroundings& around) {
  const std::vector<std::string> pieces = split(text, '+');
  const PartText leading = parse_part(pieces.front());
  if (find_part(leading.name, PartKind::kPolicy) == nullptr) return nullptr;
  if (pieces.size() > 1) {
    throw InputError(
        fmt::format("policy '{}' is complete: nothing can be added to it, such as '{}'",
                    leading.name, pieces[1]));
  }
  return make(complete_policies(), leading, around);
}

void check(const Composition& composition, const ListPolicy::Parts& parts) {
  if (!parts.preemption || parts.order->settles() || !parts.preemption->stops_at_once()) return;
  throw InputError(
      fmt::format("policy '{}' with preempt:min_runtime=0s: gangs could stop each other for ever, "
                  "because being served changes their ranks; give a min_runtime above 0",
                  composition.order.name));
}

}  // namespace

std::span<const PartInfo> policy_parts() { return all_parts(); }

void add_policy(Part<Policy> part, const std::string& from) {
  const std::string& name = part.info.name;
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  if (name.empty() || name.find_first_not_of(kAllowed) != std::string::npos) {
    throw InputError(
        fmt::format("{}: the policy name '{}' is not made of a-z, 0-9 and '-'", from, name));
  }
  for (const PartInfo& info : policy_parts()) {
    if (info.name == name) {
      throw InputError(fmt::format("{}: there is a policy part '{}' already", from, name));
    }
  }
  all_parts().push_back(part.info);
  complete_policies().push_back(std::move(part));
}

std::string canonical_policy(std::string_view text) {
  make_policy(text, {Cluster{}, Tenants{}, Models{}});
  return without_spaces(text);
}

std::unique_ptr<Policy> make_policy(std::string_view text, const Surroundings& around) {
  if (auto whole = make_whole(without_spaces(text), around)) return whole;
  const Composition composition = compose(text);
  ListPolicy::Parts parts;
  parts.order = make(order_parts(), composition.order, around);
  parts.backfill = make(backfill_parts(), composition.following.at(PartKind::kBackfill), around);
  parts.placement = make(placement_parts(), composition.following.at(PartKind::kPlacement), around);
  if (const auto part = composition.following.find(PartKind::kPreemption);
      part != composition.following.end()) {
    parts.preemption = make(preemption_parts(), part->second, around);
  }
  if (const auto part = composition.following.find(PartKind::kGrowth);
      part != composition.following.end()) {
    parts.growth = make(growth_parts(), part->second, around);
  }
  check(composition, parts);
  return std::make_unique<ListPolicy>(around, std::move(parts));
}

}  // namespace tandem
