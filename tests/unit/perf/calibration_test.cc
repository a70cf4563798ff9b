// The step-time model against measured steps: bounds of the calibration, and whether the bands hold
// what they promise.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "tests/unit/perf/published_runs.h"
#include "workloads/perf/step_time.h"

namespace tandem {
namespace {

double mean_error(const std::vector<PublishedRun>& runs) {
  double sum = 0;
  for (const PublishedRun& run : runs) sum += std::abs(residual(run));
  return sum / static_cast<double>(runs.size());
}

std::vector<PublishedRun> all_runs() {
  std::vector<PublishedRun> all;
  for (const auto& some :
       {korthikanti_runs(), sc21_runs(), mosaic_runs(), deepspeed_runs(), other_runs()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

TEST(Calibration, HasNoObstacles) {
  const Catalog& catalog = catalog_of_runs();
  for (const PublishedRun& run : all_runs()) {
    const Machine machine = usual_machine(catalog, catalog.device(run.device));
    EXPECT_EQ(obstacle(catalog.model(run.model), machine, run.layout), "") << run.name;
  }
}

TEST(Calibration, WhatRanFitsIntoMemory) {
  const Catalog& catalog = catalog_of_runs();
  for (const PublishedRun& run : all_runs()) {
    const Machine machine = usual_machine(catalog, catalog.device(run.device));
    const MemoryUse use = memory_use(catalog.model(run.model), machine, run.layout);
    EXPECT_LE(use.total(), use.capacity) << run.group << " " << run.name;
  }
}

TEST(Calibration, KorthikantiWithinTheBestPublishedModel) {
  for (const PublishedRun& run : korthikanti_runs()) {
    EXPECT_LE(std::abs(residual(run)), 0.08) << run.name;
  }
  EXPECT_LE(mean_error(korthikanti_runs()), 0.0365);
}

TEST(Calibration, MegatronOfSc21) {
  for (const PublishedRun& run : sc21_runs()) {
    EXPECT_LE(std::abs(residual(run)), 0.08) << run.name;
  }
}

TEST(Calibration, BandsHoldNineOfTenRuns) {
  const Catalog& catalog = catalog_of_runs();
  for (const char* device : {"a100-sxm-80g", "h100-sxm"}) {
    const Efficiency& band = catalog.device(device).efficiency;
    int inside = 0;
    int runs = 0;
    for (const PublishedRun& run : all_runs()) {
      // Memories of either size.
      if (!run.device.starts_with(std::string(device).substr(0, 8))) continue;
      const double measured_over_ours = 1 / (1 + residual(run));
      ++runs;
      if (measured_over_ours >= band.band_low && measured_over_ours <= band.band_high) ++inside;
    }
    EXPECT_EQ(runs, band.runs) << device;
    EXPECT_GE(inside, 0.9 * runs) << device << ": " << inside << " of " << runs;
    EXPECT_LT(inside, runs) << device << ": the band could be narrower";
  }
}

/// A row of the table in docs/step-time.md.
std::string row_of(const PublishedRun& run) {
  const Catalog& catalog = catalog_of_runs();
  const Machine machine = usual_machine(catalog, catalog.device(run.device));
  const StepTime time = step_time(catalog.model(run.model), machine, run.layout);
  return fmt::format("| {} | {} | {:.3f} s | {:.3f} s | {:+.1f} % |\n", run.group, run.name,
                     run.seconds, time.seconds(), 100 * residual(run));
}

TEST(Calibration, TheDocumentationHasTheseResiduals) {
  std::ifstream file(TANDEM_SOURCE_DIR "/docs/step-time.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::string table;
  for (const PublishedRun& run : all_runs()) table += row_of(run);
  EXPECT_NE(text.find(table), std::string::npos) << "its table should be:\n" << table;
}

}  // namespace
}  // namespace tandem
