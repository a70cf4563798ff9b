// The profiles and their sources; docs/serving-time.md has the residuals.
#include "workloads/perf/serving/engine_profile.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "policies/core/error.h"
#include "policies/core/nearest.h"

namespace tandem {
namespace {

constexpr EngineProfile kProfiles[] = {
    {.name = "modern",
     .title = "engines of 2024 on: decode steps from CUDA graphs, fused kernels",
     .operator_seconds = 0,
     .step_seconds = 1.5e-3,
     .request_seconds = 15e-6,
     .prefill_seconds = 0,
     .all_reduce_latency = 9e-6,
     .all_reduce_bytes_per_s = 50e9,
     .source = "step and request: assumed, 1 to 2 ms a step (vLLM RFC 6854 of 2024 measured 4 ms "
               "before its host work was cut); all-reduce: least squares by eye on vLLM's kernel "
               "on H100, 2 to 8 devices, 512 B to 1 MB, in sgl-project/sglang pull request 2904"},
    {.name = "vllm-2023",
     .title = "vLLM of 2023: every operator started by the host, inputs built in Python",
     .operator_seconds = 44e-6,
     .step_seconds = 1e-3,
     .request_seconds = 0.3e-3,
     .prefill_seconds = 20e-3,
     .source = "fit to the token and prompt times of Splitwise (Patel et al., ISCA 2024; "
               "Mutinifni/splitwise-sim, perf_model.csv): Llama 2 70B and BLOOM 176B, TP 2 to 8"},
};

}  // namespace

std::span<const EngineProfile> engine_profiles() { return kProfiles; }

const EngineProfile& engine_profile(std::string_view name) {
  std::vector<std::string> names;
  for (const EngineProfile& profile : kProfiles) {
    if (profile.name == name) return profile;
    names.emplace_back(profile.name);
  }
  throw InputError(fmt::format("there is no engine '{}'{}", name, suggestion(name, names)));
}

int operators_of_layer(const Architecture& model) {
  // Two norms, four products, positions, cache, attention, activation, two all-reduces.
  int count = 12;
  // LayerNorm does not take the residual's addition with it; biases come behind the all-reduces.
  if (model.norm == Norm::kLayer) count += 2;
  if (model.biases == Biases::kAll) count += 2;
  return count;
}

}  // namespace tandem
