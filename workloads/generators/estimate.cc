// The three ways in which estimates come about.
#include "workloads/generators/estimate.h"

#include <algorithm>
#include <array>
#include <boost/random/uniform_real_distribution.hpp>
#include <cmath>

namespace tandem {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Days = std::chrono::duration<std::int64_t, std::ratio<86'400>>;

constexpr std::array<Duration, 20> kRoundValues = {
    minutes{5}, minutes{10}, minutes{15}, minutes{20}, minutes{30}, minutes{45}, hours{1},
    hours{2},   hours{3},    hours{4},    hours{5},    hours{6},    hours{8},    hours{10},
    hours{12},  hours{18},   Days{1},     Days{2},     Days{7},     Days{14}};

constexpr double kWorstAccuracy = 0.1;

Duration scaled(Duration duration, double factor) {
  // Half of what a Time can hold: a wild factor must not overflow it.
  constexpr double kMost = 4.6e18;
  return Duration{std::llround(std::min(kMost, static_cast<double>(duration.count()) * factor))};
}

Duration rounded_up(Duration duration) {
  const auto value = std::lower_bound(kRoundValues.begin(), kRoundValues.end(), duration);
  return value != kRoundValues.end() ? *value : Duration{std::chrono::ceil<Days>(duration)};
}

}  // namespace

Duration estimate_of(Duration run_time, const EstimateRule& rule, Stream& stream) {
  if (const auto* factor = std::get_if<FactorEstimate>(&rule)) {
    return scaled(run_time, factor->factor.draw(stream));
  }
  if (std::holds_alternative<RoundEstimate>(rule)) {
    const double accuracy =
        boost::random::uniform_real_distribution<double>(kWorstAccuracy, 1)(stream);
    return rounded_up(std::max(run_time, scaled(run_time, 1 / accuracy)));
  }
  return run_time;
}

bool is_random(const EstimateRule& rule) {
  if (const auto* factor = std::get_if<FactorEstimate>(&rule)) return factor->factor.is_random();
  return std::holds_alternative<RoundEstimate>(rule);
}

}  // namespace tandem
