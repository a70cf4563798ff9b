#include "executor/control/real_gangs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policies/core/check.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

constexpr Duration kRound = 500ms;
/// A command that has shown no effect is sent again.
constexpr Duration kRepeat = 1s;
constexpr double kLongestStepsOfPatience = 20;
constexpr Duration kServedWell = 10s;

Duration of_seconds(double seconds) { return Duration{static_cast<std::int64_t>(seconds * 1e9)}; }

}  // namespace

RealGangs::RealGangs(Workers& workers, Settings settings)
    : workers_(workers), settings_(settings) {}

void RealGangs::start(JobId job, std::uint32_t generation, const Allocation& allocation,
                      GangTask task, Time now) {
  Gang gang;
  gang.job = job;
  gang.generation = generation;
  gang.allocation = allocation;
  gang.task = std::move(task);
  gang.since = gang.progressed = gang.saved = now;
  hold_devices(gang);
  gangs_.emplace(job, std::move(gang));
  begun_.push_back(job);
}

void RealGangs::hold_devices(const Gang& gang) {
  for (const DeviceId device : gang.allocation.devices) {
    if (holder_.size() <= device.value) holder_.resize(device.value + 1);
    std::optional<JobId>& holder = holder_[device.value];
    CHECK(!holder || *holder == gang.job, "device {} is held by job {}, and given to job {}",
          device.value, holder->value, gang.job.value);
    holder = gang.job;
  }
}

void RealGangs::inherit(const Inherited& inherited, GangTask task, Time now) {
  start(inherited.job, inherited.generation, inherited.allocation, std::move(task), now);
  Gang& gang = gangs_.at(inherited.job);
  gang.phase = Phase::kInherited;
  gang.was_running = inherited.was_running;
  gang.is_to_stop = inherited.is_to_stop;
}

void RealGangs::preempt(JobId job, Time now) {
  Gang& gang = gangs_.at(job);
  gang.is_to_stop = true;
  gang.stop_asked = now;
  if (gang.phase == Phase::kLoading || gang.phase == Phase::kRunning) {
    send(gang, WorkerCommand::Kind::kDrain, now);
  }
  next_round_ = now;
}

void RealGangs::finish(JobId job, Time now) {
  const auto found = gangs_.find(job);
  if (found == gangs_.end() || found->second.is_to_stop) return;
  Gang& gang = found->second;
  gang.is_to_finish = true;
  gang.stop_asked = now;
  send(gang, WorkerCommand::Kind::kFinish, now);
}

void RealGangs::break_up(JobId job, std::uint32_t generation, std::string trouble, Time now,
                         std::vector<Event>& events) {
  const auto found = gangs_.find(job);
  if (found == gangs_.end() || found->second.generation != generation) return;
  Gang& gang = found->second;
  if (gang.phase != Phase::kLoading && gang.phase != Phase::kRunning) return;
  interrupt(gang, std::move(trouble), now, events);
}

void RealGangs::resize(JobId job, std::uint32_t generation, const Allocation& allocation,
                       TrainingSpec spec, Time now) {
  gangs_.at(job).next = {generation, allocation, std::move(spec)};
  gangs_.at(job).stop_asked = now;
  send(gangs_.at(job), WorkerCommand::Kind::kDrain, now);
}

void RealGangs::cancel(JobId job, Time now) {
  gangs_.at(job).is_cancelled = true;
  next_round_ = now;
}

void RealGangs::drain(Which which, Time now) {
  for (auto& [job, gang] : gangs_) {
    if (which == Which::kLearning && gang.task.serving) continue;
    if (!gang.stop_asked) gang.stop_asked = now;
    gang.next.reset();  // Nobody goes on elsewhere any more.
    if (gang.phase == Phase::kLoading || gang.phase == Phase::kRunning) {
      send(gang, WorkerCommand::Kind::kDrain, now);
    }
  }
}

const GangFigures* RealGangs::figures(JobId job) const {
  const auto found = records_.find(job);
  return found != records_.end() ? &found->second.figures : nullptr;
}

std::string RealGangs::last_trouble(JobId job) const {
  const auto found = records_.find(job);
  return found != records_.end() ? found->second.trouble : std::string();
}

