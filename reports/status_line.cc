#include "reports/status_line.h"

#include <utility>

namespace tandem {
namespace {

constexpr double kRedrawAfter = 0.2;
constexpr double kLineAfter = 10;
/// To the first column, and erase what stands there.
constexpr std::string_view kClearLine = "\r\x1b[K";

}  // namespace

StatusLine::StatusLine(Mode mode, Clock clock, Write write)
    : mode_(mode), clock_(std::move(clock)), write_(std::move(write)), begun_(clock_()) {
  // Plain lines are for long works: the first comes after its time, too.
  if (mode_ == Mode::kLines) last_said_ = begun_;
}

void StatusLine::update(const Text& text) {
  if (mode_ == Mode::kQuiet) return;
  const double now = clock_();
  const double pause = mode_ == Mode::kTerminal ? kRedrawAfter : kLineAfter;
  if (last_said_ && now - *last_said_ < pause) return;
  last_said_ = now;
  const std::string line = text(now - begun_);
  write_(mode_ == Mode::kTerminal ? std::string(kClearLine) + line : line + "\n");
}

void StatusLine::finish() {
  if (mode_ != Mode::kTerminal || !last_said_) return;
  write_(kClearLine);
  last_said_.reset();
}

}  // namespace tandem
