// "Did you mean": the known name closest to a misspelt one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tandem {

/// The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours;
/// case ignored), if it is close enough to be a slip of the hand; empty otherwise. Ties go to the
/// first.
std::string nearest(std::string_view name, std::span<const std::string> candidates);

/// " (did you mean 'X'?)", or " (one of: A, B, C)" when nothing is near. For error messages.
std::string suggestion(std::string_view name, std::span<const std::string> candidates);

}  // namespace tandem
