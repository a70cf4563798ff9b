// How far several runs are and how long they will take, for whoever waits at a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/status_line.h"

namespace tandem {

/// A status line with the part that is done, and an estimate of what is left.
class Progress {
 public:
  using Mode = StatusLine::Mode;

  Progress(std::size_t runs, Mode mode, StatusLine::Clock clock, StatusLine::Write write);

  /// Of one run, from 0 to 1. Says something if it is time to.
  void update(std::size_t run, double fraction);
  /// Clears the line: what follows is the result.
  void finish() { line_.finish(); }

 private:
  std::string text(double elapsed) const;

  std::vector<double> done_;
  StatusLine line_;
};

}  // namespace tandem
