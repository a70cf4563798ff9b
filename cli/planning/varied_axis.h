// What a plan or a sweep changes: one setting of the scenario, and the values it takes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.h"

namespace tandem {

struct VariedAxis {
  std::string name;  ///< As the user wrote it: "nodes.h100", "workload.services.0.replicas".
  std::string path;  ///< Of the setting: "cluster.nodes.0.count".
  std::vector<std::string> values;
  /// The same as numbers, rising, where more of it should keep more promises: nodes, their devices,
  /// replicas. Empty where the values are mere choices.
  std::vector<double> amounts;
};

/// "nodes.h100=4..64", "nodes.a100=0..16:2", "PATH=a,b,c". nodes.NAME is short for the count of a
/// node group. Throws InputError with the nearest name, and for more than 10,000 values.
VariedAxis parse_axis(std::string_view text, const Arguments& arguments);

/// All of --vary. Throws InputError if one setting is varied twice.
std::vector<VariedAxis> varied_axes(const Arguments& arguments);

/// Every combination: the place in each axis' values. The last axis changes fastest. Throws
/// InputError if there are more than `most`.
std::vector<std::vector<std::size_t>> grid_of(const std::vector<VariedAxis>& axes,
                                              std::size_t most);

}  // namespace tandem
