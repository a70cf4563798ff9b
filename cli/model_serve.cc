// tandem models serve: how long an engine takes for prompts and for a token, what that consists of,
// and how many requests its memory holds.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/serving_question.h"
#include "cli/terminal.h"
#include "reports/human.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

constexpr double kPicosecond = 1e-12;

struct Answer {
  double prefill = 0;  ///< Seconds of all its steps.
  std::size_t prefill_steps = 0;
  double decode = 0;
  KvMemory memory;
  CostAccount account;
  std::string obstacle;
};

double seconds_of(const StepCost& cost, const BatchShape& shape) {
  return static_cast<double>(cost.line(shape).at(shape.decode_context)) * kPicosecond;
}

Answer answer_to(const ServingQuestion& question) {
  Answer answer;
  for (const BatchShape& step : question.prefill_steps()) {
    answer.prefill += seconds_of(question.cost(), step);
    ++answer.prefill_steps;
  }
  answer.decode = seconds_of(question.cost(), question.decode_step());
  answer.memory =
      kv_memory(*question.model, *question.machine.device, question.layout, question.kv);
  answer.account = question.account();
  answer.obstacle = kv_obstacle(answer.memory, question.context);
  return answer;
}

/// All replicas together; with stages as many batches are on their way.
double tokens_per_s(const ServingQuestion& question, const Answer& answer) {
  const auto batches = static_cast<double>(question.replicas * question.layout.pipeline);
  return batches * static_cast<double>(question.batch) / answer.decode;
}

std::string time_text(double seconds) {
  if (seconds >= 1) return fmt::format("{:.4g} s", seconds);
  return fmt::format("{:.4g} ms", seconds * 1e3);
}

std::string in_band(double seconds, const CostBand& band) {
  if (band.low == band.high) return time_text(seconds);
  return fmt::format("{} ({} to {})", time_text(seconds), time_text(seconds * band.low),
                     time_text(seconds * band.high));
}

std::string headline(const ServingQuestion& question, const Answer& answer) {
  const ServingLayout& layout = question.layout;
  const std::string what =
      fmt::format("{} on {} {}", question.model->name, question.replicas * layout.devices(),
                  question.machine.device->name);
  if (answer.memory.left() <= 0) return what + " does not fit: " + answer.obstacle + ".";
  const std::string prompts =
      question.batch == 1 ? fmt::format("a prompt of {} tokens", question.prompt)
                          : fmt::format("{} prompts of {} tokens", question.batch, question.prompt);
  return fmt::format("{}: {} in {}, then {} a token, {} tokens/s.", what, prompts,
                     in_band(answer.prefill, answer.account.prefill),
                     in_band(answer.decode, answer.account.decode),
                     human(tokens_per_s(question, answer), Unit::kPlain));
}

std::vector<std::pair<const char*, double>> named(const StepParts& parts) {
  return {{"matrix products", parts.matrices},
          {"attention of prompts", parts.prefill_attention},
          {"attention of decoding", parts.decode_attention},
          {"pointwise", parts.pointwise},
          {"logits and sampling", parts.head},
          {"all-reduces", parts.all_reduces},
          {"waiting for the host", parts.waiting},
          {"between pipeline stages", parts.sends},
          {"host, before and after", parts.host}};
}

StepParts prefill_parts(const ServingQuestion& question) {
  StepParts sum;
  for (const BatchShape& step : question.prefill_steps()) {
    const StepParts parts = question.roofline->parts(step);
    sum.matrices += parts.matrices;
    sum.prefill_attention += parts.prefill_attention;
    sum.pointwise += parts.pointwise;
    sum.head += parts.head;
    sum.all_reduces += parts.all_reduces;
    sum.waiting += parts.waiting;
    sum.sends += parts.sends;
    sum.host += parts.host;
  }
  return sum;
}

std::string breakdown(const ServingQuestion& question) {
  const auto prefill = named(prefill_parts(question));
  const auto decode = named(question.roofline->parts(question.decode_step()));
  Rows rows = {{"PART", "PREFILL", "DECODE"}};
  for (std::size_t i = 0; i < prefill.size(); ++i) {
    if (prefill[i].second <= 0 && decode[i].second <= 0) continue;
    rows.push_back({prefill[i].first, time_text(prefill[i].second), time_text(decode[i].second)});
  }
  return aligned(rows);
}

std::vector<std::pair<const char*, double>> memory_parts(const KvMemory& memory) {
  return {{"usable", memory.usable},
          {"weights", memory.weights},
          {"activations", memory.activations},
          {"runtime", memory.runtime},
          {"block", memory.block}};
}

