// What one client, and all of them together, may take of the front end.
#pragma once

#include <chrono>
#include <cstddef>

namespace tandem {

struct HttpLimits {
  std::size_t header_bytes = 16U << 10U;  ///< Beyond: 431.
  std::size_t body_bytes = 1U << 20U;     ///< Beyond: 413.
  /// Of all bodies that are being received: beyond, 503.
  std::size_t bodies_bytes = 64U << 20U;
  std::size_t connections = 10'000;  ///< Beyond: 503, and closed at once.
  /// Of an answer that its client does not read, beside what the kernel holds: beyond, the request
  /// is cancelled and the connection closed.
  std::size_t unread_bytes = 256U << 10U;
  std::chrono::milliseconds header_time{10'000};  ///< Beyond: 408.
  std::chrono::milliseconds body_time{30'000};    ///< Beyond: 408.
  std::chrono::milliseconds idle_time{60'000};    ///< Between requests: closed.
  std::chrono::milliseconds write_time{30'000};   ///< Without getting anything rid of: closed.
};

}  // namespace tandem
