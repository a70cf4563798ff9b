// What must hold in every run, recomputed from what a recorder hears and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policies/core/recorder.h"

namespace tandem {

/// Keeps an account of its own, device by device and core by core, and notes the first lines that
/// no lawful run can have. Shares no code with the scheduler's accounts.
class LawChecker : public Recorder {
 public:
  void begin_run(const RunHeader& header) override;
  void begin_step(Time now) override;
  void event(const Event& event) override;
  void action(const Action& action) override;

  /// Every broken law with its time, a line each; empty if all hold. To be asked at the end.
  std::string broken() const;
  std::uint64_t started() const { return started_; }

 protected:
  struct Holding {
    Job job;
    std::vector<DeviceId> devices;
    std::map<std::uint32_t, std::int64_t> ranks;  ///< By node.
    Time since;                                   ///< Of the Start.
    bool computes = false;
    bool is_to_stop = false;
    std::optional<std::vector<DeviceId>> next;  ///< While it is being resized.
  };
  struct NodeAccount {
    std::set<std::uint32_t> devices;               ///< Wholly free ones.
    std::map<std::uint32_t, std::uint32_t> parts;  ///< Thousandths free of shared ones.
    std::map<std::uint32_t, std::int64_t> models;  ///< Ranks by model.
    std::int64_t cpus = 0;
    std::int64_t memory = 0;
    bool up = true;
    std::uint32_t type = 0;
  };
  void require(bool holds, const std::string& law);
  Time now() const { return now_; }
  std::uint32_t node_of(DeviceId device) const;

  RunHeader header_;
  std::vector<NodeAccount> free_;
  std::map<JobId, Job> waiting_;
  std::map<JobId, Holding> holding_;

 private:
  void start(const Start& start);
  void resize(const Resize& resize);
  void resized(JobId job);
  void preempt(JobId job);
  void let_go(JobId job);
  void end(JobId job, bool may_wait);

  /// Whether a gang may have these devices all together.
  void check_gang(const Job& job, const std::vector<DeviceId>& devices);
  void take_device(const Job& job, DeviceId device);
  void give_back_device(const Job& job, DeviceId device);
  void take_rank(const Job& job, std::uint32_t node);
  void give_back_rank(const Job& job, std::uint32_t node);
  /// Adds to what every account on the path holds.
  void charge(const Job& job, std::int64_t devices);

  Time now_;
  std::vector<std::uint32_t> node_of_;
  std::map<std::uint32_t, std::int64_t> held_by_account_;  ///< Thousandths of devices.
  std::set<JobId> seen_;
  std::uint64_t ended_ = 0;
  std::uint64_t started_ = 0;
  std::vector<std::string> broken_;
};

}  // namespace tandem
