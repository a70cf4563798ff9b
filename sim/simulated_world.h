// The simulated world: jumps from event to event.
//
// Its own integer times are the master; the network (SimGrid), which gangs and services share, is
// asked for its next event only while transfers are in flight. Here jobs arrive, nodes fail and
// come back, and people change their minds; what gangs do is theirs (gangs.h).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/world.h"
#include "sim/failures.h"
#include "sim/gangs.h"
#include "sim/network.h"
#include "sim/serving/services.h"
#include "workloads/scenario.h"

namespace tandem {

class SimulatedWorld final : public World {
 public:
  /// `oracle`: true run times are told with submissions. `scenario` must outlive the world, and so
  /// must `requests`, who hears of every request unless it is null.
  SimulatedWorld(const Scenario& scenario, std::uint64_t seed, bool oracle,
                 ServiceRecorder* requests = nullptr);

  std::optional<Step> next(std::optional<Time> deadline) override;
  void apply(const Action& action) override;

  /// Jobs and requests that have arrived so far, and how many there will be: for progress.
  std::uint64_t arrived() const { return arrived_ + services_.arrived(); }
  std::uint64_t expected() const { return arrivals_->count() + services_.expected(); }
  /// Changes of jobs (Scenario::changes) that found no such job waiting or running, or came after
  /// the end.
  std::uint64_t changes_missed() const {
    return changes_missed_ + (scenario_.changes.size() - next_change_);
  }

 private:
  void arrive(Time now, std::vector<Event>& events);
  void change_nodes(Time now, std::vector<Event>& events);
  void notice(const NodeChange& change, Time now, std::vector<Event>& events);
  void change_jobs(Time now, std::vector<Event>& events);
  void end_transfers(Time now, std::vector<Event>& events);
  void serve(Time now, std::vector<Event>& events);
  /// Of all but services.
  std::optional<Time> next_time(std::optional<Time> deadline);

  const Scenario& scenario_;
  const bool oracle_;
  std::unique_ptr<ArrivalSource> arrivals_;
  std::optional<Arrival> next_arrival_;
  Failures failures_;
  std::deque<NodeChange> unnoticed_;  ///< With the times when they will be noticed.
  std::unique_ptr<Network> network_;  ///< None: cards have no rate, and nothing goes through them.
  Gangs gangs_;
  Services services_;
  Time now_{};
  std::vector<Event> reported_;  ///< What actions caused at once, for the next step.
  std::map<std::string, std::optional<JobId>, std::less<>> named_;  ///< Jobs that changes name.
  std::size_t next_change_ = 0;                                     ///< In Scenario::changes.
  std::uint64_t arrived_ = 0;
  std::uint64_t changes_missed_ = 0;
};

}  // namespace tandem
