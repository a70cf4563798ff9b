// A line of a journal, taken apart word by word. Private to the reader of journals.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/core/error.h"
#include "policies/core/recorder.h"

namespace tandem {

/// One line. Every wrong word is an InputError at its column.
class JournalWords {
 public:
  JournalWords(std::string_view line, const std::string& file, std::size_t number)
      : line_(line), file_(file), number_(number) {}

  bool at_end() const { return place_ >= line_.size(); }
  std::string_view word(const char* what) {
    start_ = place_;
    const std::size_t end = std::min(line_.find(' ', place_), line_.size());
    if (end == place_) fail(fmt::format("expected {}", what));
    const std::string_view word = line_.substr(place_, end - place_);
    place_ = std::min(end + 1, line_.size());
    return word;
  }
  std::string rest() { return std::string(line_.substr(std::exchange(place_, line_.size()))); }

  template <class Number>
  Number number(const char* what, int base = 10) {
    return to_number<Number>(word(what), what, base);
  }
  template <class Number>
  Number to_number(std::string_view text, const char* what, int base = 10) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) {
      fail(fmt::format("expected {}, found '{}'", what, text));
    }
    return value;
  }
  /// 0 or more.
  std::int64_t amount(std::string_view text, const char* what) {
    const auto value = to_number<std::int64_t>(text, what);
    if (value < 0) fail(fmt::format("expected {}, found {}", what, value));
    return value;
  }
  std::int64_t amount(const char* what) { return amount(word(what), what); }
  /// A finite number, 0 or more.
  double weight(const char* what) {
    const std::string_view text = word(what);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (!whole || !std::isfinite(value) || value < 0) {
      fail(fmt::format("expected {}, found '{}'", what, text));
    }
    return value;
  }
  void expect_end() {
    if (at_end()) return;
    start_ = place_;
    fail(fmt::format("expected the end of the line, found '{}'", line_.substr(place_)));
  }
  /// An id below `count`.
  std::uint32_t id(const char* what, std::size_t count) {
    const auto value = number<std::uint32_t>(what);
    if (value >= count) fail(fmt::format("{} {} does not exist", what, value));
    return value;
  }
  [[noreturn]] void fail(const std::string& message) const {
    throw InputError({file_, number_, start_ + 1}, message);
  }

 private:
  std::string_view line_;
  const std::string& file_;
  std::size_t number_;
  std::size_t place_ = 0;
  std::size_t start_ = 0;
};

/// "1,2,5".
template <class Number>
std::vector<Number> parse_list(JournalWords& words, std::string_view text, const char* what,
                               char separator = ',') {
  std::vector<Number> numbers;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    numbers.push_back(words.to_number<Number>(text.substr(0, end), what));
    if (end == text.size()) return numbers;
    text.remove_prefix(end + 1);
  }
}

/// A line of the head. `excludes` gathers, by model, the models it excludes: they may come later.
void read_head_line(JournalWords& words, RunHeader& header, std::vector<ModelSet>& excludes);

}  // namespace tandem
