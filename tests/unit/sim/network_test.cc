// Transfers against what a pencil says. Each case in a process of its own: SimGrid's engine is one
// per process.

#include "sim/network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>
#include <string>

#include "sim/child_processes.h"
#include "sim/simulated_world.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

constexpr double kGigabyte = 1e9;

/// Cards of 1 GB/s.
NetworkSettings settings(double oversubscription, double storage_gb_per_s = 0) {
  return {8 * kGigabyte, 1, oversubscription, 8 * kGigabyte * storage_gb_per_s};
}

/// One read: begun, and perhaps given up, at a second.
struct Read {
  double begin_s;
  double gigabytes;
  std::vector<NodeShare> nodes;
  double cancel_s = -1;
};

/// Ends in seconds, in the order of the reads; 0 for one that was given up.
std::vector<double> ends(std::uint32_t nodes_there, const NetworkSettings& network,
                         const std::vector<Read>& reads) {
  const auto outcomes = run_children(
      {[&](const ReportProgress&) {
        Network wires(nodes(nodes_there, 1), network);
        std::multimap<Time, std::function<void(Time)>> to_do;
        for (std::uint32_t i = 0; i < reads.size(); ++i) {
          const Read& read = reads[i];
          const Bytes amount{static_cast<std::int64_t>(read.gigabytes * kGigabyte)};
          to_do.emplace(at_second(read.begin_s), [&wires, &read, i, amount](Time now) {
            wires.begin(JobId{i}, Network::Direction::kRead, read.nodes, amount, now);
          });
          if (read.cancel_s < 0) continue;
          to_do.emplace(at_second(read.cancel_s),
                        [&wires, i](Time now) { wires.cancel(JobId{i}, now); });
        }
        std::vector<double> end_of(reads.size());
        for (Time now; true;) {
          const auto end = wires.next_end(now);
          if (!end && to_do.empty()) break;
          now = to_do.empty() ? *end : std::min(end.value_or(kForever), to_do.begin()->first);
          for (const TransferId& id : wires.advance(now)) {
            end_of[std::get<JobId>(id).value] = to_seconds(now);
          }
          for (; !to_do.empty() && to_do.begin()->first == now; to_do.erase(to_do.begin())) {
            to_do.begin()->second(now);
          }
        }
        std::ostringstream text;
        text.precision(17);
        for (const double end : end_of) text << end << " ";
        return text.str();
      }},
      1, [](std::size_t, double) {});
  EXPECT_EQ(outcomes[0].error, "");
  std::istringstream in(outcomes[0].result.value_or(""));
  std::vector<double> result;
  for (double end = 0; in >> end;) result.push_back(end);
  return result;
}

void expect_ends(const std::vector<double>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i], expected[i], 1e-9 * expected[i]) << "read " << i;
  }
}

TEST(Network, AloneAReadIsAsFastAsTheCard) {
  expect_ends(ends(4, settings(1), {{0, 5, {{{2}, 1}}}}), {5});
}

TEST(Network, GangReadsInPartsByRanks) {
  // 3 GB go to one node, 1 GB to the other, at the same time.
  expect_ends(ends(2, settings(1), {{1, 4, {{{0}, 3}, {{1}, 1}}}}), {4});
}

TEST(Network, TwoJobsShareTheCore) {
  // The core of two nodes is as fast as one card. The first is alone for a second, then both have
  // half; when it has ended, the second has all.
  expect_ends(ends(2, settings(2), {{0, 2, {{{0}, 1}}}, {1, 2, {{{1}, 1}}}}), {3, 4});
}

TEST(Network, TwoJobsOnOneNodeShareItsCard) {
  expect_ends(ends(8, settings(1), {{0, 1, {{{0}, 1}}}, {0, 3, {{{0}, 1}}}}), {2, 4});
}

TEST(Network, StorageBounds) {
  // Half a card's rate for all together.
  expect_ends(ends(4, settings(1, 0.5), {{0, 1, {{{0}, 1}}}}), {2});
  expect_ends(ends(4, settings(1, 0.5), {{0, 1, {{{0}, 1}}}, {0, 1, {{{1}, 1}}}}), {4, 4});
}

TEST(Network, CancelledReadLeavesItsShareAtOnce) {
  // Both have had 1 of 2 GB by 2 s; the other then goes on alone.
  expect_ends(ends(2, settings(2), {{0, 2, {{{0}, 1}}}, {0, 2, {{{1}, 1}}, 2}}), {3, 0});
}

