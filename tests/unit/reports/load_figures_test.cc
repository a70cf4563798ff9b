// A worked example of every figure.
#include "reports/load_figures.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tandem {
namespace {

using namespace std::chrono_literals;

RequestRecord answered(int arrival_ms, int first_ms, int last_ms, std::uint32_t output) {
  RequestRecord record;
  record.arrival = kStartOfTime + arrival_ms * 1ms;
  record.first_token = kStartOfTime + first_ms * 1ms;
  record.last_token = kStartOfTime + last_ms * 1ms;
  record.prompt_tokens = 10;
  record.output_tokens = output;
  return record;
}

/// TTFT 100, 200, 300 ms; TPOT 50, 20 ms and none; E2E 200, 400, 300 ms.
LoadSample three_and_two() {
  LoadSample sample;
  sample.requests = {answered(0, 100, 200, 3), answered(500, 700, 900, 11),
                     answered(1000, 1300, 1300, 1)};
  sample.requests.emplace_back().state = RequestState::kFailed;
  sample.requests.emplace_back().state = RequestState::kRejected;
  sample.gaps_ms = {40, 60, 20, 20};
  sample.length = 2s;
  return sample;
}

TEST(LoadFigures, AWorkedExample) {
  const LoadFigures figures = load_figures(three_and_two(), {});
  EXPECT_EQ(figures.completed, 3U);
  EXPECT_EQ(figures.failed, 1U);
  EXPECT_EQ(figures.rejected, 1U);
  EXPECT_EQ(figures.prompt_tokens, 30U);
  EXPECT_EQ(figures.output_tokens, 15U);
  EXPECT_DOUBLE_EQ(*figures.requests_per_s, 1.5);
  EXPECT_DOUBLE_EQ(*figures.output_tokens_per_s, 7.5);
  EXPECT_DOUBLE_EQ(*figures.tokens_per_s, 22.5);
  EXPECT_FALSE(figures.goodput_rps);
  EXPECT_DOUBLE_EQ(figures.ttft_ms->values.mean, 200);
  EXPECT_DOUBLE_EQ(figures.ttft_ms->values.p50, 200);
  EXPECT_DOUBLE_EQ(figures.ttft_ms->values.p90, 280) << "linear between the second and the third";
  EXPECT_DOUBLE_EQ(figures.ttft_ms->deviation, std::sqrt(20'000.0 / 3));
  EXPECT_DOUBLE_EQ(figures.tpot_ms->values.mean, 35) << "one token has no time after the first";
  EXPECT_DOUBLE_EQ(figures.itl_ms->values.mean, 35);
  EXPECT_DOUBLE_EQ(figures.itl_ms->values.max, 60);
  EXPECT_DOUBLE_EQ(figures.e2e_ms->values.mean, 300);
}

TEST(LoadFigures, GoodIsWhoMeetsEveryObjective) {
  using Metric = Objective::Metric;
  const auto goodput = [](std::initializer_list<Objective> objectives) {
    return *load_figures(three_and_two(), std::vector(objectives)).goodput_rps;
  };
  EXPECT_DOUBLE_EQ(goodput({{Metric::kTtft, 100, 200ms}}), 1) << "the limit itself is met";
  EXPECT_DOUBLE_EQ(goodput({{Metric::kTtft, 100, 200ms}, {Metric::kTpot, 100, 30ms}}), 0.5);
  EXPECT_DOUBLE_EQ(goodput({{Metric::kE2e, 100, 300ms}}), 1);
  EXPECT_DOUBLE_EQ(goodput({{Metric::kTpot, 100, 1ms}}), 0.5) << "of one token";
}

TEST(LoadFigures, HaveTheNamesOfLoadClients) {
  const Json json = write(load_figures(three_and_two(), {}));
  EXPECT_EQ(json.at("median_ttft_ms"), 200);
  EXPECT_EQ(json.at("p90_ttft_ms"), 280);
  EXPECT_EQ(json.at("mean_e2el_ms"), 300);
  EXPECT_EQ(json.at("request_throughput"), 1.5);
  EXPECT_TRUE(json.at("request_goodput").is_null());
  const Json none = write(load_figures({}, {}));
  EXPECT_EQ(none.at("completed"), 0);
  EXPECT_TRUE(none.at("p99_itl_ms").is_null());
  EXPECT_TRUE(none.at("request_throughput").is_null());
}

}  // namespace
}  // namespace tandem