void RealGangs::attend(const std::vector<DeviceId>& news, Time now, std::vector<Event>& events) {
  for (const DeviceId device : news) {
    if (device.value >= holder_.size() || !holder_[device.value]) {
      free_worker(device);
      continue;
    }
    if (const auto found = gangs_.find(*holder_[device.value]); found != gangs_.end()) {
      look_at(found->second, now, events);
    }
  }
  // Its workers may be idle already, and then nothing more is heard of them.
  for (const JobId job : std::exchange(begun_, {})) {
    if (const auto found = gangs_.find(job); found != gangs_.end()) {
      look_at(found->second, now, events);
    }
  }
  if (now >= next_round_) {
    next_round_ = now + kRound;
    for (auto& [job, gang] : gangs_) {
      watch_clock(gang, now, events);
      look_at(gang, now, events);
    }
  }
  for (const JobId job : std::exchange(concluded_, {})) gangs_.erase(job);
}

void RealGangs::free_worker(DeviceId device) {
  const WorkerState* state = workers_.state(device);
  if (state == nullptr || state->phase == RankPhase::kIdle) return;
  if (!state->has_ended()) return workers_.kill(device);
  workers_.send(device, {WorkerCommand::Kind::kClear, state->job, state->generation, {}});
}

void RealGangs::look_at(Gang& gang, Time now, std::vector<Event>& events) {
  if (std::ranges::find(concluded_, gang.job) != concluded_.end()) return;
  if (gang.is_cancelled && gang.phase != Phase::kBreaking && gang.phase != Phase::kInherited) {
    return interrupt(gang, "cancelled", now, events);
  }
  switch (gang.phase) {
    case Phase::kInherited: return reunite(gang, now, events);
    case Phase::kWaiting:
      if (gang.is_to_stop) return conclude(gang, Stopped{gang.job}, events);
      return begin_if_idle(gang, now);
    case Phase::kLoading:
    case Phase::kRunning: return follow(gang, now, events);
    case Phase::kBreaking: return bury_if_dead(gang, now, events);
  }
}

void RealGangs::reunite(Gang& gang, Time now, std::vector<Event>& events) {
  const auto& devices = gang.allocation.devices;
  const auto is_expected = [this](DeviceId device) { return workers_.is_expected(device); };
  if (std::ranges::any_of(devices, is_expected)) return;
  gang.incarnations.clear();
  for (const DeviceId device : devices) gang.incarnations.push_back(workers_.incarnation(device));
  const auto is_ours = [&](DeviceId device) {
    const WorkerState* state = workers_.state(device);
    return state != nullptr && state->runs(gang.job, gang.generation);
  };
  if (!std::ranges::all_of(devices, is_ours)) {
    return interrupt(gang, "its workers ended while there was no controller", now, events);
  }
  gang.phase = gang.was_running ? Phase::kRunning : Phase::kLoading;
  gang.since = gang.progressed = gang.saved = now;
  if (gang.is_to_stop) {
    gang.stop_asked = now;
    send(gang, WorkerCommand::Kind::kDrain, now);
  }
  follow(gang, now, events);
}

void RealGangs::begin_if_idle(Gang& gang, Time now) {
  bool all_idle = true;
  for (const DeviceId device : gang.allocation.devices) {
    const WorkerState* state = workers_.state(device);
    all_idle = all_idle && state != nullptr && state->phase == RankPhase::kIdle;
    free_worker(device);
  }
  if (!all_idle) return;
  gang.phase = Phase::kLoading;
  gang.since = gang.progressed = gang.saved = now;
  gang.incarnations.clear();
  for (const DeviceId device : gang.allocation.devices) {
    gang.incarnations.push_back(workers_.incarnation(device));
  }
  // What a killed gang of this number may have left there would bring strangers together.
  std::filesystem::create_directories(gang.task.folder);
  std::filesystem::remove_all(gang.task.folder / fmt::format("meet-{}", gang.generation));
  std::filesystem::create_directories(gang.task.folder / fmt::format("meet-{}", gang.generation));
  send_start(gang, now);
}

