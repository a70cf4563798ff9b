// What kind of terminal there is, and the words that go to it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Columns of standard output, 80 if it is no terminal.
std::size_t terminal_width();
/// Whether a stream (1: output, 2: errors) is a terminal and NO_COLOR is not set.
bool use_color(int stream);
bool is_terminal(int stream);

/// Opens what of the three standard streams is closed, so that no file of ours gets their numbers.
/// Writing to one of these fails.
void secure_streams();

/// Text on standard output. Whether it arrived is asked once, by finish_output.
void print_output(std::string_view text);
/// The exit code of the program: `exit_code`, or 5 with a message if output has been lost.
int finish_output(int exit_code);

/// One JSON document on standard output, indented, with a line break.
void print_json(const nlohmann::ordered_json& document);
/// Text on standard error, as it is. That it cannot be written is no error.
void print_aside(std::string_view text);
/// "tandem: MESSAGE" on standard error, every line of it.
void print_error(const std::string& message);

/// Columns aligned, two spaces between; the last column is wrapped at the terminal's width.
std::string aligned(const std::vector<std::vector<std::string>>& rows);
/// Text wrapped at `width`, continuation lines indented.
std::string wrapped(const std::string& text, std::size_t width, std::size_t indent);

}  // namespace tandem
