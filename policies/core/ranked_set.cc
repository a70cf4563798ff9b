#include "policies/core/ranked_set.h"

#include <algorithm>

#include "policies/core/check.h"

namespace tandem {
namespace {

/// Scatters consecutive ids; the finaliser of MurmurHash3 (Appleby, public domain).
std::uint32_t scattered(std::uint32_t x) {
  x = (x ^ x >> 16) * 0x85ebca6bu;
  x = (x ^ x >> 13) * 0xc2b2ae35u;
  return x ^ x >> 16;
}

}  // namespace

RankedSet::Index RankedSet::Pool::make(const Ranked& item) {
  Index node = free_;
  if (node == kNone) {
    node = static_cast<Index>(nodes_.size());
    nodes_.emplace_back();
  } else {
    free_ = nodes_[node].left;
  }
  nodes_[node] = {item, item.estimate, scattered(item.job.value), kNone, kNone};
  return node;
}

void RankedSet::Pool::drop(Index node) {
  nodes_[node].left = free_;
  free_ = node;
}

void RankedSet::Pool::update(Index node) {
  Node& n = nodes_[node];
  n.least_estimate = n.item.estimate;
  if (n.left != kNone) n.least_estimate = std::min(n.least_estimate, nodes_[n.left].least_estimate);
  if (n.right != kNone) {
    n.least_estimate = std::min(n.least_estimate, nodes_[n.right].least_estimate);
  }
}

void RankedSet::split(Pool& pool, Index root, const Ranked& item, Index& left, Index& right) {
  if (root == kNone) {
    left = right = kNone;
    return;
  }
  if (pool.nodes_[root].item < item) {
    left = root;
    Index rest = kNone;
    split(pool, pool.nodes_[root].right, item, rest, right);
    pool.nodes_[root].right = rest;
  } else {
    right = root;
    Index rest = kNone;
    split(pool, pool.nodes_[root].left, item, left, rest);
    pool.nodes_[root].left = rest;
  }
  pool.update(root);
}

RankedSet::Index RankedSet::inserted(Pool& pool, Index root, Index node) {
  if (root == kNone) return node;
  if (pool.nodes_[node].weight > pool.nodes_[root].weight) {
    Index left = kNone;
    Index right = kNone;
    split(pool, root, pool.nodes_[node].item, left, right);
    pool.nodes_[node].left = left;
    pool.nodes_[node].right = right;
    pool.update(node);
    return node;
  }
  if (pool.nodes_[node].item < pool.nodes_[root].item) {
    pool.nodes_[root].left = inserted(pool, pool.nodes_[root].left, node);
  } else {
    pool.nodes_[root].right = inserted(pool, pool.nodes_[root].right, node);
  }
  pool.update(root);
  return root;
}

RankedSet::Index RankedSet::merged(Pool& pool, Index left, Index right) {
  if (left == kNone) return right;
  if (right == kNone) return left;
  if (pool.nodes_[left].weight > pool.nodes_[right].weight) {
    pool.nodes_[left].right = merged(pool, pool.nodes_[left].right, right);
    pool.update(left);
    return left;
  }
  pool.nodes_[right].left = merged(pool, left, pool.nodes_[right].left);
  pool.update(right);
  return right;
}

RankedSet::Index RankedSet::erased(Pool& pool, Index root, const Ranked& item) {
  CHECK(root != kNone, "job {} is not in the set", item.job.value);
  if (pool.nodes_[root].item.job == item.job) {
    const Index rest = merged(pool, pool.nodes_[root].left, pool.nodes_[root].right);
    pool.drop(root);
    return rest;
  }
  if (item < pool.nodes_[root].item) {
    pool.nodes_[root].left = erased(pool, pool.nodes_[root].left, item);
  } else {
    pool.nodes_[root].right = erased(pool, pool.nodes_[root].right, item);
  }
  pool.update(root);
  return root;
}

void RankedSet::insert(Pool& pool, const Ranked& item) {
  root_ = inserted(pool, root_, pool.make(item));
}

void RankedSet::erase(Pool& pool, const Ranked& item) { root_ = erased(pool, root_, item); }

const Ranked& RankedSet::first(const Pool& pool) const {
  Index node = root_;
  while (pool.nodes_[node].left != kNone) node = pool.nodes_[node].left;
  return pool.nodes_[node].item;
}

const Ranked* RankedSet::first_within(const Pool& pool, Duration limit) const {
  Index node = root_;
  while (node != kNone && pool.nodes_[node].least_estimate <= limit) {
    const auto& n = pool.nodes_[node];
    if (n.left != kNone && pool.nodes_[n.left].least_estimate <= limit) {
      node = n.left;
    } else if (n.item.estimate <= limit) {
      return &n.item;
    } else {
      node = n.right;
    }
  }
  return nullptr;
}

void RankedSet::append_behind(const Pool& pool, Index root, const Ranked& item, Duration limit,
                              std::size_t most, std::vector<Ranked>& items) {
  if (root == kNone || items.size() == most || pool.nodes_[root].least_estimate > limit) return;
  const auto& node = pool.nodes_[root];
  if (item < node.item) {
    append_behind(pool, node.left, item, limit, most, items);
    if (items.size() < most && node.item.estimate <= limit) items.push_back(node.item);
  }
  append_behind(pool, node.right, item, limit, most, items);
}

}  // namespace tandem
