// Texts that end an answer, found while it comes, wherever tokens are cut.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Ends a text before the first of some strings: the one that is complete first, and of several
/// that are complete with the same byte the longest. (Knuth, Morris, Pratt 1977, for each.)
class StopStrings {
 public:
  /// None of them is empty.
  explicit StopStrings(const std::vector<std::string>& stops);

  /// What of the text so far can be given now; only what may be the beginning of a stop string is
  /// held back. Once found(), nothing.
  std::string add(std::string_view text);
  /// There is no more text: what was held back.
  std::string end();
  bool found() const { return found_; }

 private:
  struct Stop {
    std::string text;
    std::vector<std::size_t> border;  ///< Of each beginning: its longest end that begins the text.
    std::size_t matched = 0;          ///< How much of it the text so far ends with.
  };
  static bool advance(Stop& stop, char byte);

  std::vector<Stop> stops_;
  std::string held_;
  bool found_ = false;
};

}  // namespace tandem
