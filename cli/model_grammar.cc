// One line for each option, with what it stands for if left out.
#include "cli/model_grammar.h"

#include "cli/validators.h"
#include "workloads/perf/serving/engine_profile.h"

namespace tandem {
namespace {

constexpr std::uint32_t kMostDegree = 1u << 20;

CLI::Option* count(CLI::App* app, const char* name, std::int64_t& value, const char* what,
                   std::uint32_t least = 1, std::uint32_t most = kMostDegree) {
  return app->add_option(name, value, what)->type_name("N")->check(whole_number(least, most));
}

CLI::Option* choice(CLI::App* app, const char* name, std::string& value, const char* what,
                    const std::vector<std::string>& words) {
  std::string shown;
  for (const std::string& word : words) shown += (shown.empty() ? "" : "|") + word;
  return app->add_option(name, value, what)->type_name(shown)->check(one_of(words));
}

void add_machine(CLI::App* app, MachineArguments& machine) {
  count(app, "--devices-per-node", machine.devices_per_node, "Instead of the usual number", 1,
        1024);
  count(app, "--nics", machine.nics, "Network cards of a node, instead of the usual number", 1,
        1024);
  app->add_option("--fabric", machine.fabric, "Wires inside a node, instead of the usual ones")
      ->type_name("NAME");
  app->add_option("--network", machine.network, "Network cards, instead of the usual ones")
      ->type_name("NAME");
  app->add_option("--oversubscription", machine.oversubscription,
                  "Sum of the nodes' rates over the rate of the core; 1 if left out")
      ->type_name("X");
}

/// What both commands of training ask for.
void add_common(CLI::App* app, std::string& name, TrainingArguments& training) {
  app->fallthrough();
  app->add_option("MODEL", name, "A model of the catalogue")->type_name("")->required();
  app->add_option("--devices", training.devices, "How many of which device: 64xa100-sxm-80g")
      ->type_name("NxTYPE")
      ->required();
  count(app, "--batch", training.batch, "Sequences of a step, over all devices", 1, 1u << 30)
      ->required();
  count(app, "--seq", training.sequence,
        "Tokens of a sequence; the model's context, 8192 at most, if left out");
  choice(app, "--precision", training.precision,
         "Of the matrix products; bf16, or fp16 on devices without",
         {"bf16", "fp16", "tf32", "fp32", "fp8"});
  choice(app, "--attention", training.attention,
         "Fused attention or separate kernels; as the model's published runs, if left out",
         {"flash", "unfused"});
  choice(app, "--kernels", training.kernels,
         "Pointwise work in few kernels (Megatron-LM, compilers) or one by one", {"fused", "eager"})
      ->capture_default_str();
  choice(app, "--overlap", training.overlap,
         "Collectives that run beside computation: of data and tensor parallelism, or of one",
         {"all", "data", "tensor", "none"})
      ->capture_default_str();
  choice(app, "--gradients", training.gradients, "How gradients are kept and summed",
         {"fp32", "bf16"})
      ->capture_default_str();
  choice(app, "--collective", training.collective,
         "How gradients and activations are reduced; best is the faster of ring and tree",
         {"best", "ring", "tree", "hierarchical"})
      ->capture_default_str();
  add_machine(app, training.machine);
}

CLI::App* add_step(CLI::App& models, std::string& name, TrainingArguments& training) {
  CLI::App* step = models.add_subcommand("step", "How long a training step takes, and why");
  add_common(step, name, training);
  count(step, "--tp", training.tensor, "Tensor parallel degree")->capture_default_str();
  count(step, "--pp", training.pipeline, "Pipeline stages")->capture_default_str();
  count(step, "--dp", training.data, "Data parallel degree; what the devices give if left out");
  count(step, "--ep", training.expert, "Expert parallel degree, within --dp")
      ->capture_default_str();
  count(step, "--interleave", training.interleave, "Pieces of the model on each pipeline stage")
      ->capture_default_str();
  count(step, "--micro-batch", training.micro_batch, "Sequences of a micro-batch")
      ->capture_default_str();
  choice(step, "--recompute", training.recompute, "What the backward pass computes again",
         {"none", "selective", "full"})
      ->capture_default_str();
  count(step, "--zero", training.zero,
        "Sharded over --dp: 1 optimizer, 2 gradients too, 3 weights too (FSDP)", 0, 3)
      ->capture_default_str();
  step->add_flag("--sequence-parallel", training.sequence_parallel,
                 "Split norms and dropout over --tp too");
  step->add_option("--figure", training.figure, "Draw the layout and its step, as SVG")
      ->type_name("FILE");
  step->add_flag("--explain-model", training.explain, "Where every constant comes from");
  return step;
}

CLI::App* add_fit(CLI::App& models, std::string& name, TrainingArguments& training) {
  CLI::App* fit = models.add_subcommand("fit", "The fastest layouts that fit into memory");
  add_common(fit, name, training);
  count(fit, "--top", training.most, "How many to show", 1, 1000)->capture_default_str();
  return fit;
}

std::vector<std::string> engine_names() {
  std::vector<std::string> names;
  for (const EngineProfile& engine : engine_profiles()) names.emplace_back(engine.name);
  return names;
}

void add_engine(CLI::App* serve, ServingArguments& serving) {
  choice(
      serve, "--weights", serving.weights,
      "Numbers of the layers' weights; 8 and 4 bit integers compute in 16 bits. bf16, or fp16 on "
      "devices without",
      {"bf16", "fp16", "fp8", "int8", "int4"});
  choice(serve, "--kv", serving.kv, "Numbers of keys and values", {"16bit", "fp8"});
  choice(serve, "--engine", serving.engine, "What the software costs beside the device",
         engine_names())
      ->capture_default_str();
  serve
      ->add_option("--tables", serving.tables,
                   "Folder with measured times (dense.csv, per_sequence.csv, attention.csv)")
      ->type_name("DIR");
  serve->add_option("--host", serving.step_overhead, "With --tables: the host's time of a step")
      ->type_name("TIME")
      ->capture_default_str();
  count(serve, "--utilization", serving.utilization, "Per cent of the memory that it may take", 1,
        100)
      ->capture_default_str();
  count(serve, "--block", serving.block, "Tokens of a block of keys and values", 1, 4096)
      ->capture_default_str();
  count(serve, "--max-batched-tokens", serving.most_tokens, "Of a step")->capture_default_str();
  count(serve, "--max-sequences", serving.most_sequences, "Of a step")->capture_default_str();
}

CLI::App* add_serve(CLI::App& models, std::string& name, ServingArguments& serving) {
  CLI::App* serve =
      models.add_subcommand("serve", "How long prompts and tokens take, and how many requests fit");
  serve->fallthrough();
  serve->add_option("MODEL", name, "A model of the catalogue")->type_name("")->required();
  serve->add_option("--devices", serving.devices, "How many of which device: 8xh100-sxm")
      ->type_name("NxTYPE")
      ->required();
  count(serve, "--tp", serving.tensor, "Tensor parallel degree; what --pp leaves if left out");
  count(serve, "--pp", serving.pipeline, "Pipeline stages")->capture_default_str();
  count(serve, "--prompt", serving.prompt, "Tokens of a prompt", 1, 1u << 30)
      ->capture_default_str();
  count(serve, "--batch", serving.batch, "Requests of a batch")->capture_default_str();
  count(serve, "--context", serving.context,
        "Tokens that a decoding request looks back at; the prompt if left out", 1, 1u << 30);
  add_engine(serve, serving);
  add_machine(serve, serving.machine);
  serve->add_flag("--explain-model", serving.explain, "Where every number comes from");
  return serve;
}

}  // namespace

std::map<const CLI::App*, Command> add_model_commands(CLI::App& models, Arguments& arguments) {
  return {{add_step(models, arguments.name, arguments.training), Command::kModelStep},
          {add_fit(models, arguments.name, arguments.training), Command::kModelFit},
          {add_serve(models, arguments.name, arguments.serving), Command::kModelServe}};
}

}  // namespace tandem
