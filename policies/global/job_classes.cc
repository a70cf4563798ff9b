#include "policies/global/job_classes.h"

#include <algorithm>
#include <functional>
#include <tuple>

namespace tandem {

std::vector<JobClass> classes_of(std::span<const RateRow> rows) {
  const auto kind = [&](std::uint32_t row) {
    const std::uint32_t own = rows[row].floor > 0 ? row + 1 : 0;
    return std::tuple(own, rows[row].devices, std::cref(rows[row].rates));
  };
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    const auto [own_a, devices_a, rates_a] = kind(a);
    const auto [own_b, devices_b, rates_b] = kind(b);
    return std::tie(own_a, devices_a, rates_a.get(), a) <
           std::tie(own_b, devices_b, rates_b.get(), b);
  };
  std::vector<std::uint32_t> able;
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    if (std::ranges::any_of(rows[row].rates, [](double rate) { return rate > 0; })) {
      able.push_back(row);
    }
  }
  std::ranges::sort(able, before);

  std::vector<JobClass> classes;
  for (const std::uint32_t row : able) {
    const bool alike = !classes.empty() && rows[row].floor <= 0 && [&] {
      const RateRow& first = rows[classes.back().members.front()];
      return first.floor <= 0 && first.devices == rows[row].devices &&
             first.rates == rows[row].rates;
    }();
    if (!alike) classes.emplace_back();
    classes.back().members.push_back(row);
  }
  std::ranges::sort(classes, {}, [](const JobClass& one) { return one.members.front(); });
  return classes;
}

}  // namespace tandem
