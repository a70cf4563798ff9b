// The waiting jobs, kept in order as they come and go.
//
// Two levels: lanes, which move against each other as time passes, and inside a lane one ranked
// set for each shape (each distinct demand) or each tenant. A strict policy only asks for the first
// of all; backfilling asks for the first among the shapes that still fit, or for the first of each
// tenant, without looking at the rest.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "policies/core/ids.h"
#include "policies/core/job.h"
#include "policies/core/order.h"
#include "policies/core/paged_map.h"
#include "policies/core/ranked_set.h"

namespace tandem {

/// Numbers the distinct demands of a run, in order of appearance.
class Shapes {
 public:
  std::uint32_t of(const Demand& demand);
  const Demand& demand(std::uint32_t shape) const { return *demands_[shape]; }

 private:
  std::map<Demand, std::uint32_t> numbers_;
  std::vector<const Demand*> demands_;
};

class Queue {
 public:
  /// Which jobs of a lane are kept apart, so that the first of each set is known.
  enum class Apart { kNone, kShapes, kTenants };
  /// `order` must outlive the queue. By shapes, first_among() can be asked; by tenants, heads().
  Queue(const Order& order, Apart apart) : order_(order), apart_(apart) {}

  /// `ahead`: the gang lost a node and keeps its rank ahead of gangs that never started.
  void insert(const Claim& claim, Duration estimate, const Demand& demand, bool ahead, Time now);
  void erase(JobId job);
  bool contains(JobId job) const { return entries_.contains(job); }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }

  /// Brings the order up to date. The answers below hold for the time given here.
  void refresh(Time now);
  /// The order has moved a lane; with this the queue has, too.
  void move_lane(std::uint32_t lane, Time now);
  /// When the standing of a waiting job next ends; it may have been erased meanwhile.
  std::optional<Time> next_ending() const;
  /// The first of all; the queue is not empty.
  JobId first() const;

  /// A shape that may start, if the job's estimate is at most `limit`.
  struct Candidate {
    std::uint32_t shape = 0;
    Duration limit{};
  };
  /// The first of all jobs that one of the candidates admits.
  std::optional<JobId> first_among(std::span<const Candidate> candidates) const;

  /// All jobs, the first to go first. O(n), or O(n log n) if more than one lane or shape waits.
  std::vector<JobId> in_order() const;
  /// Where a job stands among the others, as long as version() stays the same.
  using Position = std::tuple<Rank, Time, JobId>;
  Position position(JobId job) const;
  /// Another whenever jobs may have changed places by themselves, without being inserted anew.
  std::uint64_t version() const { return version_; }
  /// Puts some of the jobs in order. O(k log k) for k of them.
  void put_in_order(std::vector<JobId>& jobs) const;
  /// The first of each tenant in each lane, in order. O(h log h) in their number h.
  std::vector<JobId> heads() const;

  /// Shapes that wait, in no particular order but always the same.
  std::span<const std::uint32_t> waiting_shapes() const { return waiting_shapes_; }
  const Demand& demand(std::uint32_t shape) const { return shapes_.demand(shape); }

 private:
  friend class QueueWalk;
  struct Entry {
    Ranked ranked;
    std::uint32_t lane = 0;
    std::uint32_t set = 0;
    Time until = kForever;
    std::unique_ptr<const Claim> claim;  ///< To ask the order again; null if that never happens.
  };
  struct Lane {
    Rank offset = 0;
    std::uint32_t jobs = 0;
    Ranked head;                         ///< The first of all its jobs, if it has any.
    std::vector<RankedSet> sets;         ///< By shape or tenant.
    std::vector<std::uint32_t> waiting;  ///< Sets that have jobs, in no particular order.
  };
  /// Gangs that come back are a lane of their own, ahead of the order's lanes.
  static constexpr std::uint32_t kReturning = 0;

  void enter(const Claim& claim, Duration estimate, std::uint32_t set, bool ahead, Time now);
  void enter(const Entry& entry, Time now);
  void leave(const Entry& entry);
  Rank offset_of(std::uint32_t lane, Time now) const;
  /// By the ranks of their heads; never equal for two lanes.
  bool lane_before(std::uint32_t a, std::uint32_t b) const;
  void line_up(std::uint32_t lane);
  void step_out(std::uint32_t lane);
  const Ranked& head_of(const Lane& lane) const;
  void add_waiting_shape(std::uint32_t shape);
  void drop_waiting_shape(std::uint32_t shape);

  const Order& order_;
  const Apart apart_;
  Shapes shapes_;
  RankedSet::Pool pool_;
  std::vector<Lane> lanes_;
  std::vector<std::uint32_t> in_order_;  ///< Lanes with jobs, by their heads.
  std::int64_t epoch_ = 0;
  std::uint64_t version_ = 0;
  PagedMap<JobId, Entry> entries_;
  /// When standings end. Entries of jobs that have left, or stand otherwise by now, are ignored.
  using Ending = std::pair<Time, JobId>;
  std::priority_queue<Ending, std::vector<Ending>, std::greater<>> endings_;
  std::vector<std::uint32_t> waiting_shapes_;
  std::vector<std::uint32_t> waiting_by_shape_;
  std::vector<std::uint32_t> place_of_shape_;  ///< In waiting_shapes_.
};

}  // namespace tandem
