// What the backfills that hold places promise, against plans made the slow way: one type of device,
// first come first served, gangs that never outrun their estimates.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "sim/check/law_checker.h"
#include "sim/check/random_scenario.h"
#include "tests/support/random.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

/// Devices held from a time to another.
struct Stay {
  Time from;
  Time to;
  std::int64_t devices = 0;
};

/// Plans on paper: who stays where, nothing remembered between two questions.
class Paper {
 public:
  explicit Paper(std::int64_t devices) : devices_(devices) {}
  void add(const Stay& stay) { stays_.push_back(stay); }

  /// The earliest hole from `now` on: it begins now or where a stay ends.
  Stay hole(Time now, const Job& job) const {
    std::set<Time> begins{now};
    for (const Stay& stay : stays_) begins.insert(std::max(now, stay.to));
    for (const Time begin : begins) {
      const Stay stay{begin, begin + std::max(job.estimate, Duration{1}), job.demand.devices};
      if (fits(stay)) return stay;
    }
    return {kForever, kForever, 0};
  }

 private:
  bool fits(const Stay& wanted) const {
    const auto free_at = [&](Time time) {
      std::int64_t free = devices_;
      for (const Stay& stay : stays_) {
        if (stay.from <= time && time < stay.to) free -= stay.devices;
      }
      return free;
    };
    if (free_at(wanted.from) < wanted.devices) return false;
    return std::ranges::all_of(stays_, [&](const Stay& stay) {
      const bool begins_inside = wanted.from < stay.from && stay.from < wanted.to;
      return !begins_inside || free_at(stay.from) >= wanted.devices;
    });
  }

  std::int64_t devices_;
  std::vector<Stay> stays_;
};

/// Keeps the places of all waiting jobs as a policy should, and wants whoever is due to start, and
/// nobody else.
class PlaceWatch : public LawChecker {
 public:
  void begin_step(Time now) override {
    end_step();
    LawChecker::begin_step(now);
    decides_ = std::ranges::any_of(places_, [&](const auto& p) { return p.second.from <= now; });
  }
  void event(const Event& event) override {
    const auto* changed = std::get_if<PriorityChanged>(&event);
    const bool nothing = std::holds_alternative<Started>(event) ||
                         (changed != nullptr && !waiting_.contains(changed->job));
    decides_ = decides_ || !nothing;
    if (const auto* finished = std::get_if<Finished>(&event)) note_end(finished->job);
    if (const auto* cancelled = std::get_if<Cancelled>(&event)) note_end(cancelled->job);
    LawChecker::event(event);
  }
  void action(const Action& action) override {
    if (const auto* start = std::get_if<Start>(&action)) {
      decide_once();
      started_now_.insert(start->job);
    }
    LawChecker::action(action);
  }
  void end_step() {
    decide_once();
    std::set<JobId> due;
    for (const auto& [job, place] : places_) {
      if (place.from <= now()) due.insert(job);
    }
    require(due == started_now_,
            fmt::format("{} jobs are due, {} started", due.size(), started_now_.size()));
    for (const JobId job : started_now_) {
      require(now() <= promised_[job], fmt::format("job {} starts too late", job.value));
      waited += now() > kept_until_[job];
      places_.erase(job);
    }
    started_now_.clear();
    room_gained_ = false;
  }

  std::uint64_t waited = 0;  ///< Jobs that started after the place they were first given.

 protected:
  virtual void decide() = 0;
  virtual Duration slack(const Job&) const { return {}; }

  Paper gangs_only() const {
    Paper paper(static_cast<std::int64_t>(header_.cluster.device_count()));
    for (const auto& [job, holding] : holding_) {
      paper.add({kStartOfTime, holding.since + holding.job.estimate, holding.job.demand.devices});
    }
    return paper;
  }
  Paper with_places(std::optional<JobId> without = std::nullopt) const {
    Paper paper = gangs_only();
    for (const auto& [job, place] : places_) {
      if (job != without) paper.add(place);
    }
    return paper;
  }
  void give(const Job& job, const Stay& place) {
    places_[job.id] = place;
    promised_.emplace(job.id, later(place.from, slack(job)));
    kept_until_.emplace(job.id, place.from);
  }
  /// The shifting variant of conservative backfilling.
  void shift() {
    for (const auto& [id, job] : waiting_) {
      if (!places_.contains(id)) {
        give(job, with_places().hole(now(), job));
      } else if (room_gained_) {
        const Stay place = with_places(id).hole(now(), job);
        if (place.from < places_[id].from) places_[id] = place;
      }
    }
  }

