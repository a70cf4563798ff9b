#include "executor/data/wire_message.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "policies/core/error.h"

namespace tandem {
namespace {

enum WireType : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

}  // namespace

bool WireMessage::next() {
  if (rest_.empty()) return false;
  const std::uint64_t tag = varint();
  field_ = tag >> 3U;
  type_ = tag & 7U;
  switch (type_) {
    case kVarint: number_ = varint(); return true;
    case kFixed64: bytes_ = take(8); return true;
    case kBytes: bytes_ = take(varint()); return true;
    case kFixed32: bytes_ = take(4); return true;
    default: throw InputError(Position{file_}, "damaged: there is no such kind of field");
  }
}

std::uint64_t WireMessage::number() const {
  expect(kVarint);
  return number_;
}

float WireMessage::real() const {
  expect(kFixed32);
  std::uint32_t bits = 0;
  std::memcpy(&bits, bytes_.data(), sizeof bits);  // Little-endian, as the machines we run on.
  return std::bit_cast<float>(bits);
}

std::string_view WireMessage::bytes() const {
  expect(kBytes);
  return bytes_;
}

std::uint64_t WireMessage::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(take(1)[0]);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  throw InputError(Position{file_}, "damaged: a number has no end");
}

std::string_view WireMessage::take(std::uint64_t count) {
  if (count > rest_.size()) throw InputError(Position{file_}, "damaged: the file is cut");
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

void WireMessage::expect(std::uint64_t type) const {
  if (type_ == type) return;
  throw InputError(Position{file_}, fmt::format("damaged: field {} is of another kind", field_));
}

}  // namespace tandem
