// The figures of a run, gathered while it happens.
//
// A run has millions of events and must not be slowed down by being measured, so an event costs a
// lookup and a few additions. A job that ends leaves three numbers behind, which make the
// percentiles exact; everything else is a sum.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "policies/core/paged_map.h"
#include "policies/core/recorder.h"
#include "reports/bill.h"
#include "reports/finish_time.h"
#include "reports/pipeline_figures.h"
#include "reports/run_result.h"

namespace tandem {

/// What stays of a job that completed.
struct JobSample {
  Duration wait;
  Duration jct;
  Duration run;
};

/// Definitions (reference: the usual ones of Feitelson's workload archive):
/// - wait: from submission to the first Start, when the devices are taken.
/// - JCT: from submission to Finished. pending: JCT less the time executed.
/// - executed: from Started to the event that ends it. run: executed less lost work and less the
///   time in which the gang saved itself; the slowdown
///   is JCT / run, the bounded one max(1, (wait + run) / max(run, 10 s)).
/// - held: from Start to the event that ends it. device_hours are held; goodput_device_hours are
///   executed, not lost and not spent on saving, whatever became of the job in the end.
/// - utilization: held / (all devices * window); devices of nodes that are down count as there, and
///   warm-up and drain are in the window.
/// - cost: price of all devices over the window, of spot devices over the time they are held.
///   energy: off while the node is down, busy while computing, idle otherwise, times the facility's
///   factor; carbon from that. Jobs and tenants have the bill of what they held.
/// - jain: over the tenants that submitted, device time held / share in the tenant tree; tenants
///   without a share are left out.
/// - finish-time fairness: see FinishTime. Pipelines: see PipelineFigures.
/// wait, JCT and slowdowns are over completed jobs.
class RunMetrics final : public Recorder {
 public:
  explicit RunMetrics(DeviceFigures figures = {}) : figures_(std::move(figures)) {}

  void begin_run(const RunHeader& header) override;
  void begin_step(Time now) override;
  void event(const Event& event) override;
  void action(const Action& action) override;

  /// The figures up to the last step. Findings, cpu_s, wall_s and peak_rss_bytes are the caller's
  /// to fill in. Throws std::logic_error if a job has got lost or ended twice.
  RunResult result() const;
  PipelineFigures& pipelines() { return pipelines_; }
  /// `listener` is told what a job has cost when it ends.
  using BillListener = std::function<void(JobId, const Bill&, const DeviceFigures&)>;
  void set_bill_listener(BillListener listener) { bill_listener_ = std::move(listener); }

 private:
  /// A job that has not ended.
  struct Active {
    TenantId tenant;
    double devices = 0;       ///< Held, while `holds`; parts of devices count as parts.
    DeviceTypeId type;        ///< Of those devices.
    double device_share = 1;  ///< Of each device it asks for.
    std::uint32_t asked = 0;  ///< Devices.
    double after_resize = 0;  ///< Devices held then, while it is being resized.
    std::vector<std::uint32_t>
        time_ppm;  ///< Of a fluid job, by type; its devices are of all types.
    bool holds = false;
    bool computes = false;
    bool contends = false;  ///< It asks for devices.
    Time submitted;
    std::optional<Time> first_start;
    Time held_since;
    Time computes_since;
    Duration executed{};
    Duration lost{};    ///< Or spent on saving.
    Duration saving{};  ///< Of the time since computes_since.
    double useful = 0;  ///< Device-seconds executed and not lost.
    Bill bill;
    std::uint64_t finish_mark = 0;  ///< Of FinishTime, if it `contends`.
  };
  /// Device-seconds.
  struct DeviceTime {
    std::vector<double> held_of_type;    // By DeviceTypeId.
    std::vector<double> busy_of_type;    // The part in which gangs computed.
    std::vector<double> held_of_tenant;  // By TenantId.
    std::vector<Bill> bill_of_tenant;
    double useful = 0;
  };

  void on(const Submitted& event);
  void on(const Started& event);
  void on(const Progressed& event);
  void on(const Resized& event);
  void on(const Stopped& event);
  void on(const Finished& event) { end(event.job, &JobCounts::completed); }
  void on(const Failed& event) { end(event.job, &JobCounts::failed); }
  void on(const Cancelled& event) { end(event.job, &JobCounts::cancelled); }
  void on(const NodeDown& event);
  void on(const NodeUp& event);
  void on(const PriorityChanged&) {}
  void on(const Start& action);
  void on(const Preempt&) {}
  void on(const Resize& action);
  void on(const Share& action);
  void on(const Hold&) {}
  void on(const Admit&) {}
  void on(const Reject& action) { end(action.job, &JobCounts::rejected); }

  /// Returns the useful part.
  struct Charge {
    double useful = 0;  ///< Device-seconds.
    Bill bill;
  };
  /// What the job has held since it began to, of which it lost and saved itself for so long.
  Charge charge(const Active& job, Duration lost, Duration saving, DeviceTime& to) const;
  /// Device-seconds of a type in which nodes were down, in the window.
  double down_of_type(DeviceTypeId type) const;
  void release(Active& job, Duration lost);
  void end(JobId id, std::uint64_t JobCounts::*state);
  void sample(const Active& job);

  Time window_end() const;
  void fill_tenants(const DeviceTime& device_time, RunResult& result) const;
  void fill_times(RunResult& result) const;
  void fill_devices(const DeviceTime& device_time, RunResult& result) const;
  void fill_bill(const DeviceTime& device_time, double window, RunResult& result) const;
  void fill_waiting(RunResult& result) const;

  DeviceFigures figures_;
  BillListener bill_listener_;
  std::string policy_;
  std::uint64_t seed_ = 0;
  Tenants tenants_;
  struct NodeState {
    DeviceTypeId type;
    std::uint32_t devices = 0;
    std::optional<Time> down_since;
  };
  std::vector<NodeState> nodes_;
  std::vector<double> down_of_type_;  ///< Of nodes that have come back.
  std::vector<std::uint32_t> devices_of_type_;

  PagedMap<JobId, Active> active_;
  JobCounts ended_;                             // Who is active is counted at the end.
  std::vector<JobCounts> ended_of_;             // By TenantId.
  std::vector<std::deque<JobSample>> samples_;  // By TenantId.
  DeviceTime device_time_;
  FinishTime finish_time_;
  PipelineFigures pipelines_;
  double pending_seconds_ = 0;

  Time now_;
  std::optional<Time> first_submit_;
  std::optional<Time> last_end_;
  std::uint64_t queued_ = 0;
  std::uint64_t longest_queue_ = 0;
  double queued_seconds_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace tandem
