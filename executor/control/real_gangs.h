// Gangs of worker processes: begun whole or not at all, asked to save themselves and stop, buried
// whole when one of them dies. What comes of it is told as events.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "executor/control/workers.h"
#include "policies/core/step.h"

namespace tandem {

/// What a gang computes, and where it keeps it.
struct GangTask {
  std::filesystem::path folder;
  TrainingSpec spec;
  std::optional<ServingSpec> serving = {};  ///< It serves instead.
};

/// How far a gang has come, for people.
struct GangFigures {
  std::int64_t steps_done = 0;
  std::int64_t steps_saved = 0;
  double loss = 0;
  double tokens_per_s = 0;
  double step_s = 0;              ///< Of the slowest rank: mean since the gang began.
  double save_s = 0;              ///< What the last checkpoint took,
  double evaluation_s = 0;        ///< and the last look at the held-out text.
  std::int64_t memory_bytes = 0;  ///< Of the rank that has most.
  std::optional<double> held_out_loss;
};

class RealGangs {
 public:
  struct Settings {
    std::filesystem::path text_cache;            ///< For text that has become numbers.
    int threads = 1;                             ///< Of a rank on processors.
    std::chrono::milliseconds patience{60'000};  ///< Of a rank for its peers.
    Duration load = std::chrono::seconds(300);   ///< From a start to the first step.
    Duration drain = std::chrono::seconds(120);  ///< From a preemption to the end.
    Duration hang = std::chrono::seconds(300);   ///< Without a step, and 20 times the longest one.
    int attempts = 5;  ///< So often in a row a gang may break without having saved anything new.
  };

  RealGangs(Workers& workers, Settings settings);

  /// The generation counts the job's starts and resizes, from 1.
  void start(JobId job, std::uint32_t generation, const Allocation& allocation, GangTask task,
             Time now);
  void preempt(JobId job, Time now);
  /// Of a replica, which nobody asks any more: it ends well. Nothing happens to one that is gone.
  void finish(JobId job, Time now);
  /// It works, and yet something is wrong with it: it is killed, as if it had broken by itself.
  /// Nothing happens to another generation.
  void break_up(JobId job, std::uint32_t generation, std::string trouble, Time now,
                std::vector<Event>& events);
  /// It saves itself, and goes on elsewhere under the next generation.
  void resize(JobId job, std::uint32_t generation, const Allocation& allocation, TrainingSpec spec,
              Time now);
  /// It is stopped at once, and Cancelled is told once it is gone.
  void cancel(JobId job, Time now);

  /// What a controller that was killed has left: taken over if its workers are all alive.
  struct Inherited {
    JobId job;
    std::uint32_t generation = 1;
    Allocation allocation;
    bool was_running = false;  ///< Its Started has been told.
    bool is_to_stop = false;
  };
  void inherit(const Inherited& gang, GangTask task, Time now);

  /// Looks at the gangs of these devices, and now and then at all. What has happened is added.
  void attend(const std::vector<DeviceId>& news, Time now, std::vector<Event>& events);

  bool contains(JobId job) const { return gangs_.contains(job); }
  bool empty() const { return gangs_.empty(); }
  /// Of a job that has not been forgotten: the last that were told; null if none were.
  const GangFigures* figures(JobId job) const;
  /// Why the last gang of the job broke; empty if none did.
  std::string last_trouble(JobId job) const;
  /// The job has ended: nothing of it is remembered.
  void forget(JobId job) { records_.erase(job); }
  /// Asks gangs to save themselves and stop, at the end of the controller: those that learn, or
  /// all.
  enum class Which : std::uint8_t { kLearning, kAll };
  void drain(Which which, Time now);

 private:
  enum class Phase : std::uint8_t {
    kInherited,
    kWaiting,  ///< For its workers to be idle.
    kLoading,
    kRunning,
    kBreaking,  ///< Its workers are being killed.
  };
  struct Gang {
    JobId job;
    std::uint32_t generation = 0;
    Allocation allocation;
    GangTask task;
    Phase phase = Phase::kWaiting;
    bool was_running = false;
    bool is_to_stop = false;
    bool is_cancelled = false;
    bool is_users_fault = false;
    struct Next {
      std::uint32_t generation = 0;
      Allocation allocation;
      TrainingSpec spec;
    };
    std::optional<Next> next;                 ///< Of a resize.
    bool is_resized = false;                  ///< Its first step is to be told as Resized.
    std::vector<std::uint32_t> incarnations;  ///< Of its workers, by rank, since they were begun.
    Time since;                               ///< Of the phase.
    Time progressed;                          ///< When a step was last done.
    Time saved;                               ///< When it had last saved itself, or had begun.
    bool is_to_finish = false;
    std::optional<Time> stop_asked;
    Time told;  ///< When a command was last sent.
    std::string trouble;
    double longest_step_s = 0;
  };
  /// Outlives gangs, as long as the job lasts.
  struct Record {
    GangFigures figures;
    int broken = 0;  ///< In a row, without anything new saved.
    std::string trouble;
  };

  /// What runs there and is nobody's ends: an earlier gang, or what an earlier controller left.
  void free_worker(DeviceId device);
  void look_at(Gang& gang, Time now, std::vector<Event>& events);
  void reunite(Gang& gang, Time now, std::vector<Event>& events);
  void begin_if_idle(Gang& gang, Time now);
  void follow(Gang& gang, Time now, std::vector<Event>& events);
  void read_figures(Gang& gang, Time now);
  void watch_clock(Gang& gang, Time now, std::vector<Event>& events);
  void end_of_phase(Gang& gang, Time now, std::vector<Event>& events);
  void send_start(Gang& gang, Time now);
  void send(Gang& gang, WorkerCommand::Kind kind, Time now);
  void go_on_elsewhere(Gang& gang, Time now);
  void interrupt(Gang& gang, std::string trouble, Time now, std::vector<Event>& events);
  void bury_if_dead(Gang& gang, Time now, std::vector<Event>& events);
  void conclude(Gang& gang, Event event, std::vector<Event>& events);
  /// How it ends that has been broken.
  Event end_of_broken(Gang& gang, Time now);
  void hold_devices(const Gang& gang);
  std::string describe(const Gang& gang, std::size_t rank) const;

  Workers& workers_;
  const Settings settings_;
  std::map<JobId, Gang> gangs_;
  std::map<JobId, Record> records_;
  std::vector<std::optional<JobId>> holder_;  ///< By DeviceId.
  std::vector<JobId> begun_;                  ///< Since attend() was last called.
  std::vector<JobId> concluded_;
  Time next_round_;
};

}  // namespace tandem
