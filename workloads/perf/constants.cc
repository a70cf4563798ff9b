// Where the constants come from.
#include "workloads/perf/constants.h"

namespace tandem {
namespace {

constexpr Constant kConstants[] = {
    {"kernel start and end", kKernelSeconds, "s",
     "fit of cuBLAS times of 512 to 4096 tokens, Llama 2 7B and 70B, TP 1 to 8, on A100 and H100: "
     "microsoft/vidur, data/profiling/compute (mean error 5.9 % and 9.2 %)"},
    {"time to fill the device", kFillSeconds, "s", "the same fit"},
    {"batched products", kBatchedGemm, "of the peak",
     "Korthikanti et al. 2022, table 4 (attention core of the 22B layer)"},
    {"memory-bound work", kMemoryEfficiency, "of the bandwidth",
     "Korthikanti et al. 2022, tables 4 and 5; the Vidur profiles have 0.3 to 0.45 for norms and "
     "0.9 for adds"},
    {"cost of overlap", kOverlapCost, "of the collective",
     "Korthikanti et al. 2022, table 4: backward pass with and without sequence parallelism"},
    {"eager kernels", kEagerPasses, "x memory passes",
     "MosaicML llm-foundry, training benchmarks on A100, 350M to 13B"},
    {"launch by the host", kLaunchSeconds, "s",
     "NVIDIA, Getting started with CUDA graphs (2019): 3.8 us a kernel when launched back to back; "
     "a framework's dispatch on top of it, assumed"},
    {"kernels of a layer", kKernelsPerLayer, "forward",
     "count: 4 products, attention, 2 norms, 2 adds, activation, rotary or masks, casts"},
    {"loss, forward", kLossForwardBytes, "B per logit", "count of fp32 passes of Megatron-LM"},
    {"loss, backward", kLossBackwardBytes, "B per logit", "count of fp32 passes of Megatron-LM"},
    {"optimizer", kOptimizerBytes, "B per parameter",
     "count for Apex FusedAdam with fp32 gradients: unscale 4, norm 4, clip 8, Adam 28, copy back "
     "6, clear 4"},
    {"once a step", kStepSeconds, "s",
     "Korthikanti et al. 2022: 22B step of table 5 less 48 layers of table 4"},
    {"runtime and buffers", kRuntimeBytes, "B",
     "assumed: CUDA context 0.5 GB, cuBLAS workspaces, channels of NCCL"},
    {"fragmentation", kFragmentation, "of the memory",
     "assumed; Rajbhandari et al. 2020 (ZeRO), section 3.2, on what it is"},
};

}  // namespace

std::span<const Constant> step_time_constants() { return kConstants; }

}  // namespace tandem
