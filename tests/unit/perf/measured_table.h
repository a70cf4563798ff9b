// Measurements in CSV files without quotes, by column name.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace tandem {

/// Calls `visit(number)` for each row, where `number(name)` is its value in a column.
template <class Visit>
void for_rows(const std::filesystem::path& path, Visit visit) {
  std::ifstream file(path);
  const auto split = [](const std::string& line) {
    std::vector<std::string> fields;
    std::istringstream in(line);
    for (std::string field; std::getline(in, field, ',');) fields.push_back(field);
    return fields;
  };
  std::string line;
  std::getline(file, line);
  std::map<std::string, std::size_t> column;
  for (const std::string& name : split(line)) column.emplace(name, column.size());
  while (std::getline(file, line)) {
    const auto fields = split(line);
    visit([&](const std::string& name) { return std::stod(fields.at(column.at(name))); });
  }
}

}  // namespace tandem
