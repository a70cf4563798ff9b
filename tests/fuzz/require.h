// How a fuzz target says that a promise is broken: by ending the program, which libFuzzer takes as
// a crash and CTest as a failure.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace tandem {

inline void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace tandem
