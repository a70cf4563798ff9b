#include "sim/moves_between.h"

#include <algorithm>
#include <cstdint>

namespace tandem {
namespace {

std::uint64_t ranks_of(std::span<const NodeShare> gang) {
  std::uint64_t ranks = 0;
  for (const NodeShare& share : gang) ranks += share.ranks;
  return ranks;
}

std::uint64_t rounded_up(std::uint64_t part, std::uint64_t unit) {
  return (part + unit - 1) / unit;
}

}  // namespace

std::vector<NodeMove> moves_between(std::span<const NodeShare> from,
                                    std::span<const NodeShare> to) {
  const std::uint64_t senders = ranks_of(from);
  const std::uint64_t receivers = ranks_of(to);
  // In units of which a sender has as many as there are receivers, and the other way round.
  const std::uint64_t all = senders * receivers;
  std::vector<NodeMove> moves;
  std::uint64_t done = 0;
  std::uint64_t to_end = 0;
  auto next = to.begin();
  std::uint64_t from_end = 0;
  for (const NodeShare& share : from) {
    from_end += share.ranks * receivers;
    while (done < from_end) {
      while (done == to_end) to_end += (next++)->ranks * senders;
      const std::uint64_t part = std::min(from_end, to_end) - done;
      done += part;
      const NodeId target = std::prev(next)->node;
      if (target == share.node) continue;
      const std::uint64_t cards = std::min(rounded_up(part, receivers), rounded_up(part, senders));
      moves.push_back({share.node, target, static_cast<std::uint32_t>(cards),
                       static_cast<double>(part) / static_cast<double>(all)});
    }
  }
  return moves;
}

}  // namespace tandem
