// Messages of Protocol Buffers in their wire format
// (https://protobuf.dev/programming-guides/encoding): numbered fields, one after the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem {

class WireMessage {
 public:
  /// `bytes` must outlive it; `file` names them in messages.
  WireMessage(std::string_view bytes, const std::string& file) : rest_(bytes), file_(file) {}

  /// Goes on to the next field; false at the end. Throws InputError for what is no message.
  bool next();
  std::uint64_t field() const { return field_; }

  /// The field's value. Throws InputError if it is of another wire type.
  std::uint64_t number() const;
  float real() const;
  std::string_view bytes() const;

 private:
  std::uint64_t varint();
  std::string_view take(std::uint64_t count);
  void expect(std::uint64_t type) const;

  std::string_view rest_;
  const std::string& file_;
  std::uint64_t field_ = 0;
  std::uint64_t type_ = 0;
  std::uint64_t number_ = 0;
  std::string_view bytes_;
};

}  // namespace tandem
