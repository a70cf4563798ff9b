// Messages between controller and workers arrive as they were sent.
#include "executor/protocol/messages.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/error_of.h"

namespace tandem {
namespace {

TEST(WorkerState, ComesBackAsItWas) {
  WorkerState state;
  state.device = {3};
  state.pid = 4711;
  state.phase = RankPhase::kComputing;
  state.job = {12};
  state.generation = 2;
  state.rank = 1;
  state.steps_done = 300;
  state.steps_saved = 250;
  state.loss = 2.125;
  state.tokens_per_s = 4000.5;
  state.longest_step_s = 0.25;
  state.save_s = 0.5;
  state.evaluation_s = 0.75;
  state.memory_bytes = std::int64_t{1} << 40;
  state.held_out_loss = 2.5;
  state.is_users_fault = true;
  state.cause = "no \"such\" file\n";
  const WorkerState again = worker_state_of(to_text(state));
  EXPECT_EQ(to_text(again), to_text(state));
  EXPECT_EQ(again.cause, state.cause);
  EXPECT_EQ(again.held_out_loss, 2.5);
  EXPECT_EQ(again.save_s, 0.5);
  EXPECT_EQ(again.evaluation_s, 0.75);
  EXPECT_TRUE(again.runs({12}, 2));
  EXPECT_FALSE(again.runs({12}, 1));
}

TEST(WorkerState, ALossThatHasRunAwayIsNoNumber) {
  WorkerState state;
  state.loss = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(std::isnan(worker_state_of(to_text(state)).loss));
}

TEST(WorkerState, NumbersThatDoNotFitAreRefused) {
  const std::string good = to_text(WorkerState{});
  for (const char* number : {"-1", "4294967296", "1.5", "true", "1e300"}) {
    std::string text = good;
    const std::string key = "\"generation\":";
    text.replace(text.find(key), key.size() + 1, key + number);
    EXPECT_NE(error_of([&] { worker_state_of(text); }), "") << text;
  }
}

TEST(WorkerCommand, ComesBackAsItWas) {
  RankTask task;
  task.job = {5};
  task.generation = 9;
  task.rank = 3;
  task.world = 4;
  task.folder = "/runs/a b";
  task.spec.model.name = "gpt2";
  task.spec.steps = 77;
  task.spec.recipe.learning_rate = 0.1;
  const WorkerCommand command{WorkerCommand::Kind::kStart, {5}, 9, task};
  const WorkerCommand again = worker_command_of(to_text(command));
  EXPECT_EQ(to_text(again), to_text(command));
  EXPECT_EQ(again.task->folder, "/runs/a b");
  EXPECT_EQ(again.task->spec.recipe.learning_rate, 0.1);
}

TEST(Messages, WhatIsNoneIsAnError) {
  const char* strange[] = {"",
                           "{",
                           "[]",
                           "{\"kind\": \"dance\"}",
                           "{\"phase\": 3}",
                           R"({"kind": "start", "job": 1, "generation": 1})"};
  for (const char* text : strange) {
    EXPECT_NE(error_of([&] { worker_command_of(text); }), "no error") << text;
    EXPECT_NE(error_of([&] { worker_state_of(text); }), "no error") << text;
  }
}

}  // namespace
}  // namespace tandem