void RealGangs::send_start(Gang& gang, Time now) {
  const auto& devices = gang.allocation.devices;
  gang.told = now;
  for (std::uint32_t rank = 0; rank < devices.size(); ++rank) {
    const WorkerState* state = workers_.state(devices[rank]);
    if (state != nullptr && state->runs(gang.job, gang.generation)) continue;
    RankTask task{gang.job,
                  gang.generation,
                  rank,
                  static_cast<std::uint32_t>(devices.size()),
                  gang.task.folder,
                  settings_.text_cache,
                  gang.task.spec,
                  gang.task.serving,
                  settings_.threads,
                  settings_.patience.count()};
    workers_.send(devices[rank], {WorkerCommand::Kind::kStart, gang.job, gang.generation, task});
  }
}

void RealGangs::send(Gang& gang, WorkerCommand::Kind kind, Time now) {
  gang.told = now;
  for (const DeviceId device : gang.allocation.devices) {
    workers_.send(device, {kind, gang.job, gang.generation, {}});
  }
}

std::string RealGangs::describe(const Gang& gang, std::size_t rank) const {
  return fmt::format("rank {} on device {}", rank, gang.allocation.devices[rank].value);
}

void RealGangs::follow(Gang& gang, Time now, std::vector<Event>& events) {
  const auto& devices = gang.allocation.devices;
  std::size_t computing = 0;
  std::size_t ended = 0;
  for (std::size_t rank = 0; rank < devices.size(); ++rank) {
    if (workers_.incarnation(devices[rank]) != gang.incarnations[rank] ||
        workers_.state(devices[rank]) == nullptr) {
      return interrupt(gang, describe(gang, rank) + " " + workers_.last_end(devices[rank]), now,
                       events);
    }
    const WorkerState& state = *workers_.state(devices[rank]);
    if (!state.runs(gang.job, gang.generation)) continue;  // It has not heard of its start yet.
    if (state.phase == RankPhase::kFailed) {
      gang.is_users_fault = state.is_users_fault;
      return interrupt(gang, describe(gang, rank) + ": " + state.cause, now, events);
    }
    computing += state.phase >= RankPhase::kComputing ? 1 : 0;
    ended += state.has_ended() ? 1 : 0;
  }
  read_figures(gang, now);
  if (gang.phase == Phase::kLoading && computing == devices.size()) {
    gang.phase = Phase::kRunning;
    gang.since = gang.progressed = gang.saved = now;
    gang.is_resized ? events.emplace_back(Resized{gang.job})
                    : events.emplace_back(Started{gang.job});
    gang.was_running = true;
    gang.is_resized = false;
  }
  if (ended == devices.size()) end_of_phase(gang, now, events);
}

void RealGangs::read_figures(Gang& gang, Time now) {
  GangFigures figures;
  for (const DeviceId device : gang.allocation.devices) {
    const WorkerState* state = workers_.state(device);
    if (!state->runs(gang.job, gang.generation)) continue;
    figures.steps_done = std::max(figures.steps_done, state->steps_done);
    figures.steps_saved = std::max(figures.steps_saved, state->steps_saved);
    figures.tokens_per_s = std::max(figures.tokens_per_s, state->tokens_per_s);
    figures.step_s = std::max(figures.step_s, state->step_s);
    figures.save_s = std::max(figures.save_s, state->save_s);
    figures.evaluation_s = std::max(figures.evaluation_s, state->evaluation_s);
    figures.memory_bytes = std::max(figures.memory_bytes, state->memory_bytes);
    if (state->rank == 0) {
      figures.loss = state->loss;
      figures.held_out_loss = state->held_out_loss;
    }
    gang.longest_step_s = std::max(gang.longest_step_s, state->longest_step_s);
  }
  Record& record = records_[gang.job];
  if (figures.steps_done != record.figures.steps_done) gang.progressed = now;
  if (figures.steps_saved > record.figures.steps_saved) {
    gang.saved = now;
    record.broken = 0;
  }
  // While it comes together again it has done no step yet that anybody could speak of.
  if (gang.phase == Phase::kRunning || figures.steps_done > 0) record.figures = figures;
}

