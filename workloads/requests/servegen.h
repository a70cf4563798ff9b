// Clients as ServeGen (Xiang et al., NSDI '26) describes them: how often they ask, window by
// window, and how long their prompts and answers are. Not requests, but what to draw them from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/units.h"
#include "workloads/generators/weighted_choice.h"

namespace tandem {

enum class GapFamily : std::uint8_t { kExponential, kGamma, kWeibull };

/// What was measured of a client's arrivals during some minutes.
struct ClientWindow {
  Time start;
  Duration length{};
  double rate = 0;  ///< Mean arrivals per second.
  double cv = 1;    ///< Of the gaps between them.
  GapFamily family = GapFamily::kExponential;
};

/// The windows of a *-trace.csv: rows of start in seconds, rate, coefficient of variation, family
/// and two fitted parameters, which are not used, since they do not always agree with the rate.
/// Throws InputError with the place of whatever is wrong.
std::vector<ClientWindow> read_client_windows(const std::filesystem::path& file);
std::vector<ClientWindow> read_client_windows(std::string_view text, const std::string& file);

/// The part of them from one time to another, which becomes time 0; the rates of windows that are
/// cut hold for what is left of them.
std::vector<ClientWindow> cut_windows(const std::vector<ClientWindow>& windows, Time from,
                                      Time until);

/// How long prompts and answers are from some time on.
struct LengthWindow {
  Time start;
  WeightedChoice<std::uint32_t> prompt;
  WeightedChoice<std::uint32_t> output;
};

/// The histograms of a *-dataset.json, ordered by their start, without those that are empty. Throws
/// InputError with the place of whatever is wrong, and if none is left.
std::vector<LengthWindow> read_client_lengths(const std::filesystem::path& file);
std::vector<LengthWindow> read_client_lengths(std::string_view text, const std::string& file);

}  // namespace tandem
