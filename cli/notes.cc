#include "cli/notes.h"

#include <unistd.h>

#include "cli/terminal.h"

namespace tandem {

bool says_notes(const Arguments& arguments) {
  return !arguments.quiet && arguments.log_level == "info";
}

Progress::Mode progress_mode(const Arguments& arguments) {
  if (!says_notes(arguments)) return Progress::Mode::kQuiet;
  return is_terminal(STDERR_FILENO) ? Progress::Mode::kTerminal : Progress::Mode::kLines;
}

}  // namespace tandem
