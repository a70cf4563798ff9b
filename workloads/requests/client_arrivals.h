// Arrivals of one client, window by window as it was measured.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "workloads/generators/random.h"
#include "workloads/requests/servegen.h"

namespace tandem {

/// Each window gets as many arrivals as it was measured to have, to the nearest whole number of all
/// so far. The gaps are drawn from its family with its coefficient of variation, one more than
/// there are arrivals, and stretched to fill it: for exponential gaps that is a Poisson process of
/// which the count is known. No more variation is drawn than so many gaps can have, sqrt(arrivals).
class ClientArrivals {
 public:
  /// The windows must outlive it.
  ClientArrivals(std::span<const ClientWindow> windows, Stream stream)
      : windows_(windows), stream_(stream), ahead_(stream) {}

  /// The next arrival in the windows' own time; nothing behind the last.
  std::optional<Time> next();
  /// How many there will be in all.
  static std::uint64_t count(std::span<const ClientWindow> windows);

 private:
  void open(const ClientWindow& window);
  double gap(GapFamily family, Stream& stream) const;

  std::span<const ClientWindow> windows_;
  Stream stream_;
  Stream ahead_;  // Sums up a window's gaps before stream_ draws them again.
  std::size_t opened_ = 0;
  double expected_ = 0;      // Arrivals of all opened windows.
  std::uint64_t begun_ = 0;  // The same in whole numbers.
  std::uint64_t left_ = 0;   // Of the last opened window.
  double passed_ = 0;        // Its gaps so far.
  double whole_ = 0;         // All its gaps.
  double shape_ = 1;         // Of its family.
};

/// The shape at which a Weibull distribution has this coefficient of variation:
/// cv^2 + 1 = gamma(1 + 2/k) / gamma(1 + 1/k)^2.
double weibull_shape(double cv);

}  // namespace tandem
