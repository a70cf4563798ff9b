// "Did you mean": the known name closest to a misspelt one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tandem {

/// The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours;
/// case ignored), if it is close enough to be a slip of the hand; else the longest that `name`
/// begins with, or the shortest that begins with `name`, both at the end of a word ("gpt2-small" is
/// near "gpt2", "h100" near "h100-sxm"); empty otherwise. Ties go to the first.
std::string nearest(std::string_view name, std::span<const std::string> candidates);

/// " (did you mean 'X'?)", or " (one of: A, B, C)" when nothing is near. For error messages.
std::string suggestion(std::string_view name, std::span<const std::string> candidates);

/// The same where there are too many candidates for a line: " (nearest: A, B, C)" when nothing is
/// near, which are those that begin most like `name`, and of these those of least edit distance.
std::string suggestion_of_many(std::string_view name, std::span<const std::string> candidates);

}  // namespace tandem
