// What somebody may do here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tandem {

enum class Role : std::uint8_t {
  kAdmin,   ///< Everything.
  kSubmit,  ///< Hand in and withdraw jobs.
  kInfer,   ///< Ask models.
  kRead,    ///< Look at figures.
};

/// "admin", "submit", "infer", "read": by the number of their role.
inline const std::vector<std::string>& role_names() {
  static const std::vector<std::string> names{"admin", "submit", "infer", "read"};
  return names;
}

class Roles {
 public:
  void add(Role role) { bits_ |= bit(role); }
  /// An admin may do whatever the others may.
  bool may(Role role) const { return (bits_ & (bit(role) | bit(Role::kAdmin))) != 0; }

 private:
  static unsigned bit(Role role) { return 1U << static_cast<unsigned>(role); }
  unsigned bits_ = 0;
};

}  // namespace tandem
