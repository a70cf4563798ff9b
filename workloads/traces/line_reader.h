// Cuts a text into lines: what every trace format has in common. Knows line numbers, so that each
// error can name its place, and refuses what is no text of lines before reading all of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tandem {

/// Walks over the lines of a text in place; the text must outlive the reader. A byte order mark at
/// the start is skipped, "\r\n" counts as "\n", and the last line needs no end.
class LineReader {
 public:
  LineReader(std::string_view text, std::string file);

  /// Goes on to the next line; false at the end. Throws InputError if it is longer than 1 MiB.
  bool next();
  /// As next(), but passes over lines of nothing but white space.
  bool next_filled();
  /// After next() has thrown: goes on behind the line that is too long.
  void pass_over();

  /// The current line, without its end.
  std::string_view line() const { return line_; }
  /// The current line's number, from 1.
  std::size_t number() const { return number_; }
  const std::string& file() const { return file_; }

 private:
  std::string_view rest_;
  std::string_view line_;
  std::size_t number_ = 0;
  std::string file_;
};

/// A little more than the lines of `text`, judged by its beginning: room for them at once costs
/// less than growing step by step. Capped, as nothing is known of the rest.
std::size_t likely_lines(std::string_view text);

}  // namespace tandem
