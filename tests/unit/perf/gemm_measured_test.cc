// The curve of matrix products against cuBLAS times that others measured.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "tests/support/shared_traces.h"
#include "tests/unit/perf/measured_table.h"
#include "workloads/perf/layer_time.h"

namespace tandem {
namespace {

/// Ours over measured, less one, for the four matrices of a layer at 512 tokens and more.
std::vector<double> residuals(const std::filesystem::path& path, const DeviceType& device) {
  std::vector<double> found;
  for_rows(path, [&](const auto& number) {
    const double n = number("num_tokens");
    const double t = number("num_tensor_parallel_workers");
    const double h = number("n_embd");
    const double f = number("n_expanded_embd");
    const double kv = h / number("n_head") * number("n_kv_head");
    if (n < 512) return;
    const auto compare = [&](const char* name, double out, double in) {
      const double measured = number("time_stats." + std::string(name) + ".median") * 1e-3;
      found.push_back(gemm_time(device, Precision::kBf16, n, out, in) / measured - 1);
    };
    compare("attn_pre_proj", (h + 2 * kv) / t, h);
    compare("attn_post_proj", h, h / t);
    compare("mlp_up_proj", 2 * f / t, h);
    compare("mlp_down_proj", h, f / t);
  });
  return found;
}

double median_error(const char* file, const char* device) {
  std::vector<double> errors = residuals(shared_trace(file), built_in_catalog().device(device));
  for (double& error : errors) error = std::abs(error);
  const auto middle = errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2);
  std::ranges::nth_element(errors, middle);
  return *middle;
}

TEST(MeasuredGemm, A100) {
  TANDEM_NEEDS_SHARED_TRACE("vidur/mlp_a100_llama-2-70b-hf.csv");
  EXPECT_LE(median_error("vidur/mlp_a100_llama-2-7b-hf.csv", "a100-sxm-80g"), 0.08);
  EXPECT_LE(median_error("vidur/mlp_a100_llama-2-70b-hf.csv", "a100-sxm-80g"), 0.08);
}

TEST(MeasuredGemm, H100SustainsLessThanInShortRuns) {
  TANDEM_NEEDS_SHARED_TRACE("vidur/mlp_h100_llama-2-70b-hf.csv");
  EXPECT_LE(median_error("vidur/mlp_h100_llama-2-7b-hf.csv", "h100-sxm"), 0.18);
  EXPECT_LE(median_error("vidur/mlp_h100_llama-2-70b-hf.csv", "h100-sxm"), 0.18);
}

}  // namespace
}  // namespace tandem
