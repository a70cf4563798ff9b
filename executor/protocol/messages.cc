#include "executor/protocol/messages.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "executor/protocol/message_numbers.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 6> kPhases = {"idle",     "loading", "computing",
                                                     "finished", "drained", "failed"};
constexpr std::array<std::string_view, 6> kCommands = {"start",      "drain", "finish",
                                                       "checkpoint", "clear", "leave"};

template <class Choice, std::size_t kCount>
Choice named(const std::string& name, const std::array<std::string_view, kCount>& names) {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (names[i] == name) return static_cast<Choice>(i);
  }
  throw InputError(fmt::format("a message says '{}', which is unknown", name));
}

json to_json(const RankTask& task) {
  json out = {{"job", task.job.value},
              {"generation", task.generation},
              {"rank", task.rank},
              {"world", task.world},
              {"folder", task.folder.string()},
              {"text_cache", task.text_cache.string()},
              {"spec", to_json(task.spec)},
              {"threads", task.threads},
              {"patience_ms", task.patience_ms}};
  if (task.serving) out["serving"] = to_json(*task.serving);
  return out;
}

RankTask rank_task_of(const json& from) {
  RankTask task;
  task.job = {whole<std::uint32_t>(from.at("job"))};
  task.generation = whole<std::uint32_t>(from.at("generation"));
  task.rank = whole<std::uint32_t>(from.at("rank"));
  task.world = whole<std::uint32_t>(from.at("world"));
  task.folder = from.at("folder").get<std::string>();
  task.text_cache = from.at("text_cache").get<std::string>();
  task.spec = training_spec_of(from.at("spec"));
  if (from.contains("serving")) task.serving = serving_spec_of(from.at("serving"));
  task.threads = whole<int>(from.at("threads"));
  task.patience_ms = whole<std::int64_t>(from.at("patience_ms"));
  return task;
}

/// Calls `read` with the parsed text; whatever is wrong with it is one error.
template <class Read>
auto parsed(std::string_view text, Read read) {
  try {
    return read(json::parse(text));
  } catch (const json::exception& error) {
    throw InputError(fmt::format("not a message between controller and workers: {}", error.what()));
  }
}

}  // namespace

std::string_view name_of(RankPhase phase) { return kPhases[static_cast<std::size_t>(phase)]; }

std::string to_text(const WorkerState& state) {
  json out = {{"device", state.device.value},
              {"pid", state.pid},
              {"phase", name_of(state.phase)},
              {"job", state.job.value},
              {"generation", state.generation},
              {"rank", state.rank},
              {"steps_done", state.steps_done},
              {"steps_saved", state.steps_saved},
              {"loss", state.loss},
              {"tokens_per_s", state.tokens_per_s},
              {"longest_step_s", state.longest_step_s},
              {"step_s", state.step_s},
              {"save_s", state.save_s},
              {"evaluation_s", state.evaluation_s},
              {"memory_bytes", state.memory_bytes},
              {"is_users_fault", state.is_users_fault},
              {"cause", state.cause}};
  if (state.held_out_loss) out["held_out_loss"] = *state.held_out_loss;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string to_text(const WorkerCommand& command) {
  json out = {{"kind", kCommands[static_cast<std::size_t>(command.kind)]},
              {"job", command.job.value},
              {"generation", command.generation}};
  if (command.task) out["task"] = to_json(*command.task);
  return out.dump();
}

WorkerState worker_state_of(std::string_view text) {
  return parsed(text, [](const json& from) {
    WorkerState state;
    state.device = {whole<std::uint32_t>(from.at("device"))};
    state.pid = whole<std::int32_t>(from.at("pid"));
    state.phase = named<RankPhase>(from.at("phase").get<std::string>(), kPhases);
    state.job = {whole<std::uint32_t>(from.at("job"))};
    state.generation = whole<std::uint32_t>(from.at("generation"));
    state.rank = whole<std::uint32_t>(from.at("rank"));
    state.steps_done = count(from.at("steps_done"));
    state.steps_saved = count(from.at("steps_saved"));
    // A loss that has run away is null in JSON.
    const auto number = [&from](const char* key) {
      const json& value = from.at(key);
      return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
    };
    state.loss = number("loss");
    state.tokens_per_s = number("tokens_per_s");
    state.longest_step_s = number("longest_step_s");
    state.step_s = number("step_s");
    state.save_s = number("save_s");
    state.evaluation_s = number("evaluation_s");
    state.memory_bytes = count(from.at("memory_bytes"));
    if (from.contains("held_out_loss")) state.held_out_loss = number("held_out_loss");
    from.at("is_users_fault").get_to(state.is_users_fault);
    from.at("cause").get_to(state.cause);
    return state;
  });
}

WorkerCommand worker_command_of(std::string_view text) {
  return parsed(text, [](const json& from) {
    WorkerCommand command;
    command.kind = named<WorkerCommand::Kind>(from.at("kind").get<std::string>(), kCommands);
    command.job = {whole<std::uint32_t>(from.at("job"))};
    command.generation = whole<std::uint32_t>(from.at("generation"));
    if (from.contains("task")) command.task = rank_task_of(from.at("task"));
    if (command.kind == WorkerCommand::Kind::kStart && !command.task) {
      throw InputError("a message says 'start' without a task");
    }
    return command;
  });
}

}  // namespace tandem