TEST(Network, IdleTimesCostNothing) {
  expect_ends(ends(2, settings(1), {{0, 1, {{{0}, 1}}}, {1000, 1, {{{0}, 1}}}}), {1, 1001});
}

TEST(Network, JobsReadTheirInputEachTimeTheyStart) {
  // 2 s of reading, 10 s of computing. The node is lost at 5 s, after 3 s of computing without a
  // checkpoint, and comes back at 6 s: read again until 8, done at 18.
  const auto outcomes =
      run_children({[](const ReportProgress&) {
                     auto jobs = arrivals_of({{0, 10, 1}});
                     jobs[0].input = {2'000'000'000};
                     Scenario scenario = scenario_of(nodes(1, 1), jobs);
                     scenario.network = settings(1);
                     scenario.failures.outages.push_back({{0}, at_second(5), at_second(6)});
                     return journal_of(scenario, "fifo");
                   }},
                   1, [](std::size_t, double) {});
  ASSERT_EQ(outcomes[0].error, "");
  const std::string& journal = *outcomes[0].result;
  EXPECT_EQ(journal.substr(journal.find("@ 0\n")),
            "@ 0\n+ submit 0 0 train 1 0 10000000000 j0\n- start 0 0 submitted first\n"
            "@ 2000000000\n+ start 0\n"
            "@ 5000000000\n+ stop 0 node-down 3000000000\n+ down 0\n"
            "@ 6000000000\n+ up 0\n- start 0 0 lost a node, goes before gangs that never started\n"
            "@ 8000000000\n+ start 0\n"
            "@ 18000000000\n+ finish 0\n");
}

/// Seconds that a ring sends beside others, all begun at once: rings, then a read of the first
/// node for 10 GB.
std::vector<double> ring_ends(const Cluster& cluster, const NetworkSettings& network,
                              const std::vector<std::vector<NodeShare>>& rings,
                              Network::Ring kind = Network::Ring::kOneFlow, bool reads = false) {
  const auto outcomes =
      run_children({[&](const ReportProgress&) {
                     Network wires(cluster, network);
                     std::vector<double> ends(rings.size());
                     for (std::uint32_t i = 0; i < rings.size(); ++i) {
                       wires.begin_ring(JobId{i}, kind, rings[i],
                                        std::min(rings[i][0].ranks, network.nics_per_node), 10, {});
                     }
                     if (reads) {
                       wires.begin(JobId{99}, Network::Direction::kRead,
                                   std::span(rings[0]).first(1), {10'000'000'000}, {});
                     }
                     for (Time now; const auto end = wires.next_end(now);) {
                       now = *end;
                       for (const TransferId& id : wires.advance(now)) {
                         const JobId job = std::get<JobId>(id);
                         if (job.value < ends.size()) ends[job.value] = to_seconds(now);
                       }
                     }
                     std::string text;
                     for (const double end : ends) text += std::to_string(end) + " ";
                     return text;
                   }},
                   1, [](std::size_t, double) {});
  EXPECT_EQ(outcomes[0].error, "");
  std::istringstream text(outcomes[0].result.value_or(""));
  std::vector<double> ends(rings.size());
  for (double& end : ends) text >> end;
  return ends;
}

std::vector<NodeShare> ring_of(std::initializer_list<std::uint32_t> nodes, std::uint32_t ranks) {
  std::vector<NodeShare> shares;
  for (const std::uint32_t node : nodes) shares.push_back({{node}, ranks});
  return shares;
}

TEST(Network, ARingSendsAsFastAsItsCards) {
  EXPECT_EQ(ring_ends(nodes(4, 2), settings(1), {ring_of({0, 1, 2, 3}, 2)})[0], 10);
  NetworkSettings two_cards = settings(1);
  two_cards.nics_per_node = 2;
  EXPECT_EQ(ring_ends(nodes(4, 2), two_cards, {ring_of({0, 1}, 1)})[0], 10) << "one of two cards";
}

TEST(Network, RingsShareTheCoreByTheirNodes) {
  // A core for 4 of 8 nodes; six and two send: each at half its rate.
  EXPECT_EQ(
      ring_ends(nodes(8, 1), settings(2), {ring_of({0, 1, 2, 3, 4, 5}, 1), ring_of({6, 7}, 1)}),
      (std::vector<double>{20, 20}));
  // Six alone: two thirds.
  EXPECT_EQ(ring_ends(nodes(8, 1), settings(2), {ring_of({0, 1, 2, 3, 4, 5}, 1)})[0], 15);
}

TEST(Network, ARingPassesEachUplinkOnce) {
  Cluster racks = nodes(8, 1);
  for (std::uint32_t node = 0; node < 8; ++node) racks.set_place({node}, node / 4, 0);
  // Uplinks of one node's rate: four rings at a quarter each.
  for (const auto kind : {Network::Ring::kOneFlow, Network::Ring::kHops}) {
    EXPECT_EQ(
        ring_ends(racks, settings(4),
                  {ring_of({0, 4}, 1), ring_of({5, 1}, 1), ring_of({6, 2}, 1), ring_of({3, 7}, 1)},
                  kind),
        (std::vector<double>{40, 40, 40, 40}));
  }
  EXPECT_EQ(ring_ends(racks, settings(4), {ring_of({0, 1, 2, 3}, 1)})[0], 10);
}

TEST(Network, CardsOfANodeHaveEqualRights) {
  // Two cards on each node, an uplink for one node: one ring has both cards, one has one.
  NetworkSettings network = settings(2);
  network.nics_per_node = 2;
  Cluster racks = nodes(4, 2);
  for (std::uint32_t node = 0; node < 4; ++node) racks.set_place({node}, node / 2, 0);
  EXPECT_EQ(ring_ends(racks, network, {ring_of({0, 2}, 2), ring_of({1, 3}, 1)}),
            (std::vector<double>{15, 15}));
}

TEST(Network, ARingSharesTheCardsWithReads) {
  // 10 GB into a node at 1 GB/s: both at half until 20.
  EXPECT_EQ(
      ring_ends(nodes(2, 1), settings(1), {ring_of({0, 1}, 1)}, Network::Ring::kOneFlow, true)[0],
      20);
}

/// Seconds that 4 GB take from node 0 to node 1 with one card, in so many parts, beside a ring of
/// the two that would be alone for 10 s.
double move_end(const Cluster& cluster, const NetworkSettings& network, bool with_ring) {
  const auto outcomes = run_children(
      {[&](const ReportProgress&) {
        Network wires(cluster, network);
        const HandoverId id{{1}, 7};
        const std::vector<NodeMove> moves{{{0}, {1}, 1, 0.25}, {{0}, {1}, 1, 0.75}};
        wires.begin_moves(id, std::span(moves).first(1), {4'000'000'000}, {});
        wires.cancel(id, {});
        wires.begin_moves(id, moves, {4'000'000'000}, {});
        if (with_ring) {
          wires.begin_ring(JobId{0}, Network::Ring::kHops, ring_of({0, 1}, 1), 1, 10, {});
        }
        for (Time now; const auto end = wires.next_end(now);) {
          now = *end;
          for (const TransferId& ended : wires.advance(now)) {
            if (ended == TransferId{id}) return std::to_string(to_seconds(now));
          }
        }
        return std::string("never");
      }},
      1, [](std::size_t, double) {});
  EXPECT_EQ(outcomes[0].error, "");
  return std::stod(outcomes[0].result.value_or("-1"));
}

TEST(Network, WhatMovesBetweenNodesEndsWithItsLastPart) {
  // Both parts at half a card's rate until 2, then the larger alone.
  EXPECT_EQ(move_end(nodes(4, 1), settings(1), false), 4);
  // One of two cards; each part is as heavy as one.
  NetworkSettings two_cards = settings(1);
  two_cards.nics_per_node = 2;
  EXPECT_EQ(move_end(nodes(4, 1), two_cards, false), 3);
  // Two racks, whose uplinks have half a card's rate.
  Cluster racks = nodes(4, 1);
  for (std::uint32_t node = 0; node < 4; ++node) racks.set_place({node}, node % 2, 0);
  EXPECT_EQ(move_end(racks, settings(4), false), 8);
}

TEST(Network, WhatMovesBetweenNodesSharesTheirCardsWithARing) {
  // A third each until 1 GB is there at 3; then half each: 3 GB need 2 GB / 0.5 more, until 7.
  EXPECT_EQ(move_end(nodes(4, 1), settings(1), true), 7);
}

}  // namespace
}  // namespace tandem
