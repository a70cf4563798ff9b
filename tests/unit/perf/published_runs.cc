// The figures, as published.
#include "tests/unit/perf/published_runs.h"

#include "workloads/perf/step_time.h"

namespace tandem {
namespace {

Layout degrees(std::int64_t t, std::int64_t p, std::int64_t d, std::int64_t v = 1) {
  Layout layout;
  layout.tensor = t;
  layout.pipeline = p;
  layout.data = d;
  layout.interleave = v;
  return layout;
}

/// FSDP of eager kernels on `devices`, each with so many tokens per second.
PublishedRun mosaic(const std::string& size, bool h100, std::int64_t sequence, std::int64_t devices,
                    std::int64_t micro, std::int64_t accumulation, double tokens_per_s, bool full) {
  Layout layout = degrees(1, 1, devices);
  // Where the published batch is not micro-batch times accumulation, the tokens per second count.
  layout.batch = devices * micro * accumulation;
  layout.micro_batch = micro;
  layout.sequence = sequence;
  layout.zero = 3;
  layout.fused_kernels = false;
  layout.recompute = full ? Recompute::kFull : Recompute::kNone;
  const double tokens = static_cast<double>(layout.batch * sequence);
  return {"MPT " + size + ", sequence " + std::to_string(sequence) + ", " +
              std::to_string(devices) + (h100 ? " H100" : " A100"),
          h100 ? "llm-foundry H100" : "llm-foundry A100",
          "mpt-" + size,
          h100 ? "h100-sxm" : "a100-sxm-80g",
          layout,
          tokens / tokens_per_s};
}

/// Seconds of a step at so many TFLOP/s of each device, by the formula of SC21, which counts the
/// forward pass of the layers twice.
double sc21_seconds(const Architecture& model, const Layout& layout, double teraflops) {
  const auto l = static_cast<double>(model.layers);
  const auto h = static_cast<double>(model.hidden);
  const auto s = static_cast<double>(layout.sequence);
  const auto v = static_cast<double>(model.vocabulary);
  const double flops = 96.0 * static_cast<double>(layout.batch) * s * l * h * h *
                       (1 + s / (6 * h) + v / (16 * l * h));
  return flops / (static_cast<double>(layout.devices()) * teraflops * 1e12);
}

constexpr const char* kTrainedOnce = R"(
models:
  - { name: bloom-176b, title: BLOOM 176B, layers: 70, hidden: 14336, heads: 112, ffn: 57344,
      vocabulary: 250880, context: 2048, norm: layer, biases: all, tied: true,
      sources: [Le Scao et al. 2022] }
devices:
  - name: h100-sxm-96g
    title: H100 of Grand Teton, HBM2e, 500 W
    memory: 96 GB
    memory_bytes_per_s: 2.4e12
    peak_bf16: 989.5e12
    node: { devices: 8, fabric: nvswitch-h100, network: infiniband-ndr, nics: 8 }
    efficiency: { gemm: 0.64, gemm_fp8: 0.62, flash_forward: 0.38, flash_backward: 0.30,
                  band_low: 0.90, band_high: 1.37, runs: 24, source: that of h100-sxm }
    sources: [torchtitan, benchmarks/llama3_h100_202412_torchtitan.md]
)";

}  // namespace

const Catalog& catalog_of_runs() {
  static const Catalog kCatalog = [] {
    Catalog catalog = built_in_catalog();
    add_to_catalog(catalog, kTrainedOnce, "published_runs.cc");
    return catalog;
  }();
  return kCatalog;
}

std::vector<PublishedRun> korthikanti_runs() {
  struct Row {
    const char* model;
    std::int64_t p, v, batch, micro;
    double full, selective;
  };
  std::vector<PublishedRun> runs;
  for (const Row& row :
       {Row{"22b", 1, 1, 4, 4, 1.42, 1.10}, Row{"175b", 8, 3, 64, 1, 18.13, 13.75},
        Row{"530b", 35, 3, 280, 1, 49.05, 37.83}, Row{"1t", 64, 1, 512, 1, 94.42, 71.49}}) {
    Layout layout = degrees(8, row.p, 1, row.v);
    layout.batch = row.batch;
    layout.micro_batch = row.micro;
    layout.flash_attention = false;
    layout.recompute = Recompute::kFull;
    const std::string model = std::string("korthikanti-") + row.model;
    const std::string name = std::string(row.model) + ", " + std::to_string(8 * row.p) + " A100, ";
    runs.push_back({name + "full", "Korthikanti", model, "a100-sxm-80g", layout, row.full});
    layout.recompute = Recompute::kSelective;
    layout.sequence_parallel = true;
    runs.push_back({name + "sequence, selective", "Korthikanti", model, "a100-sxm-80g", layout,
                    row.selective});
  }
  return runs;
}

