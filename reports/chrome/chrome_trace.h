// A run in the trace format of Chrome, which Perfetto and about:tracing open.
//
// The format is Google's "Trace Event Format": a JSON object whose "traceEvents" have a phase "ph",
// a time "ts" in microseconds, and a process and a thread. Here nodes are processes and devices
// threads; a gang is a slice ("B", "E") on each of its devices. Process 1 is the cluster: counters
// ("C") of the jobs that wait and of the devices held. Preemptions, lost gangs and failures of
// nodes are instants ("i"). Events are sorted by time, and slices of a thread nest, since those
// that share a device have threads of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/paged_map.h"
#include "policies/core/recorder.h"

namespace tandem {

/// Hears a run and hands on text, a few events at a time: memory goes with active jobs and devices.
class ChromeTrace final : public Recorder {
 public:
  using Sink = std::function<void(std::string_view)>;
  explicit ChromeTrace(Sink sink) : sink_(std::move(sink)) {}

  void begin_run(const RunHeader& header) override;
  void begin_step(Time now) override;
  void event(const Event& event) override;
  void action(const Action& action) override;
  /// Ends what still runs, and the document.
  void finish();

  std::uint64_t slices() const { return slices_; }

 private:
  /// Where slices of one job after the other are: a process and a thread.
  struct Track {
    std::uint32_t process = 0;
    std::uint32_t thread = 0;
    std::uint32_t place = 0;  ///< Among places_.
    std::uint32_t lane = 0;
  };
  struct Active {
    std::string name;  ///< As a JSON text, and so is the tenant.
    std::string tenant;
    std::uint32_t devices = 0;
    std::uint32_t device_share = kWholeDevice;
    Time submitted;
    bool holds = false;
    std::vector<Track> tracks;
    std::string preempt_reason;
  };

  void on(const Submitted& event);
  void on(const Started&) {}
  void on(const Progressed&) {}
  void on(const Resized&) {}
  void on(const PriorityChanged&) {}
  void on(const Finished& event) { end(event.job); }
  void on(const Failed& event) { end(event.job, "failed"); }
  void on(const Cancelled& event) { end(event.job, "cancelled"); }
  void on(const Stopped& event);
  void on(const NodeDown& event);
  void on(const NodeUp& event);
  void on(const Start& action);
  void on(const Preempt& action);
  void on(const Reject& action) { end(action.job); }
  void on(const Resize& action);
  void on(const Share& action);
  void on(const Hold&) {}
  void on(const Admit&) {}

  void begin_slices(Active& job, const Allocation& allocation, const std::string& reason);
  /// `how` is told as an instant unless it is empty.
  void end_slices(Active& job, std::string_view how, const std::string& reason = "");
  void end(JobId id, std::string_view how = "");
  Track take_track(NodeId node, std::uint32_t slot);
  void tell_counters();
  void put(std::string_view event);
  void hand_on();

  Sink sink_;
  std::string text_;
  Cluster cluster_;
  Tenants tenants_;
  PagedMap<JobId, Active> active_;
  std::vector<std::uint32_t> first_place_;  ///< Of a node: a place for each device, one for none.
  std::vector<std::vector<bool>> places_;   ///< Which lanes of a place are taken.
  std::vector<std::uint32_t> named_lanes_;  ///< Of a place.
  Time now_;
  bool has_events_ = false;
  std::uint64_t slices_ = 0;
  std::uint64_t queued_ = 0;
  std::uint64_t held_thousandths_ = 0;
  std::uint64_t told_queued_ = ~std::uint64_t{0};
  std::uint64_t told_held_ = ~std::uint64_t{0};
};

}  // namespace tandem
