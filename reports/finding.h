// One thing about a run that its reader must know before any figure: what kind, how bad, who.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// kCritical: the figures do not describe a cluster that could go on like this.
enum class Severity : std::uint8_t { kNote, kWarning, kCritical };
inline constexpr std::string_view kSeverityNames[] = {"note", "warning", "critical"};

struct Finding {
  std::string kind;  ///< "saturation"; the kinds stand at Findings.
  Severity severity = Severity::kNote;
  std::string summary;            ///< One sentence, with names and numbers, without a full stop.
  std::uint64_t count = 0;        ///< Of what `kind` is about, usually jobs.
  std::vector<std::string> jobs;  ///< A few of them by name, worst first.
  friend bool operator==(const Finding&, const Finding&) = default;
};

}  // namespace tandem
