// Promises that only a bug of ours can break. Always on; what users can get wrong is never CHECKed.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

// LibTorch brings another one along; who includes both wants this one, and includes it last.
#undef CHECK

/// Aborts with place and values unless `condition` holds: CHECK(a == b, "a {} is not b {}", a, b).
#define CHECK(condition, ...)                                                             \
  do {                                                                                    \
    if (!(condition)) [[unlikely]] {                                                      \
      fmt::print(stderr, "{}:{}: CHECK({}) failed: {}\n", __FILE__, __LINE__, #condition, \
                 fmt::format(__VA_ARGS__));                                               \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)
