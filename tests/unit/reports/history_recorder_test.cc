#include "reports/history/history_recorder.h"

#include <gtest/gtest.h>

#include <random>

#include "reports/explain.h"
#include "told_run.h"

namespace tandem {
namespace {

TEST(HistoryRecorder, KeepsWhatAJobMetAndWhereItRan) {
  HistoryRecorder recorder;
  ToldRun run(recorder, header_of(4, one_tenant()));
  run.at(0s).submit(0, 2).run(0, 2, 1);
  run.at(10s).submit(1, 4);
  run.at(20s).submit(2, 1).start(2, 1, 3, "backfilled").started(2);
  run.at(30s).finish(0).finish(2).start(1, 4);
  run.at(50s).stop(1, StopCause::kNodeDown, 5s);
  const RunHistory history = recorder.finish(false);
  ASSERT_EQ(history.jobs.size(), 3U);
  EXPECT_EQ(history.jobs[1].waited_ahead, 0U);
  EXPECT_EQ(history.jobs[1].devices_free, 2U);
  EXPECT_EQ(history.jobs[1].overtaken_by, 1U);
  EXPECT_EQ(history.jobs[2].waited_ahead, 1U);
  EXPECT_EQ(history.jobs[1].state, JobState::kQueued);
  ASSERT_EQ(history.turns.size(), 3U);
  EXPECT_EQ(history.ranges[history.turns[0].first_range], (DeviceRange{1, 2}));
  EXPECT_EQ(history.texts[history.turns[1].reason], "backfilled");
  EXPECT_EQ(history.turns[2].how, GangEnd::kNodeDown);
  EXPECT_EQ(history.turns[2].lost, Duration(5s));
  EXPECT_EQ(history.overtaking_starts, 1U);
  EXPECT_EQ(history.waits_s(), (std::vector<double>{0, 0}));
  EXPECT_FALSE(history.is_complete);
}

TEST(HistoryRecorder, SeparatesDevicesThatAreNotNeighbours) {
  HistoryRecorder recorder;
  ToldRun run(recorder, header_of(8, one_tenant()));
  run.at(0s).submit(0, 3);
  recorder.action(Start{JobId{0}, {{DeviceId{6}, DeviceId{1}, DeviceId{2}}, {{NodeId{0}, 3}}}, ""});
  const RunHistory history = recorder.finish(true);
  EXPECT_EQ(history.ranges, (std::vector<DeviceRange>{{1, 2}, {6, 1}}));
  EXPECT_EQ(history.turns[0].how, GangEnd::kStillRunning);
}

TEST(HistoryRecorder, LevelsAreThoseBetweenSteps) {
  HistoryRecorder recorder;
  ToldRun run(recorder, header_of(4, one_tenant()));
  run.at(0s).submit(0, 4).run(0, 4);
  run.at(5s).submit(1, 1).submit(2, 1);
  run.at(9s).finish(0).run(1, 1);
  const RunHistory history = recorder.finish(true);
  using Point = LevelSeries::Point;
  EXPECT_EQ(history.queue.points(),
            (std::vector<Point>{{Time{0s}, 0}, {Time{5s}, 2}, {Time{9s}, 1}}));
  EXPECT_EQ(history.held.points(), (std::vector<Point>{{Time{0s}, 4}, {Time{9s}, 1}}));
}

/// Jobs of one device that come, start in any order, are preempted, cancelled and finish.
void tell_random(ToldRun& run, std::mt19937& random) {
  std::vector<std::uint32_t> waiting;
  std::vector<std::uint32_t> running;
  std::uint32_t next = 0;
  const auto take = [&random](std::vector<std::uint32_t>& from) {
    const std::size_t place = random() % from.size();
    const std::uint32_t taken = from[place];
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(place));
    return taken;
  };
  for (int step = 0; step < 300; ++step) {
    run.at(std::chrono::seconds(step));
    const auto dice = random() % 10;
    if (!running.empty() && dice < 2) {
      run.finish(take(running));
    } else if (!running.empty() && dice == 2) {
      waiting.push_back(take(running));
      run.stop(waiting.back(), StopCause::kPreempted);
    } else if (!waiting.empty() && dice == 3) {
      run.cancel(take(waiting));
    }
    for (auto i = random() % 3; i > 0; --i) {
      waiting.push_back(next);
      run.submit(next++, 1);
    }
    if (waiting.empty() || running.size() >= 60) continue;
    running.push_back(take(waiting));
    run.start(running.back(), 1, static_cast<std::uint32_t>(running.size()) - 1);
  }
}

TEST(HistoryRecorder, CountsAsExplainDoes) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    HistoryRecorder recorder;
    ToldRun run(recorder, header_of(64, one_tenant()));
    tell_random(run, random);
    const RunHistory history = recorder.finish(true);
    ASSERT_GT(history.jobs.size(), 100U);
    for (std::size_t place = 0; place < history.jobs.size(); place += 7) {
      const JobPast& job = history.jobs[place];
      Explainer explainer(job.name);
      ToldRun again(explainer, header_of(64, one_tenant()));
      std::mt19937 same(seed);
      tell_random(again, same);
      const JobStory& story = explainer.story();
      EXPECT_EQ(job.waited_ahead, story.waited_ahead) << job.name << ", seed " << seed;
      EXPECT_EQ(job.devices_free, story.devices_free) << job.name << ", seed " << seed;
      EXPECT_EQ(job.overtaken_by, story.overtaken_by.count) << job.name << ", seed " << seed;
      EXPECT_EQ(job.state, story.state) << job.name << ", seed " << seed;
      const bool started = job.first_start.has_value();
      EXPECT_EQ(started, !story.stretches.empty()) << job.name << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace tandem
