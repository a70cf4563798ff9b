#include "cli/training_results.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "cli/terminal.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;

/// The cells of a table's last row; nothing if it has none.
std::vector<double> last_row(const std::filesystem::path& csv) {
  std::ifstream file(csv);
  std::string line;
  std::string last;
  std::getline(file, line);  // The head.
  while (std::getline(file, line)) last = line;
  std::vector<double> cells;
  std::istringstream row(last);
  for (std::string cell; std::getline(row, cell, ',');) cells.push_back(std::stod(cell));
  return cells;
}

std::string text_of(const ordered_json& value, const char* key, int decimals) {
  return value[key].is_null() ? "" : fmt::format("{:.{}f}", value[key].get<double>(), decimals);
}

}  // namespace

ordered_json training_results(const ordered_json& status) {
  ordered_json results = ordered_json::array();
  for (const ordered_json& job : status["jobs"]) {
    if (job["kind"] != "train" && job["kind"] != "evaluate") continue;  // A replica.
    const std::filesystem::path folder = job["folder"].get<std::string>();
    const std::vector<double> losses = last_row(folder / "losses.csv");
    const std::vector<double> held_out = last_row(folder / "held_out.csv");
    constexpr std::size_t kColumns = 5;
    const bool has_learnt = losses.size() == kColumns;
    results.push_back(
        {{"job", job["name"]},
         {"end", job["how"]},
         {"steps", has_learnt ? static_cast<std::int64_t>(losses[0]) : std::int64_t{0}},
         {"loss", has_learnt ? ordered_json(losses[1]) : ordered_json()},
         {"held_out_loss", held_out.size() == 2 ? ordered_json(held_out[1]) : ordered_json()},
         {"tokens_per_s", has_learnt ? ordered_json(losses[4]) : ordered_json()},
         {"losses", (folder / "losses.csv").string()}});
  }
  return results;
}

std::string training_table(const ordered_json& results) {
  std::vector<std::vector<std::string>> rows = {
      {"job", "steps", "loss", "held-out loss", "tokens/s", "end"}};
  for (const ordered_json& job : results) {
    rows.push_back({job["job"], std::to_string(job["steps"].get<std::int64_t>()),
                    text_of(job, "loss", 4), text_of(job, "held_out_loss", 4),
                    text_of(job, "tokens_per_s", 0), job["end"]});
  }
  return aligned(rows);
}

}  // namespace tandem
