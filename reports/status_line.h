// One line about a long work for whoever waits for it, however far it can tell it is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

/// On a terminal one line, redrawn at most five times a second; otherwise a plain line at most
/// every ten seconds. Not for several threads.
class StatusLine {
 public:
  enum class Mode : std::uint8_t { kTerminal, kLines, kQuiet };
  using Clock = std::function<double()>;  ///< Seconds, from any origin.
  using Write = std::function<void(std::string_view)>;
  /// What to say after so many seconds.
  using Text = std::function<std::string(double elapsed)>;

  StatusLine(Mode mode, Clock clock, Write write);

  /// Asks for the text only if it is time to say something.
  void update(const Text& text);
  /// Clears the line: something else is to stand there.
  void finish();

 private:
  Mode mode_;
  Clock clock_;
  Write write_;
  double begun_;
  std::optional<double> last_said_;
};

}  // namespace tandem
