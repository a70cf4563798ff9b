#include "reports/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "reports/human.h"

namespace tandem {
namespace {

constexpr double kRedrawAfter = 0.2;
constexpr double kLineAfter = 10;
/// Before this much is done, an estimate would be a guess.
constexpr double kEnoughToTell = 0.01;
/// To the first column, and erase what stands there.
constexpr std::string_view kClearLine = "\r\x1b[K";

std::string seconds_text(double seconds) {
  return seconds < 1 ? fmt::format("{:.1f} s", seconds) : human(seconds, Unit::kSeconds);
}

}  // namespace

Progress::Progress(std::size_t runs, Mode mode, Clock clock, Write write)
    : done_(runs, 0),
      mode_(mode),
      clock_(std::move(clock)),
      write_(std::move(write)),
      begun_(clock_()) {
  // Plain lines are for long runs: the first comes after its time, too.
  if (mode_ == Mode::kLines) last_said_ = begun_;
}

void Progress::update(std::size_t run, double fraction) {
  done_[run] = std::clamp(fraction, done_[run], 1.0);  // A bar never goes back.
  if (mode_ == Mode::kQuiet) return;
  const double now = clock_();
  const double pause = mode_ == Mode::kTerminal ? kRedrawAfter : kLineAfter;
  if (last_said_ && now - *last_said_ < pause) return;
  last_said_ = now;
  const std::string text = line(now - begun_);
  write_(mode_ == Mode::kTerminal ? std::string(kClearLine) + text : text + "\n");
}

void Progress::finish() {
  if (mode_ == Mode::kTerminal && last_said_) write_(kClearLine);
  last_said_.reset();
}

std::string Progress::line(double elapsed) const {
  const double sum = std::accumulate(done_.begin(), done_.end(), 0.0);
  const double fraction = done_.empty() ? 1 : sum / static_cast<double>(done_.size());
  std::string text = fmt::format("{:3.0f} %", 100 * fraction);
  if (done_.size() > 1) {
    const auto ended = std::count(done_.begin(), done_.end(), 1.0);
    text += fmt::format("  {} of {} runs", ended, done_.size());
  }
  text += "  " + seconds_text(elapsed);
  if (fraction >= kEnoughToTell && fraction < 1) {
    text += ", about " + seconds_text(elapsed * (1 - fraction) / fraction) + " left";
  }
  return text;
}

}  // namespace tandem
