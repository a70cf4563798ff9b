// Gangs of real processes that sleep instead of computing: how they begin, stop, break and move.
#include "executor/control/real_gangs.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "executor/control/local_launcher.h"
#include "executor/control/run_clock.h"
#include "executor/control/run_folder.h"
#include "policies/core/journal.h"
#include "tests/support/temporary_file.h"
#include "workloads/catalog/catalog.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

Allocation on(std::vector<std::uint32_t> devices) {
  Allocation allocation;
  for (const std::uint32_t device : devices) allocation.devices.push_back({device});
  return allocation;
}

std::string text_of(const std::vector<Event>& events) {
  std::string text;
  for (const Event& event : events) {
    fmt::memory_buffer line;
    append_line(event, line);
    text += fmt::to_string(line) + "; ";
  }
  return text;
}

/// A controller's insides with four workers, without scheduler and journal.
class Gangs : public testing::Test {
 protected:
  Gangs() : place_("run", ""), folder_(place_.folder()) {
    folder_.create();
    setenv("TANDEM_STEP_MS", "5", 1);
    unsetenv("TANDEM_BREAK_AT");
    settings_.hang = 2s;
    settings_.drain = 5s;
  }
  ~Gangs() override {
    if (workers_) workers_->kill_all();
  }

  void open(std::int64_t orphan_ms = 2'000) {
    workers_.reset();  // As if the controller had been killed: its workers live on.
    launcher_.emplace(LocalWorkers{TANDEM_BINARY_DIR "/sleeping-worker",
                                   folder_.workers(),
                                   folder_.worker_endpoint(),
                                   {"cpu", "cpu", "cpu", "cpu"},
                                   orphan_ms});
    Workers::Settings settings;
    settings.silence = 1500ms;
    settings.reunion = 5s;
    workers_.emplace(context_, folder_.worker_endpoint(), *launcher_, 4, settings);
    gangs_.emplace(*workers_, settings_);
  }

  GangTask task(std::int64_t steps) const {
    GangTask task{folder_.job({7}, "job"), {}};
    task.spec.steps = steps;
    return task;
  }

  /// Of a replica, whose front is nowhere.
  GangTask replica() const {
    GangTask task{folder_.job({7}, "job"), {}, ServingSpec{}};
    task.serving->model = built_in_catalog().model("llama-1m");
    task.serving->batch_policy = "fifo";
    task.serving->tenants.add("default");
    task.serving->engine.kv_blocks = 100;
    task.serving->front = "ipc://" + (place_.folder() / "front").string();
    return task;
  }

  Time now() const { return clock_.now() + skipped_; }

  /// Attends until something happens; what happened.
  std::string next() {
    std::vector<Event> events;
    const auto give_up = std::chrono::steady_clock::now() + 30s;
    while (events.empty() && std::chrono::steady_clock::now() < give_up) {
      attend(events);
    }
    return text_of(events);
  }
  void attend(std::vector<Event>& events) {
    std::vector<zmq_pollitem_t> items;
    workers_->add_to(items);
    zmq_poll(items.data(), static_cast<int>(items.size()), 20);
    gangs_->attend(workers_->attend(), now(), events);
  }
  /// Until the gang has done so many steps.
  void until_step(std::int64_t step) {
    std::vector<Event> events;
    while (gangs_->figures({7}) == nullptr || gangs_->figures({7})->steps_done < step) {
      attend(events);
      ASSERT_EQ(text_of(events), "");
    }
  }
  std::int32_t pid_on(std::uint32_t device) const {
    const WorkerState* state = workers_->state({device});
    return state == nullptr ? 0 : state->pid;
  }

  TemporaryFile place_;
  RunFolder folder_;
  Duration skipped_{};
  RunClock clock_{RunClock::wall_clock(), kStartOfTime};
  zmq::context_t context_;
  RealGangs::Settings settings_;
  std::optional<LocalLauncher> launcher_;
  std::optional<Workers> workers_;
  std::optional<RealGangs> gangs_;
};

TEST_F(Gangs, RunsToItsEnd) {
  open();
  gangs_->start({7}, 1, on({0, 2}), task(20), now());
  EXPECT_EQ(next(), "+ start 7; ");
  EXPECT_EQ(next(), "+ finish 7; ");
  EXPECT_EQ(gangs_->figures({7})->steps_done, 20);
  EXPECT_EQ(gangs_->figures({7})->steps_saved, 20);
  EXPECT_TRUE(gangs_->empty());
}

TEST_F(Gangs, OneAfterTheOtherOnTheSameDevices) {
  open();
  for (std::uint32_t job = 0; job < 3; ++job) {
    GangTask each = task(3);
    each.folder = folder_.job({job}, "job");
    gangs_->start({job}, 1, on({1, 3}), each, now());
    std::string all = next();
    if (all.find("finish") == std::string::npos) all += next();
    EXPECT_EQ(all, fmt::format("+ start {}; + finish {}; ", job, job));
  }
}

