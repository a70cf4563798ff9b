// What `tandem calibrate` wants to know of an engine: `tandem-worker --measure-engine SPEC` prints
// it as the catalogue's entry `measured.engines` has it, in JSON.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "executor/serve/engine_driver.h"
#include "executor/spec/serving_spec.h"
#include "workloads/catalog/measured.h"
#include "workloads/perf/serving/step_line.h"

namespace tandem {

struct EngineMeasurement {
  int passes = 8;                                          ///< Over all batches; the mean counts.
  Duration least = std::chrono::milliseconds(20);          ///< For each batch and pass.
  Duration longest_step = std::chrono::milliseconds(500);  ///< Larger batches are left out then.
  Duration rehearsal = std::chrono::milliseconds(200);     ///< For each number of users and pass.
  int pauses = 10;                                         ///< For each pass.
  /// Passes the time of one of them.
  std::function<void()> pause = [] { std::this_thread::sleep_for(4 * kEnginePause); };
};

/// Times batches of all kinds: tokens from 1 to batch_tokens, requests that decode from 1 to
/// max_sequences with short and long contexts, chunks of prompts behind others. Steps that are
/// repeated find caches as they left them; so the curves are scaled to what steps took altogether
/// in rehearsals, and what a turn of the loop takes besides is added to `sampled`. What first steps
/// after pauses take more than all that is `after_pause`, one point. `start` is left to the caller.
/// `clock` never goes back.
MeasuredEngine measure_engine(LanguageModel& model, const ServingSpec& spec,
                              const EngineDriver::Clock& clock, const EngineMeasurement& how = {});

nlohmann::ordered_json to_json(const MeasuredEngine& engine);

}  // namespace tandem
