#include "cli/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace tandem {
namespace {

int output_error = 0;  // errno of the first failure.

}  // namespace

bool is_terminal(int stream) { return isatty(stream) == 1; }

std::size_t terminal_width() {
  constexpr std::size_t kUsual = 80;
  winsize size{};
  if (!is_terminal(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return kUsual;
  return size.ws_col < 40 ? kUsual : size.ws_col;
}

bool use_color(int stream) {
  const char* no_color = std::getenv("NO_COLOR");
  return is_terminal(stream) && (no_color == nullptr || *no_color == '\0');
}

void secure_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0) continue;
    // The lowest free number is this one, for those below it are open. Nothing can be written to
    // what is open for reading: a result that nobody gets is an error.
    [[maybe_unused]] const int opened = open("/dev/null", O_RDONLY);
  }
}

void print_output(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written && output_error == 0) output_error = errno;
}

int finish_output(int exit_code) {
  if (std::fflush(stdout) != 0 && output_error == 0) output_error = errno;
  if (output_error == 0) return exit_code;
  print_error(fmt::format("cannot write to standard output: {}", std::strerror(output_error)));
  return exit_code == 0 ? 5 : exit_code;
}

void print_json(const nlohmann::ordered_json& document) {
  // Names may come from files that are not UTF-8.
  print_output(document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  print_output("\n");
}

void print_aside(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

void print_error(const std::string& message) {
  std::istringstream lines(message);
  for (std::string line; std::getline(lines, line);) print_aside("tandem: " + line + "\n");
}

std::string wrapped(const std::string& text, std::size_t width, std::size_t indent) {
  std::istringstream words(text);
  std::string result;
  std::size_t column = 0;
  for (std::string word; words >> word;) {
    if (column > 0 && column + 1 + word.size() + indent > width) {
      result += "\n" + std::string(indent, ' ');
      column = 0;
    }
    if (column > 0) result += ' ';
    result += word;
    column += word.size() + (column > 0 ? 1 : 0);
  }
  return result;
}

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i + 1 < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::size_t column = 0;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      text += fmt::format("{:<{}}  ", row[i], widths[i]);
      column += widths[i] + 2;
    }
    if (!row.empty()) text += wrapped(row.back(), terminal_width(), column);
    text += '\n';
  }
  return text;
}

}  // namespace tandem
