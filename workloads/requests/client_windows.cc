// ServeGen's windows of arrivals: a table without a header.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "workloads/requests/servegen.h"
#include "workloads/traces/csv.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

constexpr double kHighestRate = 1e6;
constexpr double kHighestCv = 1e6;
/// Of a single window; all others end where the next begins.
constexpr Duration kUsualLength = std::chrono::minutes{10};

double number(const Field& field, double most, std::string_view expected) {
  double value = -1;
  const char* const end = field.text.data() + field.text.size();
  const auto [rest, error] = std::from_chars(field.text.data(), end, value);
  if (error != std::errc{} || rest != end || !(value >= 0 && value <= most)) fail(field, expected);
  return value;
}

GapFamily family(const Field& field) {
  if (field.text == "Gamma") return GapFamily::kGamma;
  if (field.text == "Weibull") return GapFamily::kWeibull;
  // So few requests that no family was fitted.
  if (field.text.empty()) return GapFamily::kExponential;
  fail(field, "Gamma, Weibull or nothing");
}

}  // namespace

std::vector<ClientWindow> read_client_windows(std::string_view text, const std::string& file) {
  CsvReader csv(text, file, {"start", "rate", "cv", "family", "parameter 1", "parameter 2"});
  std::vector<ClientWindow> windows;
  while (csv.next()) {
    const Field start = csv.field(0);
    ClientWindow window;
    window.start = Time{seconds(start)};
    window.rate = number(csv.field(1), kHighestRate, "a rate per second, from 0 to 1e6");
    window.cv = number(csv.field(2), kHighestCv, "a coefficient of variation, from 0 to 1e6");
    window.family = family(csv.field(3));
    if (!windows.empty()) {
      ClientWindow& last = windows.back();
      if (window.start <= last.start) fail(start, "a later start than the window before has");
      last.length = window.start - last.start;
    }
    windows.push_back(window);
  }
  if (windows.empty()) throw InputError(Position{file}, "there is no window in it");
  windows.back().length = windows.size() > 1 ? windows[windows.size() - 2].length : kUsualLength;
  const double end = to_seconds(windows.back().start) + to_seconds(windows.back().length);
  if (end > to_seconds(kForever)) throw InputError(Position{file}, "it lasts more than 292 years");
  return windows;
}

std::vector<ClientWindow> read_client_windows(const std::filesystem::path& file) {
  const TextFile opened(file);
  return read_client_windows(opened.text(), file.string());
}

std::vector<ClientWindow> cut_windows(const std::vector<ClientWindow>& windows, Time from,
                                      Time until) {
  std::vector<ClientWindow> kept;
  for (ClientWindow window : windows) {
    const Time end = std::min(window.start + window.length, until);
    window.start = std::max(window.start, from);
    if (window.start >= end) continue;
    window.length = end - window.start;
    window.start = kStartOfTime + (window.start - from);
    kept.push_back(window);
  }
  return kept;
}

}  // namespace tandem
