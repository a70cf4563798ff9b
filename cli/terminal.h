// What kind of terminal there is, and the words that go to it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tandem {

/// Columns of standard output, 80 if it is no terminal.
std::size_t terminal_width();
/// Whether a stream (1: output, 2: errors) is a terminal and NO_COLOR is not set.
bool use_color(int stream);
bool is_terminal(int stream);

/// One JSON document on standard output, indented, with a line break.
void print_json(const nlohmann::ordered_json& document);
/// "tandem: MESSAGE" on standard error, every line of it.
void print_error(const std::string& message);

/// Columns aligned, two spaces between; the last column is wrapped at the terminal's width.
std::string aligned(const std::vector<std::vector<std::string>>& rows);
/// Text wrapped at `width`, continuation lines indented.
std::string wrapped(const std::string& text, std::size_t width, std::size_t indent);

}  // namespace tandem
