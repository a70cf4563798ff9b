// A tree of accounts, ranked depth first: the better account goes first with all that is below it.
#pragma once

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "policies/core/tenant.h"

namespace tandem {

/// As Slurm's fair tree ranks users: siblings by level; ties share a place, and tied accounts are
/// ranked as one, with the children of all. (Slurm documentation, fair_tree; reference.md.)
class TreePlaces {
 public:
  explicit TreePlaces(const Tenants& tenants);

  /// Of every leaf account, how many leaves rank before it; other accounts have 0. `levels`, by
  /// account, compare it to its siblings: smaller goes first. Costs about one step an account when
  /// little has changed since the last call.
  const std::vector<std::uint32_t>& rank(std::span<const double> levels);

 private:
  /// An account among its siblings: leaves before accounts of the same level.
  struct Sibling {
    double level = 0;
    bool leaf = true;
    TenantId id;
    friend bool operator<(const Sibling& a, const Sibling& b) {
      return std::tuple(a.level, !a.leaf, a.id) < std::tuple(b.level, !b.leaf, b.id);
    }
  };
  /// Ranks the leaves below `siblings`. `tied`: the first shares the place of the last one ranked.
  void rank(std::vector<Sibling>& siblings, std::span<const double> levels, bool tied);

  std::vector<Sibling> top_;  ///< Sorted as of the last ranking, like the children.
  std::vector<std::vector<Sibling>> children_;
  std::vector<std::uint32_t> places_;
  std::uint32_t ranked_ = 0;      ///< Leaves that have a place.
  std::uint32_t last_place_ = 0;  ///< Of the leaf ranked last.
};

}  // namespace tandem
