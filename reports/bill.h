// What devices cost and draw, and what that makes of the time they are held.
//
// A device is off, idle, or busy: busy while the gang that holds it computes, off while its node is
// down, idle otherwise. Figures that nobody stated are not guessed: what needs them is nothing.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include "policies/core/ids.h"

namespace tandem {

/// By DeviceTypeId. Nothing, or too short, where it is not known.
struct DeviceFigures {
  std::vector<std::optional<double>> price_per_hour;
  std::vector<std::optional<double>> busy_watts;
  std::vector<std::optional<double>> idle_watts;
  /// Whether a device is paid for only while it is held, and not all the time.
  std::vector<bool> is_spot = {};
  double facility_factor = 1;  ///< Power of the whole facility over that of the devices (PUE).
  std::optional<double> carbon_g_per_kwh = {};
};

/// Of a job, a tenant or a cluster.
struct Bill {
  double cost = 0;           ///< NaN: unknown.
  double device_joules = 0;  ///< Of the devices alone; NaN: unknown.

  Bill& operator+=(const Bill& other) {
    cost += other.cost;
    device_joules += other.device_joules;
    return *this;
  }
};

inline constexpr double kSecondsPerHour = 3600;
inline constexpr double kJoulesPerKilowattHour = 3.6e6;

/// What devices of a type come to that are held for `held` device-seconds, `busy` of them
/// computing.
inline Bill bill_of(const DeviceFigures& figures, DeviceTypeId type, double held, double busy) {
  const auto figure = [&](const std::vector<std::optional<double>>& of_type) {
    const bool is_known = type.value < of_type.size() && of_type[type.value];
    return is_known ? *of_type[type.value] : std::numeric_limits<double>::quiet_NaN();
  };
  return {held / kSecondsPerHour * figure(figures.price_per_hour),
          busy * figure(figures.busy_watts) + (held - busy) * figure(figures.idle_watts)};
}

inline std::optional<double> cost_of(const Bill& bill) {
  return bill.cost == bill.cost ? std::optional(bill.cost) : std::nullopt;
}
inline std::optional<double> energy_kwh_of(const Bill& bill, const DeviceFigures& figures) {
  const double kwh = bill.device_joules / kJoulesPerKilowattHour * figures.facility_factor;
  return kwh == kwh ? std::optional(kwh) : std::nullopt;
}
inline std::optional<double> carbon_kg_of(std::optional<double> energy_kwh,
                                          const DeviceFigures& figures) {
  if (!energy_kwh || !figures.carbon_g_per_kwh) return std::nullopt;
  return *energy_kwh * *figures.carbon_g_per_kwh / 1000;
}

}  // namespace tandem
