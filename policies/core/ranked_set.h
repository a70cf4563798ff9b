// Waiting jobs in order, with the question backfilling asks: the first whose estimate is at most X.
//
// A treap whose nodes know the smallest estimate below them, so that insert, erase and that
// question each cost O(log n). Many sets share one Pool, which keeps the nodes together in memory.
// Shape is decided by the job's id, not by chance: equal runs build equal trees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "policies/core/ids.h"
#include "policies/core/order.h"
#include "policies/core/units.h"

namespace tandem {

/// What a set is sorted by: never equal for two jobs.
struct Ranked {
  Rank key = 0;
  Time submitted;
  JobId job;
  Duration estimate{};

  friend bool operator<(const Ranked& a, const Ranked& b) {
    return std::tie(a.key, a.submitted, a.job) < std::tie(b.key, b.submitted, b.job);
  }
};

class RankedSet {
 public:
  class Pool;

  bool empty() const { return root_ == kNone; }
  /// Inserts an item that is not there.
  void insert(Pool& pool, const Ranked& item);
  /// Erases an item that is there.
  void erase(Pool& pool, const Ranked& item);
  /// The first of a set that is not empty.
  const Ranked& first(const Pool& pool) const;
  /// The first with an estimate of at most `limit`; null if there is none.
  const Ranked* first_within(const Pool& pool, Duration limit) const;
  /// Appends the first behind `item`, which need not be there, with estimates of at most `limit`,
  /// until `items` has `most`. O(log n) and a step an item.
  void append_behind(const Pool& pool, const Ranked& item, Duration limit, std::size_t most,
                     std::vector<Ranked>& items) const {
    append_behind(pool, root_, item, limit, most, items);
  }
  /// Calls `visit(item)` for all, the first first.
  template <class Visit>
  void for_each(const Pool& pool, Visit visit) const;

 private:
  using Index = std::uint32_t;
  static constexpr Index kNone = ~Index{0};

  static Index inserted(Pool& pool, Index root, Index node);
  static Index erased(Pool& pool, Index root, const Ranked& item);
  static Index merged(Pool& pool, Index left, Index right);
  /// Everything smaller than `item` to the left, the rest to the right.
  static void split(Pool& pool, Index root, const Ranked& item, Index& left, Index& right);

  static void append_behind(const Pool& pool, Index root, const Ranked& item, Duration limit,
                            std::size_t most, std::vector<Ranked>& items);

  template <class Visit>
  static void visit_below(const Pool& pool, Index root, Visit& visit);

  Index root_ = kNone;
};

/// The nodes of many sets. Erased ones are used again.
class RankedSet::Pool {
 private:
  friend class RankedSet;
  struct Node {
    Ranked item;
    Duration least_estimate{};  ///< Of the whole subtree.
    std::uint32_t weight = 0;   ///< A node's weight is above its children's.
    Index left = kNone;
    Index right = kNone;
  };

  Index make(const Ranked& item);
  void drop(Index node);
  void update(Index node);

  std::vector<Node> nodes_;
  Index free_ = kNone;  ///< Chained through `left`.
};

template <class Visit>
void RankedSet::for_each(const Pool& pool, Visit visit) const {
  visit_below(pool, root_, visit);
}

template <class Visit>
void RankedSet::visit_below(const Pool& pool, Index root, Visit& visit) {
  if (root == kNone) return;
  visit_below(pool, pool.nodes_[root].left, visit);
  visit(pool.nodes_[root].item);
  visit_below(pool, pool.nodes_[root].right, visit);
}

}  // namespace tandem
