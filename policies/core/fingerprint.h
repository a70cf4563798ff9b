// A number that tells texts apart: whether a file is still the one that it was.
#pragma once

#include <cstdint>
#include <string_view>

namespace tandem {

/// FNV-1a, 64 bits (Fowler, Noll, Vo): told apart by accident, not by malice, is all that is
/// promised.
class Fingerprint {
 public:
  void add(std::string_view bytes) {
    for (const char byte : bytes) {
      value_ = (value_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    }
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace tandem
