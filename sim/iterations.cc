#include "sim/iterations.h"

#include <algorithm>
#include <cmath>

namespace tandem {

Iterations::Iterations(const Communication& communication, Duration work, Fidelity fidelity,
                       std::size_t nodes)
    : communication_(communication),
      usual_work_(std::max(work, Duration{1})),
      ring_(fidelity == Fidelity::kL3 ? Network::Ring::kHops : Network::Ring::kOneFlow),
      transfers_(fidelity == Fidelity::kL3 ? 2 * (static_cast<std::uint32_t>(nodes) - 1) : 1) {}

void Iterations::begin(Duration left, Time now) {
  // Run times are rounded to nanoseconds, which must not become an iteration of their own.
  const auto usual = static_cast<double>(usual_work_.count());
  const auto all = static_cast<double>(std::max(left, Duration{1}).count());
  const double count = std::max(1.0, std::round(all / usual));
  work_ = Duration{std::llround(all / count)};
  part_ = static_cast<double>(work_.count()) / usual;
  transfers_left_ = transfers_;
  began_ = now;
}

double Iterations::transfer_s() const { return part_ * communication_.active_s() / transfers_; }

std::optional<Duration> Iterations::sent(Time now) {
  if (--transfers_left_ > 0) return std::nullopt;
  const double sending = to_seconds(now - began_) / part_;
  // Transfers end on whole nanoseconds; nobody gets more than all of its cards.
  const double share = std::min(1.0, communication_.active_s() / sending);
  const double rest = part_ * (communication_.iteration_s(share) - sending);
  return Duration{std::llround(std::max(0.0, rest) * 1e9)};
}

}  // namespace tandem