void RealGangs::end_of_phase(Gang& gang, Time now, std::vector<Event>& events) {
  const auto has_finished = [this](DeviceId device) {
    return workers_.state(device)->phase == RankPhase::kFinished;
  };
  send(gang, WorkerCommand::Kind::kClear, now);
  if (std::ranges::all_of(gang.allocation.devices, has_finished)) {
    return conclude(gang, Finished{gang.job}, events);
  }
  if (gang.next && !gang.is_to_stop) return go_on_elsewhere(gang, now);
  const StopCause cause = gang.is_to_stop ? StopCause::kPreempted : StopCause::kInterrupted;
  conclude(gang, Stopped{gang.job, cause, {}}, events);
}

void RealGangs::go_on_elsewhere(Gang& gang, Time now) {
  for (const DeviceId device : gang.allocation.devices) holder_[device.value].reset();
  gang.allocation = std::move(gang.next->allocation);
  gang.task.spec = std::move(gang.next->spec);
  gang.generation = gang.next->generation;
  gang.next.reset();
  gang.stop_asked.reset();
  gang.is_resized = true;
  gang.phase = Phase::kWaiting;
  gang.since = now;
  hold_devices(gang);
  next_round_ = now;
}

void RealGangs::watch_clock(Gang& gang, Time now, std::vector<Event>& events) {
  if (gang.phase != Phase::kLoading && gang.phase != Phase::kRunning) return;
  if (gang.stop_asked && now - *gang.stop_asked > settings_.drain) {
    return interrupt(gang, "did not stop when it was asked to", now, events);
  }
  const Duration waited = now - gang.progressed;
  if (gang.phase == Phase::kLoading && waited > settings_.load) {
    return interrupt(gang, "did not come to its first step", now, events);
  }
  const Duration patience =
      std::max(settings_.hang, of_seconds(kLongestStepsOfPatience * gang.longest_step_s));
  if (gang.phase == Phase::kRunning && waited > patience) {
    return interrupt(gang, fmt::format("has done no step for {:.0f} s", to_seconds(waited)), now,
                     events);
  }
  if (now - gang.told < kRepeat) return;
  if (gang.phase == Phase::kLoading) send_start(gang, now);
  if (!gang.stop_asked) return;
  const bool finishes = gang.is_to_finish && !gang.is_to_stop;
  send(gang, finishes ? WorkerCommand::Kind::kFinish : WorkerCommand::Kind::kDrain, now);
}

void RealGangs::interrupt(Gang& gang, std::string trouble, Time now, std::vector<Event>& events) {
  gang.trouble = std::move(trouble);
  const bool has_begun = gang.phase != Phase::kWaiting && gang.phase != Phase::kBreaking;
  gang.phase = Phase::kBreaking;
  for (std::size_t rank = 0; has_begun && rank < gang.incarnations.size(); ++rank) {
    const DeviceId device = gang.allocation.devices[rank];
    if (workers_.incarnation(device) == gang.incarnations[rank]) workers_.kill(device);
  }
  if (!has_begun) gang.incarnations.clear();
  bury_if_dead(gang, now, events);
}

void RealGangs::bury_if_dead(Gang& gang, Time now, std::vector<Event>& events) {
  for (std::size_t rank = 0; rank < gang.incarnations.size(); ++rank) {
    if (workers_.incarnation(gang.allocation.devices[rank]) == gang.incarnations[rank]) return;
  }
  conclude(gang, end_of_broken(gang, now), events);
}

Event RealGangs::end_of_broken(Gang& gang, Time now) {
  if (gang.is_cancelled) return Cancelled{gang.job};
  Record& record = records_[gang.job];
  record.trouble = gang.trouble;
  // A replica has nothing to save: it has come on if it has served for a while.
  const bool has_served = gang.task.serving && gang.was_running;
  if (has_served && now - gang.since >= kServedWell) record.broken = 0;
  ++record.broken;
  if (gang.is_users_fault || record.broken >= settings_.attempts) return Failed{gang.job};
  const StopCause cause = gang.is_to_stop ? StopCause::kPreempted : StopCause::kInterrupted;
  return Stopped{gang.job, cause,
                 gang.was_running ? now - std::max(gang.saved, gang.since) : Duration{}};
}

void RealGangs::conclude(Gang& gang, Event event, std::vector<Event>& events) {
  events.push_back(std::move(event));
  for (const DeviceId device : gang.allocation.devices) holder_[device.value].reset();
  concluded_.push_back(gang.job);
}

}  // namespace tandem