std::vector<PublishedRun> sc21_runs() {
  struct Row {
    const char* model;
    std::int64_t devices, t, p, v, micro, batch;
    double teraflops;
  };
  std::vector<PublishedRun> runs;
  for (const Row& row :
       {Row{"1.7b", 32, 1, 1, 1, 16, 512, 137}, Row{"3.6b", 64, 2, 1, 1, 16, 512, 138},
        Row{"7.5b", 128, 4, 1, 1, 16, 512, 142}, Row{"18.4b", 256, 8, 1, 1, 8, 1024, 135},
        Row{"39.1b", 512, 8, 2, 1, 4, 1536, 138}, Row{"76.1b", 1024, 8, 4, 3, 2, 1792, 140},
        Row{"145.6b", 1536, 8, 8, 2, 2, 2304, 148}, Row{"310.1b", 1920, 8, 16, 2, 1, 2160, 155},
        Row{"529.6b", 2520, 8, 35, 3, 1, 2520, 157}, Row{"1008b", 3072, 8, 64, 1, 1, 3072, 163}}) {
    Layout layout = degrees(row.t, row.p, row.devices / row.t / row.p, row.v);
    layout.batch = row.batch;
    layout.micro_batch = row.micro;
    layout.flash_attention = false;
    layout.recompute = Recompute::kFull;
    // Megatron-LM of early 2021: gradients overlapped by PyTorch's DDP only where there is no
    // pipeline, nothing of tensor parallelism yet.
    layout.overlap_tensor = false;
    layout.overlap_data = row.p == 1;
    const std::string model = std::string("megatron-") + row.model;
    runs.push_back({std::string(row.model) + ", " + std::to_string(row.devices) + " A100", "SC21",
                    model, "a100-sxm-80g", layout,
                    sc21_seconds(catalog_of_runs().model(model), layout, row.teraflops)});
  }
  return runs;
}

std::vector<PublishedRun> mosaic_runs() {
  PublishedRun small_memory[] = {mosaic("7b", false, 2048, 8, 12, 4, 29436, true),
                                 mosaic("13b", false, 2048, 128, 16, 1, 252444, true),
                                 mosaic("70b", false, 2048, 128, 4, 1, 48194, true)};
  for (PublishedRun& run : small_memory) {
    run.device = "a100-sxm-40g";
    run.name += " 40 GB";
  }
  return {small_memory[0],
          small_memory[1],
          small_memory[2],
          mosaic("350m", false, 2048, 8, 32, 2, 470263, false),
          mosaic("1b", false, 2048, 8, 14, 4, 164109, false),
          mosaic("3b", false, 2048, 8, 10, 2, 86491, false),
          mosaic("7b", false, 2048, 8, 6, 2, 37130, false),
          mosaic("7b", false, 8192, 8, 8, 2, 25655, true),
          mosaic("13b", false, 2048, 8, 2, 3, 18097, false),
          mosaic("13b", false, 8192, 8, 5, 3, 14362, true),
          mosaic("13b", false, 32768, 8, 1, 3, 8134, true),
          mosaic("30b", false, 2048, 8, 3, 21, 7330, true),
          mosaic("30b", false, 8192, 8, 1, 21, 4594, true),
          mosaic("70b", false, 2048, 64, 8, 4, 26274, true),
          mosaic("760m", true, 2048, 8, 24, 2, 505177, false),
          mosaic("1b", true, 2048, 8, 14, 1, 363645, false),
          mosaic("1b", true, 2048, 64, 20, 1, 2841754, false),
          mosaic("3b", true, 2048, 16, 10, 3, 386285, false),
          mosaic("3b", true, 8192, 8, 3, 6, 132626, false),
          mosaic("7b", true, 2048, 8, 6, 1, 85144, false),
          mosaic("7b", true, 8192, 8, 8, 2, 55481, true),
          mosaic("13b", true, 2048, 8, 2, 1, 38336, false),
          mosaic("13b", true, 2048, 64, 2, 1, 307209, false),
          mosaic("13b", true, 4096, 8, 10, 3, 37740, true),
          mosaic("13b", true, 16384, 8, 3, 3, 23881, true),
          mosaic("30b", true, 2048, 8, 3, 21, 16022, true),
          mosaic("30b", true, 2048, 32, 14, 3, 73860, true),
          mosaic("30b", true, 8192, 8, 1, 21, 11072, true),
          mosaic("70b", true, 2048, 64, 8, 4, 66523, true)};
}

