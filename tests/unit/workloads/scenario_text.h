// Small scenarios for tests: a whole valid one, and it with one part exchanged.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "policies/core/error.h"
#include "workloads/scenario.h"

namespace tandem {

/// A scenario of two nodes with eight h100-sxm each, in which only the jobs and what follows the
/// workload are given. The jobs begin at line 7, column 5.
inline std::string with_jobs(const std::string& jobs, const std::string& rest = "") {
  return "tandem: 1\n"
         "name: test\n"
         "cluster:\n"
         "  nodes: [{ name: h100, count: 2, devices: { type: h100-sxm, count: 8 } }]\n"
         "workload:\n"
         "  jobs:\n" +
         jobs + "\n" + rest;
}

/// A scenario of one job, with a cluster that begins at line 4, column 3.
inline std::string with_cluster(const std::string& cluster, const std::string& rest = "") {
  return "tandem: 1\nname: test\ncluster:\n" + cluster +
         "\nworkload: { jobs: [job: { name: one, duration: 1 h }] }\n" + rest;
}

inline Scenario load(const std::string& text, const std::vector<Override>& overrides = {},
                     const std::filesystem::path& folder = {}) {
  return load_scenario(text, "s.yaml", folder, overrides);
}

/// What is wrong with a scenario; empty if nothing is.
inline std::string error_of(const std::string& text, const std::vector<Override>& overrides = {}) {
  try {
    load(text, overrides);
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

/// Wants `message` to be among what is wrong with a scenario.
inline void expect_error(const std::string& text, const std::string& message) {
  EXPECT_NE(error_of(text).find(message), std::string::npos)
      << "wanted: " << message << "\ngot:    " << error_of(text);
}

inline std::vector<Arrival> all_arrivals(const Scenario& scenario, std::uint64_t seed = 1) {
  std::vector<Arrival> arrivals;
  const auto source = scenario.arrivals(seed);
  while (auto arrival = source->next()) arrivals.push_back(std::move(*arrival));
  return arrivals;
}

}  // namespace tandem
