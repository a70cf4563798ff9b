// The parameters of a policy part as people gave them, every one checked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "policies/core/units.h"
#include "policies/registry.h"

namespace tandem {

/// Values by name, defaults filled in. Whatever is wrong is an InputError.
class Settings {
 public:
  /// Throws for a name that `info` does not have, with the nearest that it has.
  Settings(const PartInfo& info, std::map<std::string, std::string> values);

  const std::string& text(const std::string& key) const { return values_.at(key); }
  Duration duration(const std::string& key, Duration least) const;
  /// "1h/10h": each longer than the one before, the first more than 0.
  std::vector<Duration> rising_durations(const std::string& key) const;
  /// "60s/1h/60s": each more than 0.
  std::vector<Duration> durations(const std::string& key) const;
  std::int64_t whole(const std::string& key, std::int64_t least, std::int64_t most) const;
  double positive(const std::string& key) const;
  double not_negative(const std::string& key) const;
  /// The position of the value among the choices.
  std::size_t choice(const std::string& key, const std::vector<std::string>& choices) const;

 private:
  [[noreturn]] void fail(const std::string& key, const std::string& expected) const;

  std::string part_;
  std::map<std::string, std::string> values_;
};

/// Shorter than any duration that means something.
inline constexpr Duration kLeastAge{1};
/// Shorter turns would take more decisions than anybody wants.
inline constexpr Duration kLeastTurn{1'000'000};
/// Keeps a weight times nanoseconds within a Rank.
inline constexpr std::int64_t kMostWeight = 1'000'000'000'000;

}  // namespace tandem
