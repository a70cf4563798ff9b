// Who has which place in the future: the account behind every backfill in which all waiting gangs
// hold reservations.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policies/backfill/backfill.h"
#include "policies/backfill/profile.h"

namespace tandem {

/// Where and when a waiting gang is to run, by its estimate.
struct Place {
  DeviceTypeId type;
  Time start;
  Time end;
  std::uint32_t devices = 0;
  Time latest = kForever;  ///< Nobody may push the start beyond this.
};

/// What will be free of all types.
class Future {
 public:
  explicit Future(const Cluster& cluster);

  Profile& of(DeviceTypeId type) { return profiles_[type.value]; }
  void take(const Place& place) { change(place, -1); }
  void give_back(const Place& place) { change(place, 1); }
  /// The earliest hole from `now` on, of several types the first.
  std::optional<Place> earliest(Time now, DeviceTypes types, std::uint32_t devices,
                                Duration estimate) const;
  /// Whether the holder of a place could have an earlier one, as far as is quickly seen. If not, it
  /// cannot.
  bool may_move(Time now, DeviceTypes types, const Place& place) const;
  /// Whether any device is free, of whatever type.
  bool any_free(Time time) const;
  void forget_before(Time now);

 private:
  void change(const Place& place, std::int64_t sign) {
    of(place.type).add(place.start, place.end, sign * place.devices);
  }
  std::vector<Profile> profiles_;  ///< By device type.
};

/// The place that begins now on a type, whether or not there is room.
Place place_now(Time now, DeviceTypeId type, std::uint32_t devices, Duration estimate);

/// Whether a job of this demand is given a place; see Places.
inline bool has_place(const Demand& demand) {
  return demand.devices > 0 && !demand.shares_device();
}

/// Running gangs and places, counted in devices of each type, and in nothing else: CPUs, memory and
/// the bounds of nodes are not foreseen. A gang to which they matter is given the earliest hole
/// that has enough devices, on a type whose nodes could take it if all others let go; when its time
/// has come it still has to find room, and keeps its devices counted until it does.
///
/// A gang that has outrun its estimate is expected to end at any moment: its devices count as free
/// from now on. An estimate of zero counts as a nanosecond. A job without whole devices
/// has no place: it starts as soon as it fits.
class Places {
 public:
  /// `cluster` must outlive this.
  explicit Places(const Cluster& cluster);

  void running(const Job& job, const Allocation& allocation, Time estimated_end);
  void ended(JobId job);

  /// What has become of the future since the last call.
  struct News {
    bool gained = false;      ///< A gang ended before its time, or a node came up.
    bool delayed = false;     ///< A gang will end later than believed.
    bool nodes_lost = false;  ///< A node went down.
  };
  News come_to(Time now, const FreeDevices& free);

  /// The earliest hole from now on. Nothing for a job without devices, and while nodes are missing.
  std::optional<Place> earliest(const Demand& demand, Duration estimate) {
    return earliest_in(with_places_, demand, estimate);
  }
  std::optional<Place> earliest_in(const Future& future, const Demand& demand, Duration estimate);
  /// See Future; the job has this demand.
  bool may_move(const Demand& demand, const Place& place) {
    return with_places_.may_move(now_, usable(demand), place);
  }
  /// Whether a gang could have a place that begins now.
  bool any_free_now() const { return with_places_.any_free(now_); }
  /// As if no waiting job had a place.
  const Future& gangs_only() const { return gangs_only_; }

  void hold(JobId job, const Place& place);
  void release(JobId job);
  void release_all();
  /// The place of a waiting job; null if it has none.
  const Place* find(JobId job) const { return held_.find(job); }
  std::size_t size() const { return starts_.size(); }
  /// Appends all jobs that have places, in no order of the queue.
  void append_all(std::vector<JobId>& jobs) const;
  /// Appends all jobs whose places have begun, or begin now.
  void append_due(std::vector<JobId>& jobs) const;
  /// When the next place begins that does not begin now.
  std::optional<Time> next_start() const;

 private:
  struct Gang {
    DeviceTypeId type;
    std::uint32_t devices = 0;
    Time end;
  };
  /// Types whose nodes that are up could take all of the gang if nobody else were there.
  DeviceTypes usable(const Demand& demand);
  void add_until(Time end, DeviceTypeId type, std::int64_t devices);

  const Cluster& cluster_;
  Time now_;
  std::vector<bool> up_;  ///< By node.
  Future gangs_only_;
  Future with_places_;
  PagedMap<JobId, Gang> gangs_;
  PagedMap<JobId, Place> held_;
  std::set<std::pair<Time, JobId>> starts_;  ///< Of all that are held.
  std::map<Demand, DeviceTypes> usable_;     ///< As long as no node changes.
  Time freed_until_;  ///< The latest estimated end of a gang that ended since the last come_to().
  bool delayed_ = false;
};

/// A backfill in which every waiting gang has a place.
class PlaceBackfill : public Backfill {
 public:
  explicit PlaceBackfill(const Cluster& cluster) : places_(cluster) {}

  Queue::Apart looks_for() const override { return Queue::Apart::kNone; }
  bool decides_first() const override { return true; }
  void running(const Job& job, const Allocation& allocation, Time estimated_end) override {
    places_.running(job, allocation, estimated_end);
  }
  void ended(JobId job) override { places_.ended(job); }
  void waits(const Job& job) override;
  void waits_no_more(const Job& job) override;

 protected:
  /// Starts the job if the time of its place has come, or it needs none, and it really fits.
  bool start_if_due(Filling& filling, JobId job);
  /// Appends the jobs that are given no place, of the demands that fit now.
  void append_without_place(const Filling& filling, std::vector<JobId>& jobs) const;
  /// Why a job starts that has a place.
  std::string why(const Filling& filling, JobId job) const;

  Places places_;

 private:
  std::map<Demand, std::set<JobId>> without_place_;  ///< Jobs that wait and are given none.
};

}  // namespace tandem
