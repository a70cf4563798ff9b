// How far several runs are and how long they will take, for whoever waits at a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// On a terminal one line, redrawn at most five times a second; otherwise a plain line at most
/// every ten seconds. Not for several threads.
class Progress {
 public:
  enum class Mode : std::uint8_t { kTerminal, kLines, kQuiet };
  using Clock = std::function<double()>;  ///< Seconds, from any origin.
  using Write = std::function<void(std::string_view)>;

  Progress(std::size_t runs, Mode mode, Clock clock, Write write);

  /// Of one run, from 0 to 1. Says something if it is time to.
  void update(std::size_t run, double fraction);
  /// Clears the line: what follows is the result.
  void finish();

 private:
  std::string line(double elapsed) const;

  std::vector<double> done_;
  Mode mode_;
  Clock clock_;
  Write write_;
  double begun_;
  std::optional<double> last_said_;
};

}  // namespace tandem
