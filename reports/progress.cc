#include "reports/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "reports/human.h"

namespace tandem {
namespace {

/// Before this much is done, an estimate would be a guess.
constexpr double kEnoughToTell = 0.01;

std::string seconds_text(double seconds) {
  return seconds < 1 ? fmt::format("{:.1f} s", seconds) : human(seconds, Unit::kSeconds);
}

}  // namespace

Progress::Progress(std::size_t runs, Mode mode, StatusLine::Clock clock, StatusLine::Write write)
    : done_(runs, 0), line_(mode, std::move(clock), std::move(write)) {}

void Progress::update(std::size_t run, double fraction) {
  done_[run] = std::clamp(fraction, done_[run], 1.0);  // A bar never goes back.
  line_.update([this](double elapsed) { return text(elapsed); });
}

std::string Progress::text(double elapsed) const {
  const double sum = std::accumulate(done_.begin(), done_.end(), 0.0);
  const double fraction = done_.empty() ? 1 : sum / static_cast<double>(done_.size());
  std::string line = fmt::format("{:3.0f} %", 100 * fraction);
  if (done_.size() > 1) {
    const auto ended = std::count(done_.begin(), done_.end(), 1.0);
    line += fmt::format("  {} of {} runs", ended, done_.size());
  }
  line += "  " + seconds_text(elapsed);
  if (fraction >= kEnoughToTell && fraction < 1) {
    line += ", about " + seconds_text(elapsed * (1 - fraction) / fraction) + " left";
  }
  return line;
}

}  // namespace tandem
