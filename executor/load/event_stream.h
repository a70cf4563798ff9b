// Server-sent events, from bytes that come in pieces of any size (WHATWG HTML, section 9.2).
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tandem {

/// What a server sent is not what it should be.
class MalformedAnswer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class EventStream {
 public:
  using Event = std::function<void(std::string_view data)>;

  /// Calls `event` for each event that is whole now and has data. Throws MalformedAnswer for one
  /// of more than 16 MiB.
  void feed(std::string_view bytes, const Event& event);

 private:
  void end_line(const Event& event);

  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool behind_return_ = false;  ///< A line feed would belong to the line before.
};

}  // namespace tandem
