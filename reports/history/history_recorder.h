// Hears a run and keeps all of it: memory goes with the length of the run, as a report's must.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "policies/core/paged_map.h"
#include "policies/core/recorder.h"
#include "reports/history/run_history.h"

namespace tandem {

class HistoryRecorder final : public Recorder {
 public:
  void begin_run(const RunHeader& header) override;
  void begin_step(Time now) override;
  void event(const Event& event) override;
  void action(const Action& action) override;

  /// What was heard; call once, after the last step.
  RunHistory finish(bool is_complete);

 private:
  static constexpr std::uint32_t kNoTurn = ~std::uint32_t{0};
  struct Active {
    std::uint32_t job = 0;         ///< Place in RunHistory::jobs.
    std::uint32_t turn = kNoTurn;  ///< Place in RunHistory::turns, while it holds devices.
    std::uint32_t devices = 0;     ///< Held.
    std::uint32_t device_share = kWholeDevice;
  };

  void on(const Submitted& event);
  void on(const Started&) {}
  void on(const Progressed&) {}
  void on(const Finished& event) { end(event.job, JobState::kCompleted, GangEnd::kFinished); }
  void on(const Failed& event) { end(event.job, JobState::kFailed, GangEnd::kFailed); }
  void on(const Cancelled& event) { end(event.job, JobState::kCancelled, GangEnd::kCancelled); }
  void on(const Resized&) {}
  void on(const Stopped& event);
  void on(const NodeDown& event);
  void on(const NodeUp& event);
  void on(const PriorityChanged&) {}
  void on(const Start& action);
  void on(const Preempt& action);
  void on(const Reject& action);
  void on(const Resize& action);
  void on(const Share& action);
  void on(const Hold& action);
  void on(const Admit& action);

  void begin_turn(Active& active, const Allocation& allocation, const std::string& reason);
  void let_go(Active& active, GangEnd how);
  void end(JobId id, JobState state, GangEnd how);
  void add_ranges(const Allocation& allocation, GangTurn& turn);
  TextId text(const std::string& text);
  void count_overtaking();

  RunHistory history_;
  PagedMap<JobId, Active> active_;
  std::map<std::string, TextId, std::less<>> text_ids_;
  std::map<NodeId, Time> down_since_;
  std::set<std::uint32_t> never_started_;  ///< Jobs by place.
  /// Jobs by place, in the order in which they first started or, `starts` false, were withdrawn.
  struct LeftQueue {
    std::uint32_t job = 0;
    bool starts = false;
  };
  std::vector<LeftQueue> left_queue_;
  Time now_;
  std::uint64_t held_thousandths_ = 0;
  std::uint32_t queued_ = 0;
};

}  // namespace tandem
