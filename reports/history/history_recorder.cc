#include "reports/history/history_recorder.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace tandem {
namespace {

/// Counts of places, added one by one; how many are at or before a place. O(log n) each (Fenwick).
class Counts {
 public:
  explicit Counts(std::size_t places) : sums_(places + 1) {}

  void add(std::uint32_t place) {
    for (std::size_t i = place + 1; i < sums_.size(); i += i & (~i + 1)) ++sums_[i];
  }
  std::uint32_t up_to(std::uint32_t place) const {
    std::uint32_t sum = 0;
    for (std::size_t i = place + 1; i > 0; i -= i & (~i + 1)) sum += sums_[i];
    return sum;
  }

 private:
  std::vector<std::uint32_t> sums_;
};

}  // namespace

void HistoryRecorder::begin_run(const RunHeader& header) { history_.header = header; }

void HistoryRecorder::begin_step(Time now) {
  now_ = now;
  history_.end = now;
}

void HistoryRecorder::event(const Event& event) {
  std::visit([this](const auto& happened) { on(happened); }, event);
  history_.queue.set(now_, queued_);
  history_.held.set(now_, static_cast<double>(held_thousandths_) / kWholeDevice);
}

void HistoryRecorder::action(const Action& action) {
  std::visit([this](const auto& decided) { on(decided); }, action);
  history_.queue.set(now_, queued_);
  history_.held.set(now_, static_cast<double>(held_thousandths_) / kWholeDevice);
}

void HistoryRecorder::on(const Submitted& event) {
  if (active_.contains(event.job.id)) return;
  const auto place = static_cast<std::uint32_t>(history_.jobs.size());
  JobPast& job = history_.jobs.emplace_back();
  job.name = event.job.name;
  job.tenant = event.job.tenant;
  job.devices = event.job.demand.devices;
  job.submitted = event.job.submitted;
  job.waited_ahead = queued_;
  const auto held = (held_thousandths_ + kWholeDevice - 1) / kWholeDevice;
  job.devices_free = history_.header.cluster.device_count() - static_cast<std::uint32_t>(held);
  active_.emplace(event.job.id, Active{place, kNoTurn, 0, event.job.demand.device_share});
  never_started_.insert(place);
  ++queued_;
}

void HistoryRecorder::on(const Start& action) {
  Active* active = active_.find(action.job);
  if (active == nullptr || active->turn != kNoTurn) return;
  --queued_;
  begin_turn(*active, action.allocation, action.reason);
}

void HistoryRecorder::on(const Resize& action) {
  Active* active = active_.find(action.job);
  if (active == nullptr || active->turn == kNoTurn) return;
  let_go(*active, GangEnd::kResized);
  begin_turn(*active, action.allocation, action.reason);
}

void HistoryRecorder::on(const Share& action) {
  Active* active = active_.find(action.job);
  if (active == nullptr) return;
  if (active->turn == kNoTurn) {
    --queued_;
  } else {
    let_go(*active, GangEnd::kResized);
  }
  begin_turn(*active, {}, action.reason);
}

void HistoryRecorder::begin_turn(Active& active, const Allocation& allocation,
                                 const std::string& reason) {
  active.turn = static_cast<std::uint32_t>(history_.turns.size());
  active.devices = static_cast<std::uint32_t>(allocation.devices.size());
  held_thousandths_ += std::uint64_t{active.devices} * active.device_share;
  GangTurn& turn = history_.turns.emplace_back();
  turn.job = active.job;
  turn.begin = now_;
  turn.reason = text(reason);
  add_ranges(allocation, turn);
  JobPast& job = history_.jobs[active.job];
  job.state = JobState::kRunning;
  ++history_.starts;
  if (job.first_start) return;
  job.first_start = now_;
  left_queue_.push_back({active.job, true});
  never_started_.erase(active.job);
  const bool overtakes = !never_started_.empty() && *never_started_.begin() < active.job;
  if (overtakes) ++history_.overtaking_starts;
}

void HistoryRecorder::add_ranges(const Allocation& allocation, GangTurn& turn) {
  std::vector<DeviceId> devices = allocation.devices;
  std::sort(devices.begin(), devices.end());
  turn.first_range = static_cast<std::uint32_t>(history_.ranges.size());
  for (const DeviceId device : devices) {
    const bool goes_on =
        turn.range_count > 0 &&
        history_.ranges.back().first + history_.ranges.back().count == device.value;
    if (goes_on) {
      ++history_.ranges.back().count;
    } else {
      history_.ranges.push_back({device.value, 1});
      ++turn.range_count;
    }
  }
}

