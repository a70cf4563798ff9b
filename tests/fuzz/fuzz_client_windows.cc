// Fuzzes the reader of ServeGen's windows, and the arrivals drawn from them.

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/request_target.h"
#include "workloads/requests/client_arrivals.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  fuzz_reader(data, size, [](std::string_view text) {
    const auto windows = read_client_windows(text, "fuzz");
    require(!windows.empty(), "there are windows");
    // Any count may be stated: draws only where it is small.
    double expected = 0;
    for (const ClientWindow& window : windows) expected += window.rate * to_seconds(window.length);
    if (expected > 10'000) return;
    ClientArrivals arrivals(windows, make_stream(1, 0, Purpose::kArrival));
    std::uint64_t count = 0;
    Time last = kStartOfTime;
    while (const auto time = arrivals.next()) {
      require(*time >= last, "arrivals are in order");
      last = *time;
      ++count;
    }
    require(count == ClientArrivals::count(windows), "as many come as were counted");
  });
  return 0;
}