  std::map<JobId, Stay> places_;
  std::map<JobId, Time> promised_;

 private:
  void note_end(JobId job) {
    const auto gang = holding_.find(job);
    room_gained_ = room_gained_ || gang == holding_.end() ||
                   gang->second.since + gang->second.job.estimate > now();
    places_.erase(job);
  }
  void decide_once() {
    if (std::exchange(decides_, false)) decide();
  }

  std::map<JobId, Time> kept_until_;
  std::set<JobId> started_now_;
  bool room_gained_ = false;
  bool decides_ = false;  ///< Whether anything happened that concerns the waiting, or one is due.
};

/// Places are given out again all the time: only exact estimates make the first one a promise.
class RebuildWatch final : public PlaceWatch {
  Duration slack(const Job&) const override { return Duration::max(); }
  void decide() override {
    places_.clear();
    for (const auto& [id, job] : waiting_) give(job, with_places().hole(now(), job));
  }
};

class ShiftWatch final : public PlaceWatch {
  void decide() override { shift(); }
};

class SlackWatch final : public PlaceWatch {
 public:
  explicit SlackWatch(int slack) : slack_(slack) {}

 private:
  Duration slack(const Job& job) const override { return slack_ * job.estimate; }
  void decide() override {
    shift();
    std::vector<const Job*> refused;
    for (const auto& [id, job] : waiting_) {
      const bool hopeless = std::ranges::any_of(refused, [&, &j = job](const Job* other) {
        return j.demand.devices >= other->demand.devices && j.estimate >= other->estimate;
      });
      if (places_[id].from == now() || hopeless || job.demand.devices > free_now()) continue;
      if (!make_room(job)) refused.push_back(&job);
    }
  }
  std::int64_t free_now() const {
    std::int64_t free = header_.cluster.device_count();
    for (const auto& [id, holding] : holding_) free -= holding.job.demand.devices;
    for (const auto& [id, place] : places_) free -= place.from == now() ? place.devices : 0;
    return free;
  }
  bool make_room(const Job& first) {
    Paper paper = gangs_only();
    std::map<JobId, Stay> places{
        {first.id, {now(), now() + std::max(first.estimate, Duration{1}), first.demand.devices}}};
    for (const auto& [id, place] : places_) {
      if (place.from == now()) places[id] = place;
    }
    for (const auto& [id, place] : places) paper.add(place);
    for (const auto& [id, job] : waiting_) {
      if (places.contains(id)) continue;
      const Stay place = paper.hole(now(), job);
      if (place.from > promised_[id]) return false;
      paper.add(places[id] = place);
    }
    places_ = places;
    return true;
  }

  const int slack_;
};

/// One type, no failures, and no gang outruns its estimate, which one of zero would do at once.
enum class Estimates { kExact, kOver };
Scenario steady(std::uint64_t seed, Estimates estimates = Estimates::kOver) {
  const Mix mix{.types = false,
                .rooms = false,
                .failures = false,
                .cancellations = estimates == Estimates::kOver,
                .quotas = false,
                .infeasible = false,
                .interval = false,
                .shares = false,
                .elastic = false,
                .speeds = false,
                .exclusions = false,
                .dependencies = false,
                .limits = false,
                .inner_quotas = false,
                .starts = false,
                .kills = false};
  Scenario scenario = random_scenario(seed, mix);
  std::vector<Arrival> arrivals;
  const auto source = scenario.arrivals(seed);
  while (auto arrival = source->next()) {
    Duration& estimate = arrival->job.estimate;
    const Duration least = std::max(arrival->run_time, seconds(1));
    estimate = estimates == Estimates::kExact ? least : std::max(estimate, least);
    if (estimates == Estimates::kExact) arrival->run_time = estimate;
    arrivals.push_back(*std::move(arrival));
  }
  scenario.arrivals = scenario_of(scenario.cluster, std::move(arrivals)).arrivals;
  return scenario;
}