TEST_F(Gangs, PreemptedItSavesItselfAndGoesOn) {
  open();
  gangs_->start({7}, 1, on({0, 1}), task(100), now());
  EXPECT_EQ(next(), "+ start 7; ");
  until_step(10);
  gangs_->preempt({7}, now());
  EXPECT_EQ(next(), "+ stop 7 preempted 0; ");
  const std::int64_t saved = gangs_->figures({7})->steps_saved;
  EXPECT_GE(saved, 10);
  gangs_->start({7}, 2, on({2, 3}), task(100), now());
  EXPECT_EQ(next(), "+ start 7; ");
  until_step(saved);
  EXPECT_EQ(next(), "+ finish 7; ");
}

TEST_F(Gangs, OneRankKilledAllAreBuriedBeforeItIsTold) {
  open();
  gangs_->start({7}, 1, on({0, 1}), task(1000), now());
  EXPECT_EQ(next(), "+ start 7; ");
  const std::int32_t other = pid_on(0);
  kill(pid_on(1), SIGKILL);
  EXPECT_TRUE(next().starts_with("+ stop 7 interrupted "));
  EXPECT_NE(kill(other, 0), 0) << "a rank of the broken gang lives";
  EXPECT_EQ(gangs_->last_trouble({7}), "rank 1 on device 1 was killed by signal 9 (Killed)");
  gangs_->start({7}, 2, on({0, 1}), task(3), now());
  EXPECT_TRUE(next().starts_with("+ start 7; "));
}

TEST_F(Gangs, WhoWorksAndIsWrongIsBrokenUp) {
  open();
  gangs_->start({7}, 2, on({0, 1}), task(1000), now());
  EXPECT_EQ(next(), "+ start 7; ");
  std::vector<Event> events;
  gangs_->break_up({7}, 1, "an earlier one", now(), events);
  EXPECT_EQ(text_of(events), "");
  gangs_->break_up({7}, 2, "talks nonsense", now(), events);
  EXPECT_EQ(text_of(events), "") << "its ranks live yet";
  EXPECT_TRUE(next().starts_with("+ stop 7 interrupted "));
  EXPECT_EQ(gangs_->last_trouble({7}), "talks nonsense");
}

TEST_F(Gangs, AWorkerThatTalksNonsenseIsKilled) {
  open();
  gangs_->start({7}, 1, on({0, 1}), task(1000), now());
  EXPECT_EQ(next(), "+ start 7; ");
  zmq::socket_t mad(context_, zmq::socket_type::dealer);
  mad.set(zmq::sockopt::routing_id, "device-1");
  mad.set(zmq::sockopt::linger, 0);
  mad.connect(folder_.worker_endpoint());
  mad.send(zmq::str_buffer("nonsense"), zmq::send_flags::none);
  EXPECT_TRUE(next().starts_with("+ stop 7 interrupted "));
  EXPECT_TRUE(gangs_->last_trouble({7}).starts_with(
      "rank 1 on device 1 was killed by signal 9 (Killed): not a message"));
}

