#include "workloads/catalog/measured_entry.h"

#include <fmt/format.h>

#include <span>

namespace tandem {
namespace {

SpecPointer span() { return scalar(ScalarKind::kDuration, 0, 3.6e12, "from 0 s to one hour"); }
SpecPointer count() { return scalar(ScalarKind::kInteger, 1, 1e7, "from 1 to 10000000"); }

SpecPointer step_spec() {
  return object(
      {required("model", scalar(ScalarKind::kName), "By name."),
       optional("kind", word({"train", "evaluate"}),
                "Evaluate: the forward pass alone, as `evaluate` entries take it.", "train"),
       optional("tp", count(), "Tensor parallel degree.", "1"),
       optional("pp", count(), "Pipeline stages.", "1"),
       optional("dp", count(), "Data parallel degree.", "1"),
       optional("zero", scalar(ScalarKind::kInteger, 0, 3, "from 0 to 3"), "Sharded over dp.", "0"),
       required("batch", count(), "Sequences of the step, over all devices."),
       optional("micro_batch", count(), "Sequences of a micro-batch, on each dp rank.", "1"),
       required("sequence", count(), "Tokens of a sequence."),
       required("precision", word({"bf16", "fp16", "tf32", "fp32", "fp8"}), "Of products."),
       optional("recompute", word({"none", "selective", "full"}),
                "What the backward pass computes again.", "none"),
       required("seconds", scalar(ScalarKind::kNumber, 1e-6, 1e6, "from 0.000001 to 1000000"),
                "Of the step, in the mean."),
       optional("evaluation", scalar(ScalarKind::kNumber, 0, 1e6, "from 0 to 1000000"),
                "Seconds of one look at the held-out text, as `evaluate_every` asks for.", "0")});
}

SpecPointer points_spec() {
  const auto at = scalar(ScalarKind::kNumber, 0, 1e9, "from 0 to 1e9");
  const auto seconds = scalar(ScalarKind::kNumber, 0, 1e6, "from 0 to 1e6");
  return list(object({required("at", at, "The place: more than that of the point before."),
                      required("seconds", seconds, "The time there.")}));
}

SpecPointer engine_spec() {
  const auto band = scalar(ScalarKind::kNumber, 1e-3, 1e3, "from 0.001 to 1000");
  return object(
      {required("model", scalar(ScalarKind::kName), "By name."),
       required("precision", word({"bf16", "fp32"}), "Of products, keys and values."),
       optional("start", span(), "Until it serves: its weights are read or drawn.", "0 s"),
       required("tokens", points_spec(), "By tokens that the step computes: its time."),
       optional("sampled", points_spec(), "By requests that get a token: more for all of them."),
       optional("context", points_spec(),
                "By requests that decode: more for each earlier token that one looks back at."),
       optional("pairs", points_spec(),
                "By tokens of a prompt's chunk: more for each pair of one of them and an earlier "
                "one."),
       optional("after_pause", points_spec(),
                "By tokens that the step computes: more for the first step after a pause."),
       optional("band_low", band, "Measured over summed step time: nine of ten are above.", "1"),
       optional("band_high", band, "The same: nine of ten are below.", "1")});
}

std::int64_t count_of(const Value& entry, std::string_view key, std::int64_t fallback) {
  const Value* value = entry.find(key);
  return value != nullptr ? integer_of(*value) : fallback;
}

MeasuredStep step_of(const Value& entry) {
  MeasuredStep step;
  step.model = entry.find("model")->text;
  const Value* kind = entry.find("kind");
  if (kind != nullptr && kind->text == "evaluate") step.kind = StepKind::kEvaluate;
  Layout& layout = step.layout;
  layout.tensor = count_of(entry, "tp", 1);
  layout.pipeline = count_of(entry, "pp", 1);
  layout.data = count_of(entry, "dp", 1);
  layout.zero = static_cast<int>(count_of(entry, "zero", 0));
  layout.batch = integer_of(*entry.find("batch"));
  layout.micro_batch = count_of(entry, "micro_batch", 1);
  layout.sequence = integer_of(*entry.find("sequence"));
  layout.precision = precision_named(entry.find("precision")->text);
  if (const Value* word = entry.find("recompute")) layout.recompute = recompute_named(word->text);
  step.seconds = number_of(*entry.find("seconds"));
  if (const Value* look = entry.find("evaluation")) step.evaluation_s = number_of(*look);
  return step;
}

Duration span_of(const Value& entry, std::string_view key) {
  const Value* value = entry.find(key);
  return value != nullptr ? duration_of(*value) : Duration::zero();
}

std::span<const Value> items_of(const Value& entry, std::string_view key) {
  const Value* value = entry.find(key);
  return value != nullptr ? std::span<const Value>(value->items) : std::span<const Value>();
}

MeasuredEngine::Points points_of(const Value& entry, std::string_view key) {
  MeasuredEngine::Points points;
  for (const Value& point : items_of(entry, key)) {
    points.push_back({number_of(*point.find("at")), number_of(*point.find("seconds"))});
  }
  return points;
}

MeasuredEngine engine_of(const Value& entry) {
  MeasuredEngine engine;
  engine.model = entry.find("model")->text;
  engine.precision = precision_named(entry.find("precision")->text);
  engine.start = span_of(entry, "start");
  engine.tokens = points_of(entry, "tokens");
  engine.sampled = points_of(entry, "sampled");
  engine.context = points_of(entry, "context");
  engine.pairs = points_of(entry, "pairs");
  engine.after_pause = points_of(entry, "after_pause");
  if (const Value* low = entry.find("band_low")) engine.band_low = number_of(*low);
  if (const Value* high = entry.find("band_high")) engine.band_high = number_of(*high);
  return engine;
}

/// The model of a step or an engine; null, and a problem, if there is none.
const Architecture* model_of(const Value& value, const Catalog& catalog, const Document& document,
                             Problems& problems) {
  const Value& name = *value.find("model");
  try {
    return &catalog.model(name.text);
  } catch (const InputError& error) {
    problems.add(document.position(name), error.what());
    return nullptr;
  }
}

void check_curves(const Value& value, const Document& document, Problems& problems) {
  for (const char* key : {"tokens", "sampled", "context", "pairs", "after_pause"}) {
    const auto points = items_of(value, key);
    for (std::size_t i = 1; i < points.size(); ++i) {
      if (number_of(*points[i - 1].find("at")) < number_of(*points[i].find("at"))) continue;
      problems.add(document.position(points[i]), "'at': expected more than at the point before");
    }
  }
  if (items_of(value, "tokens").empty()) {
    problems.add(document.position(value), "tokens: expected at least one point");
  }
}

}  // namespace

SpecPointer measured_spec() {
  return object(
      {optional("start", span(), "From devices to the first step, without a state.", "0 s"),
       optional("load", span(), "More than that, where a gang reads a checkpoint.", "0 s"),
       optional("save", span(), "One checkpoint, for which the gang waits.", "0 s"),
       optional("stop", span(),
                "From the request to stop until the devices are free, besides the "
                "rest of the step and the checkpoint.",
                "0 s"),
       optional("steps", list(step_spec()), "Single steps, with every device of the node busy."),
       optional("engines", list(engine_spec()), "Of services: what their steps are made of.")});
}

Measured measured_of(const Value& entry) {
  Measured measured;
  measured.start = span_of(entry, "start");
  measured.load = span_of(entry, "load");
  measured.save = span_of(entry, "save");
  measured.stop = span_of(entry, "stop");
  for (const Value& step : items_of(entry, "steps")) measured.steps.push_back(step_of(step));
  for (const Value& engine : items_of(entry, "engines")) {
    measured.engines.push_back(engine_of(engine));
  }
  return measured;
}

void check_measured(const Value& entry, const Catalog& catalog, const Document& document,
                    Problems& problems) {
  Measured before;
  for (const Value& value : items_of(entry, "steps")) {
    MeasuredStep step = step_of(value);
    const Architecture* model = model_of(value, catalog, document, problems);
    if (model != nullptr && before.step(*model, step.layout, step.kind) != nullptr) {
      problems.add(document.position(value), "this step was measured twice");
    }
    before.steps.push_back(std::move(step));
  }
  for (const Value& value : items_of(entry, "engines")) {
    MeasuredEngine engine = engine_of(value);
    const Architecture* model = model_of(value, catalog, document, problems);
    if (model != nullptr && before.engine(*model, engine.precision) != nullptr) {
      problems.add(document.position(value), "this engine was measured twice");
    }
    check_curves(value, document, problems);
    before.engines.push_back(std::move(engine));
  }
}

}  // namespace tandem
