#include "workloads/requests/terms.h"

#include <boost/random/normal_distribution.hpp>
#include <cmath>

namespace tandem {

std::uint32_t predicted(std::uint32_t output, const PredictionRule& rule, Stream& stream) {
  if (std::holds_alternative<std::monostate>(rule)) return 0;
  const auto* rough = std::get_if<RoughPrediction>(&rule);
  if (rough == nullptr) return output;
  const double z = boost::random::normal_distribution<double>()(stream);
  const double guess = static_cast<double>(output) * (1 + rough->error * z);
  constexpr double kMost = 4e9;
  return static_cast<std::uint32_t>(std::llround(std::clamp(guess, 1.0, kMost)));
}

}  // namespace tandem