void HistoryRecorder::on(const Preempt& action) {
  const Active* active = active_.find(action.job);
  if (active == nullptr || active->turn == kNoTurn) return;
  history_.turns[active->turn].preempt_reason = text(action.reason);
}

void HistoryRecorder::on(const Stopped& event) {
  Active* active = active_.find(event.job);
  if (active == nullptr || active->turn == kNoTurn) return;
  history_.turns[active->turn].lost = event.lost;
  history_.jobs[active->job].state = JobState::kQueued;
  if (event.cause == StopCause::kPreempted) ++history_.preemptions;
  let_go(*active, event.cause == StopCause::kPreempted  ? GangEnd::kPreempted
                  : event.cause == StopCause::kNodeDown ? GangEnd::kNodeDown
                                                        : GangEnd::kInterrupted);
  ++queued_;
}

void HistoryRecorder::let_go(Active& active, GangEnd how) {
  GangTurn& turn = history_.turns[active.turn];
  turn.end = now_;
  turn.how = how;
  held_thousandths_ -= std::uint64_t{active.devices} * active.device_share;
  active.turn = kNoTurn;
  active.devices = 0;
}

void HistoryRecorder::end(JobId id, JobState state, GangEnd how) {
  Active* active = active_.find(id);
  if (active == nullptr) return;
  if (active->turn == kNoTurn) {
    --queued_;
  } else {
    let_go(*active, how);
  }
  JobPast& job = history_.jobs[active->job];
  job.state = state;
  job.ended = now_;
  if (!job.first_start) left_queue_.push_back({active->job, false});
  never_started_.erase(active->job);
  active_.erase(id);
}

void HistoryRecorder::on(const Reject& action) {
  if (const Active* active = active_.find(action.job)) {
    history_.jobs[active->job].reject_reason = text(action.reason);
  }
  end(action.job, JobState::kRejected, GangEnd::kCancelled);
}

void HistoryRecorder::on(const Hold& action) {
  const Active* active = active_.find(action.job);
  if (active != nullptr) history_.jobs[active->job].hold_reason = text(action.reason);
}

void HistoryRecorder::on(const Admit& action) {
  const Active* active = active_.find(action.job);
  if (active != nullptr) history_.jobs[active->job].admitted = now_;
}

void HistoryRecorder::on(const NodeDown& event) { down_since_.emplace(event.node, now_); }

void HistoryRecorder::on(const NodeUp& event) {
  const auto down = down_since_.find(event.node);
  if (down == down_since_.end()) return;
  history_.outages.push_back({event.node, down->second, now_});
  down_since_.erase(down);
}

TextId HistoryRecorder::text(const std::string& text) {
  if (text.empty()) return 0;
  const auto [found, is_new] = text_ids_.emplace(text, static_cast<TextId>(history_.texts.size()));
  if (is_new) history_.texts.push_back(text);
  return found->second;
}

/// Whoever started before a job and is not among those submitted up to it has overtaken it.
void HistoryRecorder::count_overtaking() {
  for (const std::uint32_t place : never_started_) left_queue_.push_back({place, false});
  Counts started(history_.jobs.size());
  std::uint32_t before = 0;
  for (const LeftQueue& left : left_queue_) {
    history_.jobs[left.job].overtaken_by = before - started.up_to(left.job);
    if (!left.starts) continue;
    started.add(left.job);
    ++before;
  }
}

RunHistory HistoryRecorder::finish(bool is_complete) {
  for (GangTurn& turn : history_.turns) {
    if (turn.how == GangEnd::kStillRunning) turn.end = now_;
  }
  for (const auto& [node, since] : down_since_) history_.outages.push_back({node, since, now_});
  count_overtaking();
  history_.is_complete = is_complete;
  return std::move(history_);
}

std::vector<double> RunHistory::waits_s() const {
  std::vector<double> waits;
  for (const JobPast& job : jobs) {
    const bool counts = job.state == JobState::kCompleted && job.first_start;
    if (counts) waits.push_back(to_seconds(*job.first_start - job.submitted));
  }
  return waits;
}

}  // namespace tandem