std::string memory_table(const ServingQuestion& question, const KvMemory& memory) {
  Rows rows = {{"MEMORY", fmt::format("of a device of pipeline stage {}", memory.stage + 1)}};
  for (const auto& [name, bytes] : memory_parts(memory)) {
    rows.push_back({name, bytes < 1e9 ? fmt::format("{:.3f} MB", bytes / 1e6)
                                      : fmt::format("{:.2f} GB", bytes / 1e9)});
  }
  rows.push_back({"blocks", fmt::format("{} of {} tokens", memory.blocks, memory.block_tokens)});
  rows.push_back({"room for", fmt::format("{} sequences of {} tokens",
                                          memory.sequences(question.context), question.context)});
  return aligned(rows);
}

ordered_json parts_json(const StepParts& parts) {
  return {{"matrices_s", parts.matrices},
          {"prefill_attention_s", parts.prefill_attention},
          {"decode_attention_s", parts.decode_attention},
          {"pointwise_s", parts.pointwise},
          {"head_s", parts.head},
          {"all_reduces_s", parts.all_reduces},
          {"waiting_s", parts.waiting},
          {"sends_s", parts.sends},
          {"host_s", parts.host}};
}

ordered_json memory_json(const ServingQuestion& question, const KvMemory& memory) {
  ordered_json json;
  for (const auto& [name, bytes] : memory_parts(memory)) json[std::string(name) + "_bytes"] = bytes;
  json["block_tokens"] = memory.block_tokens;
  json["blocks"] = memory.blocks;
  json["sequences"] = memory.sequences(question.context);
  return json;
}

ordered_json document(const ServingQuestion& question, const Answer& answer, bool explain) {
  const CostAccount& account = answer.account;
  ordered_json json = {{"model", question.model->name},
                       {"device", question.machine.device->name},
                       {"engine", question.engine->name},
                       {"tp", question.layout.tensor},
                       {"pp", question.layout.pipeline},
                       {"replicas", question.replicas},
                       {"prompt", question.prompt},
                       {"batch", question.batch},
                       {"context", question.context},
                       {"fits", answer.obstacle.empty()},
                       {"prefill_s", answer.prefill},
                       {"prefill_s_low", answer.prefill * account.prefill.low},
                       {"prefill_s_high", answer.prefill * account.prefill.high},
                       {"prefill_steps", answer.prefill_steps},
                       {"decode_s", answer.decode},
                       {"decode_s_low", answer.decode * account.decode.low},
                       {"decode_s_high", answer.decode * account.decode.high},
                       {"tokens_per_s", tokens_per_s(question, answer)},
                       {"memory", memory_json(question, answer.memory)},
                       {"warnings", account.warnings}};
  if (question.roofline) {
    json["prefill"] = parts_json(prefill_parts(question));
    json["decode"] = parts_json(question.roofline->parts(question.decode_step()));
  }
  if (!explain) return json;
  json["band_source"] = account.band_source;
  json["numbers"] = ordered_json::array();
  for (const CostNumber& number : account.numbers) {
    json["numbers"].push_back({{"name", number.name},
                               {"value", number.value},
                               {"unit", number.unit},
                               {"source", number.source}});
  }
  return json;
}

std::string provenance(const CostAccount& account) {
  Rows rows = {{"NUMBER", "VALUE", "WHERE FROM"}};
  for (const CostNumber& number : account.numbers) {
    rows.push_back(
        {number.name, fmt::format("{:.4g} {}", number.value, number.unit), number.source});
  }
  return aligned(rows);
}

}  // namespace

int run_model_serve(const Arguments& arguments) {
  const ServingQuestion question(arguments);
  const Answer answer = answer_to(question);
  const int code = answer.obstacle.empty() ? 0 : 3;
  if (arguments.json) {
    print_json(document(question, answer, arguments.serving.explain));
    return code;
  }
  std::string text = headline(question, answer) + "\n";
  if (answer.memory.left() > 0) {
    if (code != 0) text += wrapped("It has " + answer.obstacle + ".", 80, 0) + "\n";
    for (const std::string& warning : answer.account.warnings) text += warning + "\n";
    if (question.roofline) text += "\n" + breakdown(question);
  }
  text += "\n" + memory_table(question, answer.memory);
  text += "\n" + wrapped("Range: " + answer.account.band_source + ".", 80, 0) + "\n";
  if (arguments.serving.explain) text += "\n" + provenance(answer.account);
  print_output(text);
  return code;
}

}  // namespace tandem
