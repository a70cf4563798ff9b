// Checks of single words of the command line, in words for people: CLI11's own messages are not.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace tandem {

CLI::Validator whole_number(std::uint32_t least, std::uint32_t most);
/// "127.0.0.1:8000", "[::1]:0"
CLI::Validator address_and_port();
CLI::Validator number(double least, double most);
/// "95 %" or "0.95", which it becomes.
CLI::Validator share(double least, double most);
CLI::Validator one_of(const std::vector<std::string>& names);

}  // namespace tandem
