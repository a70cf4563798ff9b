// Text of an answer while its tokens come: a token's bytes need not be whole characters, and what
// goes out must be.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tandem {

/// Whatever the bytes, the text is well-formed UTF-8; all of it together is the same however the
/// bytes were cut.
class AnswerText {
 public:
  /// The whole characters so far that were not given before. Bytes that begin no character become
  /// U+FFFD; the beginning of one waits, which is at most three bytes.
  std::string add(std::string_view bytes);
  /// There is no more: what still waits is U+FFFD.
  std::string end();

 private:
  std::string waiting_;
};

/// The same at once.
std::string well_formed(std::string_view bytes);

/// Characters of a well-formed text.
std::size_t count_characters(std::string_view text);

}  // namespace tandem
