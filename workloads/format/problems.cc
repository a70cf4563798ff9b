// Joins what was found wrong into one error.
#include "workloads/format/problems.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tandem {

constexpr std::size_t kMostMessages = 20;

void Problems::add(const Position& where, const std::string& message) {
  if (messages_.size() == kMostMessages) {
    ++left_out_;
    return;
  }
  messages_.push_back(InputError(where, message).what());
}

void Problems::throw_if_any() const {
  if (messages_.empty()) return;
  std::string text = fmt::format("{}", fmt::join(messages_, "\n"));
  if (left_out_ > 0) text += fmt::format("\nand {} more", left_out_);
  throw InputError(text);
}

}  // namespace tandem
