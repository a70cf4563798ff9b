// Laws of all step costs: a line is what every context on it would be told, times are above zero,
// and between measured points no time lies outside them.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/random.h"
#include "tests/unit/perf/serving/toy.h"
#include "workloads/perf/serving/roofline_cost.h"

namespace tandem {
namespace {

/// Wherever the line at `shape` holds, another context's line says the same.
void check_line(const StepCost& cost, BatchShape shape, Random& random, const std::string& what) {
  const std::int64_t context = shape.decode_context;
  const StepLine line = cost.line(shape);
  ASSERT_GT(line.at(context), 0) << what;
  ASSERT_GT(line.holds_below, context) << what;
  const std::int64_t end = std::min(line.holds_below, context + 100'000);
  for (int i = 0; i < 5; ++i) {
    shape.decode_context = i == 0 ? end - 1 : random.between(context, end - 1);
    ASSERT_EQ(cost.line(shape).at(shape.decode_context), line.at(shape.decode_context))
        << what << ", context " << context << " and " << shape.decode_context;
  }
}

BatchShape random_shape(Random& random) {
  BatchShape shape;
  if (random.between(0, 2) > 0) {
    shape.decode_requests = random.between(1, 300);
    shape.decode_context = shape.decode_requests * random.between(1, 3000) +
                           random.between(0, shape.decode_requests - 1);
  }
  if (shape.decode_requests == 0 || random.between(0, 1) == 0) {
    shape.prefill_tokens = random.between(1, 4000);
    shape.prefill_requests = 1;
    shape.prefill_pairs = shape.prefill_tokens * random.between(0, 4000) +
                          shape.prefill_tokens * (shape.prefill_tokens + 1) / 2;
  }
  shape.sampled = shape.decode_requests + random.between(0, shape.prefill_requests);
  return shape;
}

/// Some counts in rising order.
std::vector<std::int64_t> axis(Random& random, std::int64_t first) {
  std::vector<std::int64_t> points{first};
  for (std::int64_t i = random.between(0, 4); i > 0; --i) {
    points.push_back(points.back() + random.between(1, 2 * points.back() + 8));
  }
  return points;
}

std::string random_attention(Random& random) {
  std::string csv = "prefill_chunk,prefill_key,n_decode,kv_decode,time_us\n";
  const auto time = [&] { return static_cast<double>(random.between(1000, 99999)) / 1000; };
  const bool mixed = random.between(0, 3) > 0;
  const auto decodes = [&](std::int64_t chunk, double key) {
    for (const std::int64_t n : axis(random, 1)) {
      for (const std::int64_t kv : axis(random, 16)) {
        csv += fmt::format("{},{},{},{},{}\n", chunk, key, n, kv, time());
      }
    }
  };
  decodes(0, 0);
  for (const std::int64_t chunk : axis(random, 16)) {
    for (const std::int64_t history : axis(random, 8)) {
      const double key = static_cast<double>(history) + static_cast<double>(chunk) / 2;
      csv += fmt::format("{},{},0,0,{}\n", chunk, key, time());
      if (mixed && random.between(0, 1) == 0) decodes(chunk, key);
    }
  }
  return csv;
}

TEST(StepLineLaws, TablesTellEveryContextTheSame) {
  const Toy toy;
  for (std::uint64_t seed = 1; seed <= seeds(200); ++seed) {
    Random random(seed);
    EngineTables tables = toy_tables();
    tables.attention = AttentionTable(read_attention(random_attention(random), "random.csv"));
    const TableCost cost(toy.model, toy.machine, {}, kNoEngine, std::move(tables));
    for (int i = 0; i < 50; ++i) {
      check_line(cost, random_shape(random), random, fmt::format("seed {}, step {}", seed, i));
      if (HasFatalFailure()) return;
    }
  }
}

TEST(StepLineLaws, NextLineGoesOnWhereThisOneEnds) {
  const Toy toy;
  const TableCost cost(toy.model, toy.machine, {}, kNoEngine, toy_tables());
  for (std::int64_t n = 1; n <= 6; ++n) {
    for (std::int64_t context = n; context < 300 * n; ++context) {
      const std::int64_t here = cost.line(decode_shape(n, context)).at(context);
      const std::int64_t next = cost.line(decode_shape(n, context + 1)).at(context + 1);
      // No table here rises faster than 0.7 us a token of one request, in two layers.
      ASSERT_LE(std::abs(next - here), 1'400'000 / n + 1000) << n << ", " << context;
    }
  }
}

TEST(StepLineLaws, RooflineTellsEveryContextTheSame) {
  const Catalog& catalog = built_in_catalog();
  for (std::uint64_t seed = 1; seed <= seeds(200); ++seed) {
    Random random(seed);
    const Machine machine = usual_machine(
        catalog, catalog.device(random.between(0, 1) == 0 ? "a100-sxm-80g" : "h100-sxm"));
    const char* const models[] = {"llama-3.1-8b", "llama-2-70b", "mixtral-8x7b", "bloom-176b"};
    ServingLayout layout;
    layout.tensor = std::int64_t{1} << random.between(0, 3);
    layout.kv_bytes = static_cast<double>(random.between(1, 2));
    const auto engines = engine_profiles();
    const RooflineCost cost(catalog.model(models[random.between(0, 3)]), machine, layout,
                            engines[static_cast<std::size_t>(random.between(0, 1))]);
    for (int i = 0; i < 50; ++i) {
      check_line(cost, random_shape(random), random, fmt::format("seed {}, step {}", seed, i));
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace tandem
