// The services of a scenario: below `workload.services`.
#include "policies/batch/batch_registry.h"
#include "workloads/scenario/scenario_spec.h"

namespace tandem {
namespace {

SpecPointer degree() { return count_spec(1, 1'000'000); }
SpecPointer fraction() { return scalar(ScalarKind::kNumber, 0, 1, "from 0 to 1"); }

SpecPointer replicas_spec() {
  return choice(
      {count_spec(1, 10'000), object({required("min", count_spec(0, 10'000),
                                               "The fewest; 0: none while there are no requests."),
                                      required("max", count_spec(1, 10'000), "The most.")})});
}

SpecPointer autoscale_spec() {
  auto autoscale = std::make_shared<Spec>(*object(
      {optional("utilisation", scalar(ScalarKind::kNumber, 0.01, 10, "from 0.01 to 10"),
                "Requests over those that fit into the batches, to stay close to."),
       optional("queue", scalar(ScalarKind::kNumber, 0, 1e6, "from 0 to 1e6"),
                "Requests that wait, for each replica, above which one is added."),
       optional("slo", fraction(),
                "Share of first tokens in time, below which one is added; needs slo.ttft_…"),
       optional("interval", positive_duration_spec(), "Between two looks.", "15 s"),
       optional("patience", duration_spec(),
                "For so long fewer must have been enough before one is drained.", "5 min")}));
  autoscale->exactly_one = {"utilisation", "queue", "slo"};
  return autoscale;
}

SpecPointer parallel_spec() {
  return object(
      {optional("tp", degree(), "Tensor parallel.", "1"),
       optional("pp", degree(), "Pipeline stages; as many batches are on their way.", "1"),
       optional("dp", degree(), "Engines in one replica, each with all weights.", "1")});
}

SpecPointer step_time_spec() {
  const auto coefficient = scalar(ScalarKind::kNumber, 0, 1e6, "from 0 to 1e6");
  const auto fitted = object(
      {optional("step", coefficient, "Seconds of every step.", "0"),
       optional("prefill_token", coefficient, "Of each prompt token.", "0"),
       optional("prefill_pair", coefficient, "Of each pair of a prompt token and an earlier one.",
                "0"),
       optional("request", coefficient, "Of each request of the step.", "0"),
       optional("context_token", coefficient, "Of each token that decoding looks back at.", "0")});
  return one_of(
      {optional("software", scalar(ScalarKind::kName),
                "From the catalogue, with what this serving software costs: modern, vllm-2023."),
       optional(
           "tables",
           object({required("folder", scalar(ScalarKind::kText),
                            "With dense.csv, per_sequence.csv, attention.csv, or tpN/ of "
                            "these; docs/serving-time.md."),
                   optional("step", duration_spec(),
                            "The host's time of every step: tables have the device's only.", "0 s"),
                   optional("request", duration_spec(), "The same, of each request.", "0 s"),
                   optional("graphs", scalar(ScalarKind::kBool),
                            "Whether batches that only decode are filled up to the sizes "
                            "that graphs are usually recorded for.",
                            "false")}),
           "Interpolated between measured times."),
       optional("fitted", fitted, "A sum of terms with these coefficients."),
       optional("measured", scalar(ScalarKind::kText),
                "The same, fitted to a table of measured steps; docs/serving-time.md.")});
}

SpecPointer engine_spec() {
  const auto tokens = count_spec(1, 100'000'000);
  return object(
      {optional("policy", scalar(ScalarKind::kText),
                "Batch policy: ORDER[:key=value][+preempt][+victim:by=…][+swap][+prefill-first]; "
                "`tandem policies list`.",
                "fifo"),
       optional("batch_tokens", tokens, "The most that one step computes.", "8192"),
       optional("max_sequences", count_spec(1, 1'000'000), "The most that run at one time.", "256"),
       optional("block_tokens", count_spec(1, 65'536), "Tokens of a block of the cache.", "16"),
       optional("kv_blocks", count_spec(1, 1e12),
                "Blocks of one engine, as it prints them. Absent: what the memory holds."),
       optional("utilization", scalar(ScalarKind::kNumber, 0.01, 1, "from 0.01 to 1"),
                "Of the device's memory that the engine takes.", "0.9"),
       optional("context", tokens, "Longest prompt and answer together.", "the model's"),
       optional("watermark", fraction(), "Share of the blocks that stay free at an admission.",
                "0"),
       optional("chunked_prefill", scalar(ScalarKind::kBool),
                "Whether prompts are cut to what a step has room for.", "true"),
       optional("prefix_caching", scalar(ScalarKind::kBool),
                "Whether blocks of earlier prompts are used again.", "true"),
       optional("swap", scalar(ScalarKind::kBytes),
                "Memory of the host for evicted requests of one engine; with policy +swap.", "0"),
       optional("swap_bandwidth", more_than_zero(ScalarKind::kBandwidth),
                "Between a device and the host.", "25 GB/s"),
       optional("weights", word({"bf16", "fp16", "fp8", "int8", "int4"}), "Numbers of the weights.",
                "bf16"),
       optional("kv", word({"16bit", "fp8"}), "Numbers of keys and values.", "16bit"),
       optional("step_time", step_time_spec(), "What a step takes.", "software: modern")});
}

SpecPointer deployment_spec() {
  return object(
      {optional("weights", scalar(ScalarKind::kText),
                "Folder of a model as Hugging Face has it, or of checkpoints. Absent: drawn."),
       optional("seed", count_spec(0, 1e18), "Of weights that are drawn.", "1"),
       optional("precision", word({"bf16", "fp32"}), "Of products, keys and values.", "bf16"),
       optional("tokens", word({"bytes", "gpt2", "folder"}),
                "What turns text into tokens; folder: the files beside the weights.", "bytes"),
       optional("vocabulary", scalar(ScalarKind::kText),
                "Of gpt2: a file of lines 'base64 rank', as tiktoken has them."),
       optional("chat", word({"plain", "chatml", "llama-2", "llama-3"}),
                "How the messages of a chat become a prompt.", "plain")});
}

SpecPointer slo_spec() {
  std::vector<Key> keys;
  for (const auto& [name, what] : {std::pair{"ttft", "time to the first token"},
                                   {"tpot", "mean time of a later token"},
                                   {"itl", "gap between two tokens"},
                                   {"e2e", "time to the last token"}}) {
    for (const char* percentile : {"p50", "p90", "p95", "p99"}) {
      keys.push_back(optional(std::string(name) + "_" + percentile, positive_duration_spec(),
                              std::string("Limit of this percentile of the ") + what + "."));
    }
  }
  return object(std::move(keys));
}

SpecPointer routing_spec() {
  const auto name =
      word({"round-robin", "least-outstanding", "least-tokens", "prefix-affine", "session-sticky"});
  return choice({name, object({required("policy", name, "Which replica gets a request."),
                               optional("staleness", duration_spec(),
                                        "Age of what it knows of replicas.", "0 s")})});
}

}  // namespace

SpecPointer services_spec() {
  const auto prefill = object(
      {optional("replicas", replicas_spec(), "How many.", "1"),
       optional("autoscale", autoscale_spec(), "When replicas are added and drained."),
       optional("parallel", parallel_spec(), "What one replica runs on. Absent: as the others.")});
  return list(
      object(
          {required("name", scalar(ScalarKind::kName),
                    "Of the service, and of its replicas' jobs."),
           required("model", scalar(ScalarKind::kName), "As `tandem models list` names it."),
           optional("kind", word({"serve", "batch-infer", "evaluate"}), "Of its replicas' jobs.",
                    "serve"),
           optional("tenant", scalar(ScalarKind::kName), "Whose devices its replicas take.",
                    "default"),
           optional("priority", priority_spec(), "Of its replicas' jobs.", "0"),
           optional("preemptible", scalar(ScalarKind::kBool),
                    "Whether replicas may be stopped for other jobs.", "true"),
           optional("types", list(scalar(ScalarKind::kName), 1),
                    "Device types that a replica may run on. Absent: all that it fits on."),
           optional("parallel", parallel_spec(), "What one replica runs on.", "one device"),
           optional("replicas", replicas_spec(), "How many.", "1"),
           optional("autoscale", autoscale_spec(),
                    "When replicas are added and drained; absent: there are min of them."),
           optional("startup", duration_spec(),
                    "From a replica's weights being read to its first request.", "0 s"),
           optional("routing", routing_spec(), "Which replica gets a request.",
                    "least-outstanding"),
           optional("engine", engine_spec(), "What runs in each replica."),
           optional("deployment", deployment_spec(),
                    "Whose weights are really served, and how; simulations need none."),
           optional("prefill", prefill,
                    "Replicas that only compute prompts and the first token; those of the service "
                    "are handed keys and values, and give the rest."),
           required("requests", requests_spec(), "Who asks what, and when."),
           optional("slo", slo_spec(), "What its users were promised.")}),
      1);
}

}  // namespace tandem
