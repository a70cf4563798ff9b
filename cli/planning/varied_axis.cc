#include "cli/planning/varied_axis.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "workloads/format/document.h"
#include "workloads/scenario.h"

namespace tandem {
namespace {

constexpr std::size_t kMostValues = 10'000;

[[noreturn]] void fail(std::size_t at, const std::string& message, std::string_view text) {
  throw InputError({"--vary", 1, at + 1}, fmt::format("{}, in '{}'", message, text));
}

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// The names of the scenario's node groups, in their order; an empty one for a list in a file.
std::vector<std::string> group_names(const Arguments& arguments) {
  const Document document = parse_document(read_scenario_file(arguments.file), arguments.file);
  const Value* cluster = document.root.find("cluster");
  const Value* nodes = cluster != nullptr ? cluster->find("nodes") : nullptr;
  std::vector<std::string> names;
  if (nodes == nullptr) return names;
  for (const Value& group : nodes->items) {
    const Value* name = group.find("name");
    names.push_back(name != nullptr ? name->text : "");
  }
  return names;
}

std::string path_of(std::string_view name, std::string_view text, const Arguments& arguments) {
  constexpr std::string_view kShort = "nodes.";
  if (!name.starts_with(kShort)) return std::string(name);
  const std::string group(name.substr(kShort.size()));
  const std::vector<std::string> groups = group_names(arguments);
  const auto found = std::ranges::find(groups, group);
  if (group.empty() || found == groups.end()) {
    fail(kShort.size(), fmt::format("unknown node group '{}'{}", group, suggestion(group, groups)),
         text);
  }
  return fmt::format("cluster.nodes.{}.count", found - groups.begin());
}

/// LO..HI or LO..HI:STEP, whole numbers or decimals; nothing if the text is no range.
std::optional<std::vector<double>> range_in(std::string_view values, std::size_t at,
                                            std::string_view text) {
  const std::size_t dots = values.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const std::string_view rest = values.substr(dots + 2);
  const std::size_t colon = rest.find(':');
  const auto low = number_in(values.substr(0, dots));
  const auto high = number_in(rest.substr(0, colon));
  const auto step = colon == rest.npos ? std::optional(1.0) : number_in(rest.substr(colon + 1));
  if (!low || !high || !step || *step <= 0) fail(at, "expected LO..HI or LO..HI:STEP", text);
  if (*high < *low) fail(at, "the range ends before it begins", text);
  const double steps = std::floor((*high - *low) / *step + 1e-9);
  if (steps >= static_cast<double>(kMostValues)) {
    fail(at, fmt::format("more than {} values", kMostValues), text);
  }
  std::vector<double> all;
  for (double i = 0; i <= steps; ++i) all.push_back(*low + i * *step);
  return all;
}

bool is_capacity(std::string_view path) {
  if (path.starts_with("cluster.nodes.")) return path.ends_with(".count");
  return path.starts_with("workload.services.") && path.find(".replicas") != path.npos;
}

/// Commas inside brackets and quotes are part of a value.
std::vector<std::string> listed(std::string_view values) {
  std::vector<std::string> all(1);
  int depth = 0;
  char quote = '\0';
  for (const char c : values) {
    if (quote != '\0') {
      quote = c == quote ? '\0' : quote;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else {
      depth += (c == '{' || c == '[') ? 1 : (c == '}' || c == ']') ? -1 : 0;
    }
    if (c == ',' && depth == 0 && quote == '\0') {
      all.emplace_back();
    } else {
      all.back() += c;
    }
  }
  return all;
}

/// Their numbers in rising order, and the texts with them, if all are numbers.
void sort_amounts(VariedAxis& axis) {
  std::vector<std::pair<double, std::string>> sorted;
  for (const std::string& value : axis.values) {
    const auto number = number_in(value);
    if (!number) return;
    sorted.emplace_back(*number, value);
  }
  std::ranges::sort(sorted);
  axis.values.clear();
  for (const auto& [number, value] : sorted) {
    axis.amounts.push_back(number);
    axis.values.push_back(value);
  }
}

}  // namespace

VariedAxis parse_axis(std::string_view text, const Arguments& arguments) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == text.npos || equals + 1 == text.size()) {
    fail(0, "expected PATH=VALUES, such as nodes.h100=4..64", text);
  }
  VariedAxis axis;
  axis.name = text.substr(0, equals);
  axis.path = path_of(axis.name, text, arguments);
  const std::string_view values = text.substr(equals + 1);
  if (const auto range = range_in(values, equals + 1, text)) {
    for (const double value : *range) axis.values.push_back(fmt::format("{}", value));
  } else {
    axis.values = listed(values);
  }
  if (axis.values.size() > kMostValues) {
    fail(equals + 1, fmt::format("more than {} values", kMostValues), text);
  }
  std::set<std::string> seen;
  for (const std::string& value : axis.values) {
    if (value.empty()) fail(equals + 1, "a value is empty", text);
    if (!seen.insert(value).second) {
      fail(equals + 1, fmt::format("the value {} comes twice", value), text);
    }
  }
  if (is_capacity(axis.path)) sort_amounts(axis);
  return axis;
}

std::vector<VariedAxis> varied_axes(const Arguments& arguments) {
  std::vector<VariedAxis> axes;
  for (const std::string& text : arguments.planning.vary) {
    VariedAxis axis = parse_axis(text, arguments);
    if (std::ranges::find(axes, axis.path, &VariedAxis::path) != axes.end()) {
      throw InputError(fmt::format("--vary: {} is varied twice", axis.path));
    }
    axes.push_back(std::move(axis));
  }
  return axes;
}

std::vector<std::vector<std::size_t>> grid_of(const std::vector<VariedAxis>& axes,
                                              std::size_t most) {
  double count = 1;
  for (const VariedAxis& axis : axes) count *= static_cast<double>(axis.values.size());
  if (count > static_cast<double>(most)) {
    throw InputError(
        fmt::format("--vary: {} combinations are more than {}; give the ranges a "
                    "step (LO..HI:STEP), or narrow them",
                    count, most));
  }
  std::vector<std::vector<std::size_t>> grid{{}};
  for (const VariedAxis& axis : axes) {
    std::vector<std::vector<std::size_t>> longer;
    for (const auto& point : grid) {
      for (std::size_t value = 0; value < axis.values.size(); ++value) {
        longer.push_back(point);
        longer.back().push_back(value);
      }
    }
    grid = std::move(longer);
  }
  return grid;
}

}  // namespace tandem
