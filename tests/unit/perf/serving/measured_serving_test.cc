// The roofline against measured prompts, tokens and products; docs/serving-time.md has the figures.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "tests/support/shared_traces.h"
#include "tests/unit/perf/measured_table.h"
#include "tests/unit/perf/serving/toy.h"
#include "workloads/perf/serving/roofline_cost.h"

namespace tandem {
namespace {

constexpr const char* kSplitwise = "splitwise-sim/perf_model.csv";

double median_size(std::vector<double> errors) {
  for (double& error : errors) error = std::abs(error);
  const auto middle = errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2);
  std::ranges::nth_element(errors, middle);
  return *middle;
}

struct Row {
  std::string model;
  std::string device;
  std::int64_t tensor = 1;
  std::int64_t prompt = 0;
  std::int64_t batch = 0;
  std::int64_t output = 0;
  double prompt_ms = 0;
  double token_ms = 0;
};

/// Without the rows measured under a power cap.
std::vector<Row> splitwise_rows() {
  const std::map<std::string, std::string> names = {{"llama2-70b", "llama-2-70b"},
                                                    {"bloom-176b", "bloom-176b"},
                                                    {"a100-80gb", "a100-sxm-80g"},
                                                    {"h100-80gb", "h100-sxm"}};
  std::ifstream file(shared_trace(kSplitwise));
  std::vector<Row> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::ranges::replace(line, ',', ' ');
    std::istringstream in(line);
    Row row;
    double skipped = 0;
    in >> row.model >> row.device >> row.prompt >> row.batch >> row.output >> skipped >> skipped >>
        row.prompt_ms >> row.token_ms >> skipped >> row.tensor;
    if (!names.contains(row.device)) continue;
    row.model = names.at(row.model);
    row.device = names.at(row.device);
    rows.push_back(row);
  }
  return rows;
}

struct Errors {
  std::vector<double> prompt;
  std::vector<double> token;
};

std::map<std::string, Errors> splitwise_errors(bool by_tensor) {
  const Catalog& catalog = built_in_catalog();
  std::map<std::string, Errors> errors;
  for (const Row& row : splitwise_rows()) {
    const Machine machine = usual_machine(catalog, catalog.device(row.device));
    ServingLayout layout;
    layout.tensor = row.tensor;
    const RooflineCost cost(catalog.model(row.model), machine, layout, engine_profile("vllm-2023"));
    const double prompt = microseconds(cost, prefill_shape(row.prompt, row.batch)) / 1e3;
    const std::int64_t context = row.batch * (row.prompt + row.output / 2);
    const double token = microseconds(cost, decode_shape(row.batch, context)) / 1e3;
    Errors& group =
        errors[row.model + " " + row.device + (by_tensor ? fmt::format(" tp {}", row.tensor) : "")];
    group.prompt.push_back(prompt / row.prompt_ms - 1);
    group.token.push_back(token / row.token_ms - 1);
  }
  return errors;
}

TEST(MeasuredServing, SplitwiseWithin15PerCentMedianOnEachDeviceAndModel) {
  TANDEM_NEEDS_SHARED_TRACE(kSplitwise);
  const auto errors = splitwise_errors(false);
  ASSERT_EQ(errors.size(), 4U);
  for (const auto& [group, found] : errors) {
    EXPECT_LE(median_size(found.prompt), 0.12) << group;
    EXPECT_LE(median_size(found.token), 0.05) << group;
  }
}

TEST(MeasuredServing, SplitwiseAtEachDegree) {
  TANDEM_NEEDS_SHARED_TRACE(kSplitwise);
  for (const auto& [group, found] : splitwise_errors(true)) {
    EXPECT_LE(median_size(found.prompt), 0.14) << group;
    EXPECT_LE(median_size(found.token), 0.17) << group;
  }
}

TEST(MeasuredServing, BandsHoldNineOfTenPoints) {
  TANDEM_NEEDS_SHARED_TRACE(kSplitwise);
  std::map<std::string, std::array<int, 3>> counts;
  for (const auto& [group, found] : splitwise_errors(false)) {
    const std::string device = group.substr(group.find(' ') + 1);
    const ServingEfficiency& band = built_in_catalog().device(device).serving;
    auto& [rows, prompts, tokens] = counts[device];
    for (std::size_t i = 0; i < found.prompt.size(); ++i) {
      const double prompt = 1 / (1 + found.prompt[i]);
      const double token = 1 / (1 + found.token[i]);
      ++rows;
      prompts += prompt >= band.prefill_low && prompt <= band.prefill_high;
      tokens += token >= band.decode_low && token <= band.decode_high;
    }
  }
  for (const auto& [device, count] : counts) {
    const auto& [rows, prompts, tokens] = count;
    EXPECT_GE(prompts, 0.88 * rows) << device;
    EXPECT_GE(tokens, 0.88 * rows) << device;
  }
}

/// Of the four products of a layer, with `least` to `most` tokens.
double product_error(const char* file, const char* device_name, double least, double most) {
  const DeviceType& device = built_in_catalog().device(device_name);
  const GemmRates rates{*device.peak_bf16, device.efficiency.gemm,
                        device.serving.memory * device.memory_bytes_per_s, 2, 2};
  std::vector<double> errors;
  for_rows(shared_trace(file), [&](const auto& number) {
    const double n = number("num_tokens");
    const double t = number("num_tensor_parallel_workers");
    const double h = number("n_embd");
    const double f = number("n_expanded_embd");
    const double kv = h / number("n_head") * number("n_kv_head");
    if (n < least || n > most) return;
    const auto compare = [&](const char* name, double out, double in) {
      const double measured = number("time_stats." + std::string(name) + ".median") * 1e-3;
      errors.push_back(product_seconds(rates, n, out, in) / measured - 1);
    };
    compare("attn_pre_proj", (h + 2 * kv) / t, h);
    compare("attn_post_proj", h, h / t);
    compare("mlp_up_proj", 2 * f / t, h);
    compare("mlp_down_proj", h, f / t);
  });
  return median_size(errors);
}

TEST(MeasuredServing, ProductsOfFewTokens) {
  TANDEM_NEEDS_SHARED_TRACE("vidur/mlp_h100_llama-2-70b-hf.csv");
  for (const char* model : {"7b", "70b"}) {
    const std::string a100 = fmt::format("vidur/mlp_a100_llama-2-{}-hf.csv", model);
    const std::string h100 = fmt::format("vidur/mlp_h100_llama-2-{}-hf.csv", model);
    EXPECT_LE(product_error(a100.c_str(), "a100-sxm-80g", 1, 64), 0.06) << model;
    EXPECT_LE(product_error(a100.c_str(), "a100-sxm-80g", 65, 511), 0.12) << model;
    EXPECT_LE(product_error(h100.c_str(), "h100-sxm", 1, 64), 0.08) << model;
    EXPECT_LE(product_error(h100.c_str(), "h100-sxm", 65, 511), 0.16) << model;
  }
}

}  // namespace
}  // namespace tandem
