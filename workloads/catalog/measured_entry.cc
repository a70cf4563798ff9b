#include "workloads/catalog/measured_entry.h"

#include <fmt/format.h>

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
                "Of the step, in the mean.")});
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
  return step;
}

}  // namespace

SpecPointer measured_spec() {
  return object(
      {required("start", span(), "From devices to the first step, without a state."),
       required("load", span(), "More than that, where a gang reads a checkpoint."),
       required("save", span(), "One checkpoint, for which the gang waits."),
       required("stop", span(),
                "From the request to stop until the devices are free, besides the "
                "rest of the step and the checkpoint."),
       required("steps", list(step_spec()), "Single steps, with every device of the node busy.")});
}

Measured measured_of(const Value& entry) {
  Measured measured;
  measured.start = duration_of(*entry.find("start"));
  measured.load = duration_of(*entry.find("load"));
  measured.save = duration_of(*entry.find("save"));
  measured.stop = duration_of(*entry.find("stop"));
  for (const Value& step : entry.find("steps")->items) measured.steps.push_back(step_of(step));
  return measured;
}

void check_steps(const Value& entry, const Catalog& catalog, const Document& document,
                 Problems& problems) {
  Measured before;
  for (const Value& value : entry.find("steps")->items) {
    MeasuredStep step = step_of(value);
    try {
      const Architecture& model = catalog.model(step.model);
      if (before.step(model, step.layout, step.kind) != nullptr) {
        problems.add(document.position(value), "this step was measured twice");
      }
    } catch (const InputError& error) {
      problems.add(document.position(*value.find("model")), error.what());
    }
    before.steps.push_back(std::move(step));
  }
}

}  // namespace tandem
