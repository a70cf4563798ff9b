// Reads the words of the command line that name things, and checks that the degrees agree.
#include "cli/serving_question.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/training_question.h"
#include "policies/core/error.h"
#include "policies/core/quantity_text.h"

namespace tandem {
namespace {

void set_degrees(const ServingArguments& asked, std::int64_t devices, ServingQuestion& question) {
  ServingLayout& layout = question.layout;
  layout.pipeline = asked.pipeline;
  layout.tensor =
      asked.tensor > 0 ? asked.tensor : std::max<std::int64_t>(devices / asked.pipeline, 1);
  if (devices % layout.devices() != 0) {
    throw InputError(
        fmt::format("{} devices are not a whole number of replicas of --tp {} times "
                    "--pp {}",
                    devices, layout.tensor, layout.pipeline));
  }
  question.replicas = devices / layout.devices();
}

double seconds_of(const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration || *duration < Duration::zero()) {
    throw InputError(fmt::format("--host: expected a time such as '1 ms', found '{}'", text));
  }
  return to_seconds(*duration);
}

}  // namespace

ServingQuestion::ServingQuestion(const Arguments& arguments) : catalog(catalog_of(arguments)) {
  const ServingArguments& asked = arguments.serving;
  model = &catalog.model(arguments.name);
  engine = &engine_profile(asked.engine);
  const auto [devices, type] = parse_devices(asked.devices);
  machine = machine_of(catalog, catalog.device(type), asked.machine);
  layout = numbers_of(asked.weights, asked.kv, *machine.device);
  set_degrees(asked, devices, *this);
  if (const std::string why = serving_obstacle(*model, machine, layout); !why.empty()) {
    throw InputError(why);
  }
  prompt = asked.prompt;
  batch = asked.batch;
  context = asked.context > 0 ? asked.context : asked.prompt;
  for (const auto& [option, tokens] : {std::pair{"--prompt", prompt}, {"--context", context}}) {
    if (tokens <= model->context) continue;
    throw InputError(fmt::format("{} {} is longer than the context of {}, {}", option, tokens,
                                 model->name, model->context));
  }
  kv = {static_cast<double>(asked.utilization) / 100, asked.block, asked.most_tokens,
        asked.most_sequences};
  const double step_seconds = seconds_of(asked.step_overhead);
  if (asked.tables.empty()) {
    if (step_seconds > 0) throw InputError("--host needs --tables; --engine has one of its own");
    roofline.emplace(*model, machine, layout, *engine);
    return;
  }
  TableSettings settings;
  settings.step_seconds = step_seconds;
  tables = std::make_unique<TableCost>(*model, machine, layout, *engine,
                                       read_engine_tables(asked.tables, layout.tensor),
                                       std::move(settings));
}

const StepCost& ServingQuestion::cost() const {
  return tables ? static_cast<const StepCost&>(*tables) : *roofline;
}

CostAccount ServingQuestion::account() const {
  return tables ? tables->account() : roofline->account();
}

std::vector<BatchShape> ServingQuestion::prefill_steps() const {
  std::vector<BatchShape> steps;
  BatchShape step;
  const auto end_step = [&] {
    steps.push_back(step);
    step = {};
  };
  for (std::int64_t request = 0; request < batch; ++request) {
    for (std::int64_t known = 0; known < prompt;) {
      const std::int64_t chunk =
          std::min(prompt - known, kv.max_batched_tokens - step.prefill_tokens);
      step.prefill_tokens += chunk;
      step.prefill_pairs += chunk * known + chunk * (chunk + 1) / 2;
      ++step.prefill_requests;
      known += chunk;
      if (known == prompt) ++step.sampled;
      if (step.prefill_tokens == kv.max_batched_tokens) end_step();
    }
  }
  if (step.prefill_tokens > 0) end_step();
  return steps;
}

BatchShape ServingQuestion::decode_step() const {
  BatchShape step;
  step.decode_requests = step.sampled = batch;
  step.decode_context = batch * context;
  return step;
}

}  // namespace tandem