std::vector<PublishedRun> deepspeed_runs() {
  std::vector<PublishedRun> runs;
  const auto add = [&](const std::string& name, const char* model, const char* device,
                       Layout layout, double seconds) {
    layout.flash_attention = false;
    layout.recompute = Recompute::kFull;
    layout.overlap_data = layout.overlap_tensor = false;
    runs.push_back({name, "DeepSpeed", model, device, layout, seconds});
  };
  for (const auto& [d, seconds] :
       std::initializer_list<std::pair<int, double>>{{8, 60.1}, {10, 50.2}, {12, 44.4}}) {
    Layout layout = degrees(8, 35, d);
    layout.batch = 1920;
    add("MT-NLG 530B, " + std::to_string(280 * d) + " A100", "korthikanti-530b", "a100-sxm-80g",
        layout, seconds);
  }
  Layout bloom = degrees(4, 12, 8);
  bloom.batch = 2048;
  bloom.micro_batch = 2;
  bloom.zero = 1;
  add("BLOOM 176B, 384 A100", "bloom-176b", "a100-sxm-80g", bloom,
      sc21_seconds(catalog_of_runs().model("bloom-176b"), bloom, 150));
  Layout neox = degrees(2, 4, 12);
  neox.batch = 1536;  // 1538 in the paper, which nothing divides.
  neox.micro_batch = 4;
  neox.zero = 1;
  add("GPT-NeoX 20B, 96 A100 40 GB", "gpt-neox-20b", "a100-sxm-40g", neox,
      sc21_seconds(catalog_of_runs().model("gpt-neox-20b"), neox, 117));
  return runs;
}

std::vector<PublishedRun> other_runs() {
  std::vector<PublishedRun> runs;
  const auto add = [&](const char* name, const char* group, const char* model, Layout layout,
                       double tokens_per_s_and_device) {
    const double tokens = static_cast<double>(layout.batch * layout.sequence);
    runs.push_back({name, group, model, "h100-sxm", layout,
                    tokens / (tokens_per_s_and_device * static_cast<double>(layout.devices()))});
  };
  for (const std::int64_t d : {64, 128}) {
    // 16 stages of 7 or 8 layers, in pieces of four; 16M tokens a step.
    Layout layout = degrees(8, 16, d, 4);
    layout.batch = 2048;
    layout.sequence = 8192;
    layout.sequence_parallel = true;
    layout.zero = 2;  // "shards optimizer states and gradients" (section 3.3.2).
    const Architecture& model = built_in_catalog().model("llama-3.1-405b");
    const double flops = training_flops_per_token(model, layout.sequence);
    add(d == 64 ? "405B, 8192 H100" : "405B, 16384 H100", "Llama 3", "llama-3.1-405b", layout,
        (d == 64 ? 430e12 : 400e12) / flops);
  }
  struct Row {
    const char* name;
    const char* model;
    std::int64_t t, p, d, v, batch, micro, sequence;
    double tokens;
  };
  for (const Row& row :
       {Row{"GPT-3 175B, 128 H100, fp8", "gpt3-175b", 4, 8, 4, 6, 256, 1, 2048, 726},
        Row{"GPT-3 175B, 512 H100, fp8", "gpt3-175b", 4, 8, 16, 6, 2048, 2, 2048, 782},
        Row{"Llama 2 7B, 8 H100, fp8", "llama-2-7b", 1, 1, 8, 1, 128, 1, 4096, 16847},
        Row{"Llama 2 13B, 16 H100, fp8", "llama-2-13b", 1, 4, 4, 10, 128, 1, 4096, 8646},
        Row{"Llama 2 70B, 64 H100, fp8", "llama-2-70b", 4, 4, 4, 20, 128, 1, 4096, 1707}}) {
    Layout layout = degrees(row.t, row.p, row.d, row.v);
    layout.batch = row.batch;
    layout.micro_batch = row.micro;
    layout.sequence = row.sequence;
    layout.precision = Precision::kFp8;
    layout.sequence_parallel = row.t > 1;
    layout.zero = 1;
    add(row.name, "NeMo", row.model, layout, row.tokens);
  }
  for (const std::int64_t d : {8, 128}) {
    Layout layout = degrees(1, 1, d);
    layout.batch = 2 * d;
    layout.micro_batch = 2;
    layout.sequence = 8192;
    layout.zero = 3;
    layout.recompute = Recompute::kSelective;
    add(d == 8 ? "Llama 3.1 8B, 8 H100 at 500 W" : "Llama 3.1 8B, 128 H100 at 500 W", "torchtitan",
        "llama-3.1-8b", layout, d == 8 ? 6667 : 6514);
    runs.back().device = "h100-sxm-96g";
  }
  return runs;
}

double residual(const PublishedRun& run) {
  const Catalog& catalog = catalog_of_runs();
  const Machine machine = usual_machine(catalog, catalog.device(run.device));
  return step_time(catalog.model(run.model), machine, run.layout).seconds() / run.seconds - 1;
}

}  // namespace tandem
