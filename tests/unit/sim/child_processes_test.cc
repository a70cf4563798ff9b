#include "sim/child_processes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "policies/core/error.h"
#include "sim/simulation.h"
#include "tests/support/temporary_file.h"

namespace tandem {
namespace {

void ignore(std::size_t, double) {}

ChildOutcome outcome_of(const ChildTask& task) { return run_children({task}, 1, ignore).at(0); }

void sleep_ms(int count) { std::this_thread::sleep_for(std::chrono::milliseconds{count}); }

TEST(ChildProcesses, ResultComesBackWhole) {
  const std::string text(3'000'000, 'x');
  const ChildOutcome outcome =
      outcome_of([&](const ReportProgress&) { return "P 0.5\nR\n" + text; });
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_TRUE(outcome.result == "P 0.5\nR\n" + text) << "whatever it looks like";
  EXPECT_EQ(outcome_of([](const ReportProgress&) { return std::string(); }).result, "");
}

TEST(ChildProcesses, EveryKindOfEndIsToldAsAValue) {
  const auto input = outcome_of(
      [](const ReportProgress&) -> std::string { throw InputError("a.yaml:3: no such thing"); });
  EXPECT_EQ(input.exit_code, 2);
  EXPECT_EQ(input.error, "a.yaml:3: no such thing");
  EXPECT_FALSE(input.result);

  const auto stuck =
      outcome_of([](const ReportProgress&) -> std::string { throw StuckError("stuck"); });
  EXPECT_EQ(stuck.exit_code, 3);
  EXPECT_EQ(stuck.error, "stuck");

  const auto bug =
      outcome_of([](const ReportProgress&) -> std::string { throw std::runtime_error("bug"); });
  EXPECT_EQ(bug.exit_code, 5);
  EXPECT_EQ(bug.error, "bug");

  const auto aborted = outcome_of([](const ReportProgress&) -> std::string { std::abort(); });
  EXPECT_EQ(aborted.exit_code, 5);
  EXPECT_EQ(aborted.error, "the simulation was ended by signal 6 (Aborted)");

  const auto killed = outcome_of([](const ReportProgress&) -> std::string {
    ::kill(::getpid(), SIGKILL);
    return "never";
  });
  EXPECT_EQ(killed.exit_code, 5);
  EXPECT_EQ(killed.error, "the simulation was ended by signal 9 (Killed)");

  const auto silent = outcome_of([](const ReportProgress&) -> std::string { ::_exit(0); });
  EXPECT_EQ(silent.exit_code, 5);
  EXPECT_EQ(silent.error, "the simulation ended without a result");
}

TEST(ChildProcesses, OutcomesAreInTheOrderOfTheTasks) {
  std::vector<ChildTask> tasks;
  for (int i = 0; i < 6; ++i) {
    tasks.emplace_back([i](const ReportProgress&) -> std::string {
      sleep_ms(60 - 10 * i);
      if (i == 2) throw std::runtime_error("two");
      return std::to_string(i);
    });
  }
  const auto outcomes = run_children(tasks, 6, ignore);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(outcomes[i].result.value_or(outcomes[i].error), i == 2 ? "two" : std::to_string(i));
  }
}

TEST(ChildProcesses, RunAtOnceAsManyAsSaidAndNoMore) {
  // Each waits until the others are there, or gives up; and counts who is there with it.
  const TemporaryFile folder("at_once", "");
  const auto task = [&](int own, int wanted) {
    return [&folder, own, wanted](const ReportProgress&) {
      const auto here = folder.folder() / ("here" + std::to_string(own));
      std::filesystem::create_directory(here);
      int most = 0;
      for (int wait = 0; wait < 500 && most < wanted; ++wait, sleep_ms(2)) {
        int there = 0;
        for (int i = 0; i < 4; ++i) {
          there += std::filesystem::exists(folder.folder() / ("here" + std::to_string(i)));
        }
        most = std::max(most, there);
      }
      sleep_ms(20);
      std::filesystem::remove(here);
      return std::to_string(most);
    };
  };
  for (const auto& outcome : run_children({task(0, 2), task(1, 2)}, 2, ignore)) {
    EXPECT_EQ(outcome.result, "2");
  }
  for (const auto& outcome : run_children({task(0, 1), task(1, 1), task(2, 1)}, 1, ignore)) {
    EXPECT_EQ(outcome.result, "1");
  }
}

TEST(ChildProcesses, ProgressIsToldWhileTheyWork) {
  std::vector<double> told;
  run_children({[](const ReportProgress& report) {
                 report(0.25);
                 report(0.75);
                 return std::string("done");
               }},
               1, [&](std::size_t task, double share) {
                 EXPECT_EQ(task, 0U);
                 told.push_back(share);
               });
  EXPECT_EQ(told, (std::vector<double>{0.25, 0.75, 1}));
}

TEST(ChildProcesses, InterruptKeepsWhatHasFinished) {
  const auto quick = [](const ReportProgress&) { return std::string("done"); };
  const auto endless = [](const ReportProgress&) -> std::string {
    sleep_ms(60'000);
    return "never";
  };
  // Interrupted when the first has finished, while the second works and before the third begins.
  const auto outcomes = run_children({quick, endless, quick}, 1, [](std::size_t, double share) {
    if (share == 1) ::raise(SIGINT);
  });
  EXPECT_EQ(outcomes[0].result, "done");
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_FALSE(outcomes[i].result);
    EXPECT_EQ(outcomes[i].exit_code, 130);
    EXPECT_EQ(outcomes[i].error, "interrupted");
  }
}

TEST(ChildProcesses, InterruptEndsWhoWorks) {
  const auto begin = std::chrono::steady_clock::now();
  const auto outcomes = run_children({[](const ReportProgress& report) -> std::string {
                                       report(0.5);
                                       sleep_ms(60'000);
                                       return "never";
                                     }},
                                     1, [](std::size_t, double) { ::raise(SIGTERM); });
  EXPECT_EQ(outcomes[0].exit_code, 130);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{30});
}

}  // namespace
}  // namespace tandem
