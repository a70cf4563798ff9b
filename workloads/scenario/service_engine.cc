#include "workloads/scenario/service_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "workloads/perf/serving/fitted_cost.h"
#include "workloads/perf/serving/measured_cost.h"
#include "workloads/perf/serving/roofline_cost.h"
#include "workloads/perf/serving/table_cost.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

std::int64_t whole_or(const Value* value, std::int64_t fallback) {
  return value != nullptr ? integer_of(*value) : fallback;
}
double number_or(const Value* value, double fallback) {
  return value != nullptr ? number_of(*value) : fallback;
}
bool flag_or(const Value* value, bool fallback) {
  return value != nullptr ? bool_of(*value) : fallback;
}

StepCoefficients coefficients_of(const Value& fitted) {
  return {.step = number_or(fitted.find("step"), 0),
          .prefill_tokens = number_or(fitted.find("prefill_token"), 0),
          .prefill_pairs = number_or(fitted.find("prefill_pair"), 0),
          .requests = number_or(fitted.find("request"), 0),
          .decode_context = number_or(fitted.find("context_token"), 0)};
}

}  // namespace

/// A cost with all that it refers to.
struct ServiceEngines::Costed {
  std::shared_ptr<const Catalog> catalog;
  Machine machine;
  std::unique_ptr<const StepCost> cost;
};

ServiceEngines::ServiceEngines(const Value& service, const Architecture& model, Precision precision,
                               ScenarioBuild& build)
    : service_(service),
      engine_(service.find("engine")),
      model_(model),
      precision_(precision),
      build_(build) {
  set_parallel(service.find("parallel"));
  context_ = std::min(whole_or(key("context"), model.context), model.context);
  const Value* asked = key("context");
  if (asked != nullptr && integer_of(*asked) > model.context) {
    build.fail(*asked, fmt::format("context: {} has one of {}", model.name, model.context));
  }
  const Value* sequences = key("max_sequences");
  if (sequences != nullptr && integer_of(*sequences) > settings().batch_tokens) {
    build.fail(*sequences, fmt::format("max_sequences: a step computes at most {} tokens, and each "
                                       "request may need one",
                                       settings().batch_tokens));
  }
}

const Value* ServiceEngines::key(std::string_view name) const {
  return engine_ != nullptr ? engine_->find(name) : nullptr;
}

void ServiceEngines::set_parallel(const Value* parallel) {
  if (parallel == nullptr) return;
  layout_.tensor = whole_or(parallel->find("tp"), 1);
  layout_.pipeline = whole_or(parallel->find("pp"), 1);
  data_ = whole_or(parallel->find("dp"), 1);
}

EngineSettings ServiceEngines::settings() const {
  EngineSettings settings;
  settings.block_tokens = static_cast<std::uint32_t>(whole_or(key("block_tokens"), 16));
  settings.batch_tokens = whole_or(key("batch_tokens"), 8192);
  // Every batch that is on its way through pipeline stages is one of its own.
  const std::int64_t sequences =
      std::min(whole_or(key("max_sequences"), 256), settings.batch_tokens);
  settings.max_sequences = (sequences + layout_.pipeline - 1) / layout_.pipeline;
  settings.chunked_prefill = flag_or(key("chunked_prefill"), true);
  if (const Value* swap = key("swap")) {
    settings.swap_blocks = bytes_of(*swap).count / block_bytes() / layout_.pipeline;
  }
  settings.tenants = build_.scenario.tenants.size();
  return settings;
}

std::int64_t ServiceEngines::block_bytes() const {
  const double token = static_cast<double>(kv_cache_bytes_per_token(model_)) * layout_.kv_bytes / 2;
  return std::llround(token) * whole_or(key("block_tokens"), 16);
}

