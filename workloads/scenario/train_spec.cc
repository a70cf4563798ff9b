// The format of jobs that train or evaluate a model: how it is laid out, and how it learns.
#include "workloads/scenario/scenario_spec.h"

namespace tandem {
namespace {

SpecPointer name_spec() { return scalar(ScalarKind::kName); }
SpecPointer number_spec(double least, double most, std::string range) {
  return scalar(ScalarKind::kNumber, least, most, std::move(range));
}
SpecPointer steps_spec() { return count_spec(0, 1'000'000'000); }

SpecPointer parallel_spec() {
  const auto degree = count_spec(1, 1'000'000);
  return object({optional("tp", degree, "Tensor parallel degree.", "1"),
                 optional("pp", degree, "Pipeline stages.", "1"),
                 optional("dp", degree, "Data parallel degree.", "1"),
                 optional("ep", degree, "Expert parallel degree, within dp.", "1"),
                 optional("interleave", degree, "Pieces of the model on each pipeline stage.", "1"),
                 optional("zero", count_spec(0, 3),
                          "Sharded over dp: 1 optimizer, 2 gradients, 3 weights.", "0"),
                 optional("sequence_parallel", scalar(ScalarKind::kBool),
                          "Norms and dropouts split over tp.", "false")});
}

void append(std::vector<Key>& keys, std::vector<Key> more) {
  for (Key& key : more) keys.push_back(std::move(key));
}

std::vector<Key> layout_keys() {
  const auto degree = count_spec(1, 1'000'000);
  return {
      required("model", name_spec(), "As `tandem models list` names it."),
      required("parallel", parallel_spec(), "How it is spread; tp * pp * dp devices."),
      required("batch", count_spec(1, 100'000'000), "Sequences of a step, over all devices."),
      optional("micro_batch", degree, "Sequences of a micro-batch, on each dp rank.", "1"),
      optional("sequence", degree, "Tokens of a sequence. Absent: the model's, at most 8192."),
      optional("precision", word({"bf16", "fp16", "tf32", "fp32", "fp8"}), "Of products.", "bf16"),
      optional("recipe", recipe_spec(),
               "How it really learns, over what workload.recipe says; simulations need none.")};
}

Key recompute_key() {
  return optional("recompute", word({"none", "selective", "full"}),
                  "What the backward pass computes again.", "none");
}

/// Of a job that is written out.
std::vector<Key> written_keys() {
  std::vector<Key> keys{
      required("name", name_spec(), "Unique in the workload."),
      optional("submit", duration_spec(), "When, from the start of the run.", "0 s"),
      optional("estimate", positive_duration_spec(), "The tenant's estimate. Absent: exact."),
      optional("tenant", name_spec(), "Path, or last name if there is one such.", "default"),
      optional("priority", priority_spec(), "Larger is more urgent.", "0"),
      optional("depends_on", list(name_spec(), 1),
               "Jobs that must be done before this one may start: written-out ones, or stages "
               "(of another pipeline p: p/STAGE).")};
  append(keys, common_job_keys());
  append(keys, layout_keys());
  return keys;
}

SpecPointer with_one_of(std::vector<Key> keys, std::vector<std::string> exactly_one) {
  auto spec = std::make_shared<Spec>(*object(std::move(keys)));
  spec->exactly_one = std::move(exactly_one);
  return spec;
}

SpecPointer text_spec() {
  const auto path = scalar(ScalarKind::kText);
  return object(
      {optional("files", list(path, 1), "Text, or shards of tokens, relative to the scenario."),
       optional("tokens", word({"bytes", "gpt2", "shards"}),
                "What a number is: a byte, or one of GPT-2's byte pairs; shards: the files hold "
                "numbers already, as llm.c writes them.",
                "bytes"),
       optional("vocabulary", path, "Of gpt2: lines 'base64 rank', as tiktoken has them."),
       optional("held_out", number_spec(0, 0.99, "from 0 to 0.99"),
                "The last part of every file, kept for evaluation.", "0.1")});
}

}  // namespace

SpecPointer recipe_spec() {
  const auto not_negative = number_spec(0, 1e6, "from 0 to 1e6");
  return define(
      "recipe",
      object({optional("text", text_spec(), "What it learns from."),
              optional("learning_rate", more_than_zero(ScalarKind::kNumber),
                       "At its peak, after the warm-up.", "0.001"),
              optional("final_learning_rate", not_negative,
                       "At the last step, down a cosine. Absent: a tenth of learning_rate."),
              optional("warmup", steps_spec(), "Steps in which the rate rises in a straight line.",
                       "0"),
              optional("betas", list(number_spec(0, 0.999999, "from 0 to 0.999999"), 2),
                       "AdamW's decay of both moments.", "[0.9, 0.95]"),
              optional("epsilon", more_than_zero(ScalarKind::kNumber), "AdamW's.", "1e-8"),
              optional("weight_decay", not_negative, "Of matrices and embeddings.", "0.1"),
              optional("clip", not_negative, "Longest gradient; 0: as it is.", "1"),
              optional("dropout", number_spec(0, 0.99, "from 0 to 0.99"), "Share that is dropped.",
                       "0"),
              optional("seed", count_spec(0, 1e15),
                       "Of the first weights, of the order of the text, and of dropout.", "1"),
              optional("checkpoint_every", steps_spec(),
                       "Steps; 0: only when it is preempted and at the end.", "0"),
              optional("evaluate_every", steps_spec(), "Steps, and at the end; 0: never.", "0")}));
}

SpecPointer train_spec() {
  std::vector<Key> keys = written_keys();
  append(keys, {recompute_key(),
                optional("tokens", more_than_zero(ScalarKind::kNumber), "To train on; or 'steps'."),
                optional("steps", count_spec(1, 1'000'000'000), "Of training; or 'tokens'.")});
  return with_one_of(std::move(keys), {"tokens", "steps"});
}

SpecPointer drawn_training_spec() {
  std::vector<Key> keys = layout_keys();
  append(keys, {recompute_key(),
                optional("weight", scalar(ScalarKind::kNumber, 0, 1e12, "from 0 to 1e12"),
                         "How often it is drawn.", "1")});
  return object(std::move(keys));
}

SpecPointer evaluate_spec() {
  std::vector<Key> keys = written_keys();
  std::erase_if(keys, [](const Key& key) { return key.name == "kind"; });
  append(keys, {optional("of", name_spec(),
                         "A `train` job, whose last weights it takes when that is done."),
                optional("checkpoints", scalar(ScalarKind::kText),
                         "A folder of checkpoints, relative to the scenario; or 'of'."),
                required("rows", count_spec(1, 1'000'000'000),
                         "Sequences of the held-out text that it looks at, at most.")});
  return with_one_of(std::move(keys), {"of", "checkpoints"});
}

}  // namespace tandem
