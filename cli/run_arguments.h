// What the user asked of `tandem run`, `serve`, `logs` and their like.
#pragma once

#include <cstdint>
#include <string>

namespace tandem {

struct RunArguments {
  std::string on = "auto";  ///< cpu, cuda, or what there is.
  std::string worker;       ///< Program; empty: tandem-worker beside this one.
  std::uint32_t threads = 1;
  std::uint32_t attempts = 5;
  std::uint32_t patience_s = 60;  ///< Of a rank for the others of its gang.
  std::uint32_t hang_s = 300;
  std::uint64_t seed = 1;
  std::uint32_t rank = 0;  ///< Whose log.
  bool follow = false;     ///< The log as it grows.
};

}  // namespace tandem