std::variant<ServiceEngine, std::string> ServiceEngines::on(DeviceTypeId type) {
  const auto found = machine_of(type, build_);
  if (const auto* why = std::get_if<std::string>(&found)) return *why;
  const Machine& machine = std::get<Machine>(found);
  const Value* weights = key("weights");
  const Value* kv = key("kv");
  const std::int64_t tensor = layout_.tensor;
  const std::int64_t pipeline = layout_.pipeline;
  layout_ = numbers_of(weights != nullptr ? weights->text : "", kv != nullptr ? kv->text : "",
                       *machine.device);
  layout_.tensor = tensor;
  layout_.pipeline = pipeline;
  if (std::string why = serving_obstacle(model_, machine, layout_); !why.empty()) return why;
  const EngineSettings settings = this->settings();
  const KvSettings memory{number_or(key("utilization"), 0.9), settings.block_tokens,
                          settings.batch_tokens, whole_or(key("max_sequences"), 256)};
  ServiceEngine engine;
  engine.memory = kv_memory(model_, *machine.device, layout_, memory);
  std::int64_t blocks = engine.memory.blocks;
  if (const Value* pinned = key("kv_blocks")) {
    blocks = integer_of(*pinned);
  } else if (engine.memory.left() <= 0) {
    return kv_obstacle(engine.memory, context_);
  }
  engine.on.kv_blocks = blocks / layout_.pipeline;
  if (engine.on.kv_blocks == 0) return kv_obstacle(engine.memory, context_);
  const Value* wire = key("swap_bandwidth");
  constexpr double kSwapBytes = 25e9;  // PCIe 4.0 x16, as copies sustain it.
  const double bytes_per_s = wire != nullptr ? bandwidth_of(*wire) / 8 : kSwapBytes;
  const double devices = static_cast<double>(layout_.devices());
  engine.on.swap_ps_per_block =
      std::llround(static_cast<double>(block_bytes()) / devices / bytes_per_s * 1e12);
  make_cost(machine, engine);
  if (!engine.on.cost) return "its steps have no times";
  return engine;
}

const MeasuredEngine* ServiceEngines::measured_on(const Machine& machine) const {
  const std::optional<Measured>& measured = machine.device->measured;
  if (key("step_time") != nullptr || !measured || layout_.devices() != 1) return nullptr;
  return measured->engine(model_, precision_);
}

void ServiceEngines::make_cost(const Machine& machine, ServiceEngine& engine) {
  auto costed = std::make_shared<Costed>(Costed{build_.scenario.catalog, machine, nullptr});
  const Value* how = key("step_time");
  const auto keep = [&]<class Cost>(std::unique_ptr<Cost> cost) {
    engine.account = cost->account();
    costed->cost = std::move(cost);
  };
  const auto tables = [&](const Value& asked) {
    TableSettings settings;
    if (const Value* step = asked.find("step"))
      settings.step_seconds = to_seconds(duration_of(*step));
    if (const Value* each = asked.find("request")) {
      settings.request_seconds = to_seconds(duration_of(*each));
    }
    if (flag_or(asked.find("graphs"), false)) settings.graph_sizes = usual_graph_sizes();
    const auto folder = build_.folder / asked.find("folder")->text;
    EngineTables read = read_engine_tables(folder, layout_.tensor);
    for (const char* name : kTableFiles) {
      const auto file = std::filesystem::path(read.folder) / name;
      if (std::filesystem::exists(file)) build_.files.push_back(file);
    }
    keep(std::make_unique<TableCost>(model_, costed->machine, layout_, engine_profile("modern"),
                                     std::move(read), std::move(settings)));
  };
  build_.attempt(how != nullptr ? *how : service_, [&] {
    if (const Value* asked = how != nullptr ? how->find("tables") : nullptr) {
      tables(*asked);
    } else if (const Value* fitted = how != nullptr ? how->find("fitted") : nullptr) {
      keep(std::make_unique<FittedCost>(coefficients_of(*fitted), "the scenario"));
    } else if (const Value* measured = how != nullptr ? how->find("measured") : nullptr) {
      const auto file = build_.file_named(*measured);
      if (!file) return;
      const StepFit fit = fit_coefficients(TextFile(*file).text(), file->string());
      keep(std::make_unique<FittedCost>(
          fit.coefficients, fmt::format("{} steps of {}", fit.steps, file->string()), fit.band));
    } else if (const MeasuredEngine* known = measured_on(machine)) {
      keep(std::make_unique<MeasuredCost>(*known, machine.device->name + " as it was measured"));
      engine.startup = known->start;
    } else {
      const Value* software = how != nullptr ? how->find("software") : nullptr;
      keep(std::make_unique<RooflineCost>(
          model_, costed->machine, layout_,
          engine_profile(software != nullptr ? software->text : "modern")));
    }
  });
  const StepCost* cost = costed->cost.get();
  if (cost != nullptr) engine.on.cost = {std::move(costed), cost};
}

}  // namespace tandem