/// Returns how many jobs started later than first planned.
template <class Watch>
std::uint64_t watch_all(const std::string& policy, const Watch& fresh,
                        Estimates estimates = Estimates::kOver) {
  std::uint64_t waited = 0;
  std::uint64_t started = 0;
  for (std::uint64_t seed = 1; seed <= seeds(1000); ++seed) {
    Watch watch = fresh;
    run(steady(seed, estimates), policy, &watch);
    watch.end_step();
    EXPECT_EQ(watch.broken(), "") << policy << " seed " << seed;
    if (testing::Test::HasFailure()) return 0;
    waited += watch.waited;
    started += watch.started();
  }
  EXPECT_GT(started, seeds(5000)) << "the workloads give no occasion";
  return waited;
}

TEST(ConservativeRebuild, StartsWhoeverTheWholePlanMakesDue) {
  // A gang that ends early lets the first of the queue take what a later job had been given.
  EXPECT_GT(watch_all("fifo+conservative:compression=rebuild", RebuildWatch()), seeds(100));
  EXPECT_GT(watch_all("fifo+conservative:compression=rebuild+spread", RebuildWatch()), seeds(100));
}

TEST(ConservativeRebuild, StartsNobodyAfterItsFirstPlaceIfEstimatesAreExact) {
  EXPECT_EQ(watch_all("fifo+conservative", RebuildWatch(), Estimates::kExact), 0U);
}

TEST(ConservativeShift, StartsWhoeverThePlacesMakeDueAndNeverLate) {
  EXPECT_EQ(watch_all("fifo+conservative:compression=shift", ShiftWatch()), 0U);
}

TEST(Slack, StartsWhoeverThePlacesMakeDueAndNeverBreaksAPromise) {
  EXPECT_EQ(watch_all("fifo+slack:slack=0", SlackWatch(0)), 0U);
  EXPECT_GT(watch_all("fifo+slack:slack=1", SlackWatch(1)), seeds(100));
  EXPECT_GT(watch_all("fifo+slack:slack=3", SlackWatch(3)), seeds(100));
}

/// Wants the widest that waits to start by the time the gangs of the moment make room for it, as
/// long as nobody wider comes.
class WidestWatch final : public LawChecker {
 public:
  void begin_step(Time now) override {
    note_widest();
    LawChecker::begin_step(now);
  }
  void event(const Event& event) override {
    LawChecker::event(event);
    const auto* submitted = std::get_if<Submitted>(&event);
    if (submitted != nullptr && submitted->job.demand.devices > most_) widest_.reset();
  }
  void action(const Action& action) override {
    const auto* start = std::get_if<Start>(&action);
    if (start != nullptr && start->job == widest_) {
      require(now() <= shadow_, fmt::format("job {}, the widest, is late", start->job.value));
      watched += shadow_ > kStartOfTime;
    }
    LawChecker::action(action);
  }
  int watched = 0;

 private:
  void note_widest() {
    const Job* widest = nullptr;
    for (const auto& [id, job] : waiting_) {
      if (widest == nullptr || job.demand.devices > widest->demand.devices) widest = &job;
    }
    if (widest == nullptr || widest->id == widest_) return;
    widest_ = widest->id;
    most_ = widest->demand.devices;
    std::multimap<Time, std::int64_t> ends;
    std::int64_t free = header_.cluster.device_count();
    for (const auto& [id, holding] : holding_) {
      free -= holding.job.demand.devices;
      ends.emplace(holding.since + holding.job.estimate, holding.job.demand.devices);
    }
    for (auto end = ends.begin(); free < widest->demand.devices; ++end) {
      free += end->second;
      shadow_ = end->first;
    }
  }

  std::optional<JobId> widest_;
  std::uint32_t most_ = 0;
  Time shadow_;
};

TEST(Largest, NeverDelaysTheWidestBeyondItsFirstShadowTime) {
  int watched = 0;
  for (std::uint64_t seed = 1; seed <= seeds(1000); ++seed) {
    WidestWatch watch;
    run(steady(seed), "fifo+largest", &watch);
    ASSERT_EQ(watch.broken(), "") << "seed " << seed;
    watched += watch.watched;
  }
  EXPECT_GT(watched, 1000 / 5) << "the workloads give no occasion";
  int broken = 0;
  for (std::uint64_t seed = 1; seed <= seeds(200); ++seed) {
    WidestWatch watch;
    run(steady(seed), "fifo+first-fit", &watch);
    broken += !watch.broken().empty();
  }
  EXPECT_GT(broken, 5) << "the watch cannot see a delay";
}

}  // namespace
}  // namespace tandem
