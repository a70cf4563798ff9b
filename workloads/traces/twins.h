// Finds names that come twice among a million, in less time and memory than a set of strings takes.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

namespace tandem {

/// The places (first, again) of the earliest name that is there already; nothing if all of the
/// `count` names differ.
std::optional<std::pair<std::size_t, std::size_t>> find_twins(
    std::size_t count, const std::function<std::string_view(std::size_t)>& name_at);

}  // namespace tandem