TEST_F(Gangs, AReplicaLeavesWithItsController) {
  open(3'600'000);
  gangs_->start({7}, 1, on({0}), replica(), now());
  EXPECT_EQ(next(), "+ start 7; ");
  std::vector<Event> events;
  while (pid_on(1) == 0 || pid_on(2) == 0 || pid_on(3) == 0) attend(events);
  const std::vector<pid_t> idle = {pid_on(1), pid_on(2), pid_on(3)};
  const pid_t rank = pid_on(0);
  workers_.reset();
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  pid_t ended = 0;
  while (ended == 0 && std::chrono::steady_clock::now() < give_up) {
    ended = waitpid(rank, nullptr, WNOHANG);
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(ended, rank);
  for (const pid_t pid : idle) {
    EXPECT_EQ(waitpid(pid, nullptr, WNOHANG), 0) << "who is idle waits for another controller";
    kill(pid, SIGKILL);
  }
}

TEST_F(Gangs, AReplicaThatHasServedForAWhileMayBreakAgain) {
  settings_.attempts = 2;
  open();
  const auto broken_after = [this](std::uint32_t generation, Duration served) {
    gangs_->start({7}, generation, on({0}), replica(), now());
    EXPECT_EQ(next(), "+ start 7; ");
    skipped_ += served;
    std::vector<Event> events;
    gangs_->break_up({7}, generation, "broken", now(), events);
    return next().substr(0, 8);
  };
  EXPECT_EQ(broken_after(1, 0s), "+ stop 7");
  EXPECT_EQ(broken_after(2, 10s), "+ stop 7");
  EXPECT_EQ(broken_after(3, 0s), "+ fail 7");
}

TEST_F(Gangs, AStoppedProcessIsNoticedByItsSilence) {
  open();
  gangs_->start({7}, 1, on({0, 1}), task(1000), now());
  EXPECT_EQ(next(), "+ start 7; ");
  kill(pid_on(1), SIGSTOP);
  EXPECT_TRUE(next().starts_with("+ stop 7 interrupted "));
}

TEST_F(Gangs, AStepThatNeverEndsIsNoticed) {
  setenv("TANDEM_STEP_MS", "600000", 1);
  open();
  gangs_->start({7}, 1, on({0}), task(1000), now());
  EXPECT_EQ(next(), "+ start 7; ");
  EXPECT_TRUE(next().starts_with("+ stop 7 interrupted "));
  EXPECT_EQ(gangs_->last_trouble({7}), "has done no step for 2 s");
}

TEST_F(Gangs, TheUsersFaultIsNotTriedAgain) {
  open();
  GangTask bad = task(10);
  bad.spec.recipe.seed = 13;
  gangs_->start({7}, 1, on({0, 1}), bad, now());
  EXPECT_EQ(next(), "+ fail 7; ");
  EXPECT_TRUE(gangs_->last_trouble({7}).ends_with("this recipe is no good"));
}

TEST_F(Gangs, WhatBreaksAgainAndAgainFails) {
  setenv("TANDEM_BREAK_AT", "5", 1);
  settings_.attempts = 2;
  open();
  gangs_->start({7}, 1, on({0}), task(10), now());
  EXPECT_EQ(next(), "+ start 7; ");
  EXPECT_TRUE(next().starts_with("+ stop 7 interrupted "));
  gangs_->start({7}, 2, on({1}), task(10), now());
  EXPECT_EQ(next(), "+ start 7; ");
  EXPECT_EQ(next(), "+ fail 7; ");
  EXPECT_EQ(gangs_->last_trouble({7}), "rank 0 on device 1: broken");
}

TEST_F(Gangs, ResizedItGoesOnWhereItWas) {
  open();
  gangs_->start({7}, 1, on({0, 1}), task(200), now());
  EXPECT_EQ(next(), "+ start 7; ");
  until_step(5);
  gangs_->resize({7}, 2, on({1, 2, 3}), task(200).spec, now());
  EXPECT_EQ(next(), "+ resize 7; ");
  EXPECT_GE(gangs_->figures({7})->steps_done, 5);
  EXPECT_EQ(next(), "+ finish 7; ");
}

TEST_F(Gangs, WhoLeavesWaitsForNoResize) {
  open();
  gangs_->start({7}, 1, on({0, 1}), task(2000), now());
  EXPECT_EQ(next(), "+ start 7; ");
  gangs_->resize({7}, 2, on({1}), task(2000).spec, now());
  gangs_->drain(RealGangs::Which::kAll, now());
  EXPECT_EQ(next(), "+ stop 7 interrupted 0; ");
}

TEST_F(Gangs, CancelledItIsGone) {
  open();
  gangs_->start({7}, 1, on({0, 1}), task(1000), now());
  EXPECT_EQ(next(), "+ start 7; ");
  const std::int32_t rank = pid_on(0);
  gangs_->cancel({7}, now());
  EXPECT_EQ(next(), "+ cancel 7; ");
  EXPECT_NE(kill(rank, 0), 0);
}

TEST_F(Gangs, SurvivorsAreTakenOver) {
  open();
  gangs_->start({7}, 1, on({0, 1}), task(300), now());
  EXPECT_EQ(next(), "+ start 7; ");
  const std::int32_t rank = pid_on(1);
  open();
  gangs_->inherit({{7}, 1, on({0, 1}), true, false}, task(300), now());
  until_step(50);
  EXPECT_EQ(pid_on(1), rank);
  EXPECT_EQ(next(), "+ finish 7; ");
}

TEST_F(Gangs, HalfAGangIsNotTakenOver) {
  open();
  gangs_->start({7}, 1, on({0, 1}), task(1000), now());
  EXPECT_EQ(next(), "+ start 7; ");
  kill(pid_on(1), SIGKILL);
  open();
  gangs_->inherit({{7}, 1, on({0, 1}), true, false}, task(1000), now());
  EXPECT_TRUE(next().starts_with("+ stop 7 interrupted "));
}

TEST_F(Gangs, WhatNobodyKnowsOfEnds) {
  open();
  gangs_->start({7}, 1, on({0}), task(100'000), now());
  EXPECT_EQ(next(), "+ start 7; ");
  const std::int32_t rank = pid_on(0);
  open();
  std::vector<Event> events;
  const auto give_up = std::chrono::steady_clock::now() + 20s;
  while (kill(rank, 0) == 0 && std::chrono::steady_clock::now() < give_up) attend(events);
  EXPECT_NE(kill(rank, 0), 0);
}

}  // namespace
}  // namespace tandem
