// Where the real traces lie on developers' machines: beside the project, never inside it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace tandem {

/// The path of a shared trace; it need not exist.
inline std::filesystem::path shared_trace(const std::string& name) {
  return std::filesystem::path(TANDEM_SOURCE_DIR) / ".." / "shared" / "traces" / name;
}

}  // namespace tandem

/// Skips the test unless the shared trace is there.
#define TANDEM_NEEDS_SHARED_TRACE(name)                                           \
  do {                                                                            \
    if (!std::filesystem::exists(tandem::shared_trace(name))) {                   \
      GTEST_SKIP() << "needs the real trace " << (name) << " beside the project"; \
    }                                                                             \
  } while (false)
