// What was fitted, in the words of scenario files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workloads/generators/arrival_process.h"
#include "workloads/generators/distribution.h"

namespace tandem {

/// A number with six digits.
std::string number_words(double number);

/// The value of an `arrival` key.
std::string arrival_words(const ArrivalShape& shape);
/// The value of a key that takes drawn durations (unit " s") or counts (no unit).
std::string amount_words(const Distribution::Shape& shape, std::string_view unit);
/// A map from names, which are written as they are, to counts.
std::string weight_words(const std::vector<std::pair<std::string, std::uint64_t>>& weights);

/// Wraps long flow values: breaks behind commas, continuation lines indented by `indent`.
std::string wrapped_yaml(std::string_view line, std::size_t indent);

}  // namespace tandem
