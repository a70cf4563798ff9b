#include "executor/load/event_stream.h"

namespace tandem {

void EventStream::feed(std::string_view bytes, const Event& event) {
  constexpr std::size_t kMost = std::size_t{16} << 20U;
  while (!bytes.empty()) {
    if (behind_return_ && bytes[0] == '\n') bytes.remove_prefix(1);
    behind_return_ = false;
    const std::size_t end = bytes.find_first_of("\r\n");
    line_ += bytes.substr(0, end);
    if (line_.size() + data_.size() > kMost) throw MalformedAnswer("an event has no end");
    if (end == std::string_view::npos) return;
    behind_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    end_line(event);
    line_.clear();
  }
}

void EventStream::end_line(const Event& event) {
  if (line_.empty()) {
    if (has_data_) event(data_);
    data_.clear();
    has_data_ = false;
    return;
  }
  constexpr std::string_view kField = "data:";
  if (!line_.starts_with(kField)) return;  // Comments, names and numbers of events.
  std::string_view value = std::string_view(line_).substr(kField.size());
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (has_data_) data_ += '\n';
  data_ += value;
  has_data_ = true;
}

}  // namespace tandem
