#include "cli/run_display.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal.h"
#include "reports/human.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr std::size_t kRowsOnTerminal = 20;

std::string devices_of(const ordered_json& job) {
  std::vector<DeviceId> devices;
  for (const std::uint32_t device : job["devices"]) devices.push_back({device});
  return devices.empty() ? "" : device_ranges(devices);
}

std::string number_or_blank(const ordered_json& value, int decimals) {
  return value.is_null() ? "" : fmt::format("{:.{}f}", value.get<double>(), decimals);
}

std::string state_of(const ordered_json& job) {
  const std::string state = job["state"];
  return state == "ended" ? job["how"].get<std::string>() : state;
}

std::vector<std::string> row_of(const ordered_json& job) {
  const bool has_stepped = job["steps_done"] > 0;
  return {
      job["name"],
      job["tenant"],
      devices_of(job),
      fmt::format("{}/{}", job["steps_done"].get<std::int64_t>(), job["steps"].get<std::int64_t>()),
      number_or_blank(job["loss"], 3),
      has_stepped ? fmt::format("{:.0f}", job["tokens_per_s"].get<double>()) : "",
      job["left_s"].is_null() ? "" : human(job["left_s"].get<double>(), Unit::kSeconds),
      state_of(job)};
}

/// Running ones first, then those that wait, then those that have ended last.
int rank_of(const ordered_json& job) {
  const std::string state = job["state"];
  if (state == "queued") return 1;
  return state == "ended" ? 2 : 0;
}

}  // namespace

std::string status_table(const ordered_json& status, std::size_t rows) {
  std::vector<const ordered_json*> jobs;
  for (const ordered_json& job : status["jobs"]) jobs.push_back(&job);
  std::ranges::stable_sort(jobs, {}, [](const ordered_json* job) { return rank_of(*job); });
  std::vector<std::vector<std::string>> table = {
      {"job", "tenant", "devices", "step", "loss", "tokens/s", "left", "state"}};
  std::size_t counts[3] = {};
  for (const ordered_json* job : jobs) {
    ++counts[rank_of(*job)];
    if (table.size() <= rows) table.push_back(row_of(*job));
  }
  std::string text = fmt::format(
      "{} under {}, after {}: {} on devices, {} waiting, {} ended\n",
      status["scenario"].get<std::string>(), status["policy"].get<std::string>(),
      human(status["now_s"].get<double>(), Unit::kSeconds), counts[0], counts[1], counts[2]);
  if (jobs.empty()) return text;
  text += aligned(table);
  if (jobs.size() > rows) text += fmt::format("… and {} more\n", jobs.size() - rows);
  return text;
}

void RunDisplay::attend() {
  const auto now = std::chrono::steady_clock::now();
  if (mode_ == Mode::kQuiet || now < next_) return;
  next_ = now + 500ms;
  mode_ == Mode::kTerminal ? redraw() : tell_changes();
}

void RunDisplay::redraw() {
  const std::string text = status_table(desk_.status(), kRowsOnTerminal);
  clear();
  print_aside(text);
  drawn_lines_ = static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

void RunDisplay::finish() {
  if (mode_ == Mode::kLines) tell_changes();
  clear();
}

void RunDisplay::clear() {
  if (drawn_lines_ == 0) return;
  print_aside(fmt::format("\x1b[{}A\x1b[J", drawn_lines_));
  drawn_lines_ = 0;
}

void RunDisplay::tell_changes() {
  const ordered_json status = desk_.status();
  for (const ordered_json& job : status["jobs"]) {
    std::string& told = told_[job["job_id"].get<std::uint32_t>()];
    const std::string state = state_of(job);
    if (told == state) continue;
    told = state;
    const std::string devices = devices_of(job);
    print_aside(fmt::format("{}: {}{}, step {} of {}\n", job["name"].get<std::string>(), state,
                            devices.empty() ? "" : " on " + devices,
                            job["steps_done"].get<std::int64_t>(),
                            job["steps"].get<std::int64_t>()));
  }
}

}  // namespace tandem
