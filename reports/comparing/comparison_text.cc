#include "reports/comparing/comparison_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "reports/human.h"

namespace tandem {
namespace {

constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kGreen = "\x1b[1;32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kNoColor = "\x1b[0m";
constexpr std::size_t kColumns = 6;

/// With a sign, unless it is nothing.
std::string signed_text(double value, Unit unit) {
  if (std::isinf(value)) return value > 0 ? "+inf" : "-inf";
  if (value == 0) return human(0, unit);
  if (unit == Unit::kFraction && std::fabs(value) < 5e-6) return value > 0 ? "+0 %" : "-0 %";
  const std::string text = human(std::fabs(value), unit);
  return (value > 0 ? "+" : "-") + text;
}

/// In a change, a share of BASE or the unit of the figure; a change of a share is in points.
std::string amount_text(double value, const ComparedFigure& compared) {
  if (compared.minimum.is_relative) return signed_text(value, Unit::kFraction);
  if (compared.figure.unit != Unit::kFraction) return signed_text(value, compared.figure.unit);
  std::string points = signed_text(value, Unit::kFraction);
  return points.replace(points.size() - 1, 1, "pp");
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

/// Wrapped so that no percent sign stands alone at the beginning of a line.
std::string paragraph(std::string text, std::size_t width, std::string_view indent = "") {
  constexpr std::string_view kUnbroken = "\u00a0%";
  replace_all(text, " %", kUnbroken);
  text = wrapped(text, width, indent);
  replace_all(text, kUnbroken, " %");
  return text;
}

std::string counted_of(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::size_t with(const PairedComparison& comparison, Verdict verdict) {
  std::size_t count = 0;
  for (const ComparedPolicy& policy : comparison.policies) {
    for (const ComparedFigure& compared : policy.figures) count += compared.verdict == verdict;
  }
  return count;
}

std::size_t with(const PairedComparison& comparison, GateOutcome outcome) {
  return static_cast<std::size_t>(std::ranges::count(comparison.gates, outcome, &Gate::outcome));
}

/// Of the gates with this outcome, the one whose figure has changed most.
const Gate* worst_gate(const PairedComparison& comparison, GateOutcome outcome) {
  const Gate* worst = nullptr;
  const auto size = [&](const Gate& gate) {
    return std::fabs(comparison.figure_of(gate).estimate.value.relative());
  };
  for (const Gate& gate : comparison.gates) {
    if (gate.outcome != outcome) continue;
    if (worst == nullptr || size(gate) > size(*worst)) worst = &gate;
  }
  return worst;
}

/// "wait.mean under easy: +24.1 % (+18.9 % to +30.0 %), 1.25 h -> 1.55 h".
std::string gate_text(const PairedComparison& comparison, const Gate& gate) {
  const ComparedFigure& compared = comparison.figure_of(gate);
  const std::string interval = interval_text(compared);
  const Sides& value = compared.estimate.value;
  return fmt::format(
      "{} under {}: {}{}, {} -> {}", compared.figure.name, comparison.policies[gate.policy].name(),
      change_text(compared), interval == "-" ? "" : " (" + interval + ")",
      human(value.base, compared.figure.unit), human(value.head, compared.figure.unit));
}

/// How sure all conditions are together; empty for one alone, and for what is exact.
std::string together_text(const PairedComparison& comparison) {
  if (comparison.decided_together < 2 || comparison.gates.empty()) return "";
  if (comparison.figure_of(comparison.gates[0]).drawn_from == DrawnFrom::kExact) return "";
  const auto chance = [](const Gate& gate) { return gate.outcome != gate.alone; };
  const auto count = std::ranges::count_if(comparison.gates, chance);
  const std::string only_alone =
      count == 0 ? ""
                 : fmt::format(", so {} inconclusive that would fail alone",
                               count == 1 ? "one is" : fmt::format("{} are", count));
  return fmt::format(
      "{} conditions are decided together (Holm): that any fails wrongly has a chance of {:.3g} % "
      "at most{}.",
      comparison.decided_together, (1 - comparison.confidence) / 2 * 100, only_alone);
}

/// What would tell more, where intervals are too wide or missing.
std::string advice(const PairedComparison& comparison) {
  std::size_t seeds = 1;
  for (const ComparedPolicy& policy : comparison.policies) {
    seeds = std::max(seeds, policy.seeds.size());
  }
  return fmt::format("more seeds would tell, such as --seeds 1..{}", seeds < 8 ? 8 : 4 * seeds);
}

bool is_identical(const PairedComparison& comparison) {
  return std::ranges::all_of(comparison.policies, [](const ComparedPolicy& policy) {
    return std::ranges::all_of(policy.figures, [](const ComparedFigure& compared) {
      return compared.estimate.difference == Interval{0, 0} ||
             compared.estimate.value.difference() == 0;
    });
  });
}

std::string passed_text(const PairedComparison& comparison) {
  if (is_identical(comparison)) return "PASSED: BASE and HEAD have equal figures.";
  const std::size_t better = with(comparison, Verdict::kBetter);
  const std::size_t worse = with(comparison, Verdict::kWorse);
  const std::string gates = comparison.is_default_gate ? "nothing that counts is worse"
                                                       : fmt::format("no condition holds ({} held)",
                                                                     comparison.gates.size());
  const std::string changes = fmt::format(
      "{} better, {} worse, {} the same, {} unclear", counted_of(better, "figure", "figures"),
      worse, with(comparison, Verdict::kSame), with(comparison, Verdict::kInconclusive));
  return fmt::format("PASSED: {}; {}.", gates, changes);
}

/// A row of the table.
using Row = std::array<std::string, kColumns>;

bool is_worth_a_row(const PairedComparison& comparison, std::size_t policy, std::size_t place) {
  const ComparedFigure& compared = comparison.policies[policy].figures[place];
  const bool is_gated = std::ranges::any_of(comparison.gates, [&](const Gate& gate) {
    return gate.policy == policy && gate.figure == place;
  });
  if (is_gated) return true;
  const Sides& value = compared.estimate.value;
  if (compared.figure.is_shown) return value.base != 0 || value.head != 0;
  // A tenant whom a good mean hides.
  return compared.verdict == Verdict::kWorse && compared.figure.full_name.starts_with("tenants.");
}

Row row_of(const ComparedFigure& compared) {
  const Sides& value = compared.estimate.value;
  return {compared.figure.name,
          human(value.base, compared.figure.unit),
          human(value.head, compared.figure.unit),
          change_text(compared),
          interval_text(compared),
          std::string(compared.verdict ? verdict_name(*compared.verdict) : "-")};
}

std::string interval_title(const PairedComparison& comparison) {
  return fmt::format("{:g} % interval", comparison.confidence * 100);
}

std::string_view color_of(const std::string& verdict) {
  if (verdict == "worse") return kRed;
  if (verdict == "better") return kGreen;
  return verdict == "inconclusive" ? kYellow : std::string_view();
}

std::string table(const PairedComparison& comparison, std::size_t policy, bool color) {
  std::vector<Row> rows = {{"", "BASE", "HEAD", "change", interval_title(comparison), "verdict"}};
  const ComparedPolicy& compared = comparison.policies[policy];
  for (std::size_t place = 0; place < compared.figures.size(); ++place) {
    if (is_worth_a_row(comparison, policy, place)) rows.push_back(row_of(compared.figures[place]));
  }
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      const std::string blanks(widths[i] - display_width(row[i]), ' ');
      const bool is_last = i + 1 == kColumns;
      const std::string_view paint = color && is_last ? color_of(row[i]) : std::string_view();
      if (i > 0) text += "  ";
      if (i > 0 && !is_last) text += blanks;
      text.append(paint).append(row[i]).append(paint.empty() ? "" : kNoColor);
      if (i == 0) text += blanks;
    }
    text += '\n';
  }
  return text;
}

std::string jobs_text(const JobPairs& jobs) {
  std::string text =
      fmt::format("Of {} in both, {} wait longer and {} shorter.",
                  counted_of(jobs.common, "job", "jobs"), jobs.wait_longer, jobs.wait_shorter);
  if (jobs.ended_otherwise > 0) {
    text += fmt::format(" {} completed under one of the two only.", jobs.ended_otherwise);
  }
  if (jobs.most_delayed.empty()) return text;
  text += " Most delayed:";
  for (const JobPairs::Delayed& job : jobs.most_delayed) {
    text += fmt::format("{} {} (seed {}) {} -> {}", &job == &jobs.most_delayed[0] ? "" : ",",
                        job.job, job.seed, human(job.base_wait_s, Unit::kSeconds),
                        human(job.head_wait_s, Unit::kSeconds));
  }
  return text + ".";
}

/// Whether a figure has changed, and nobody knows how far to trust it.
bool lacks_intervals(const ComparedPolicy& policy) {
  return std::ranges::any_of(policy.figures, [](const ComparedFigure& compared) {
    return compared.drawn_from == DrawnFrom::kOneRun && compared.estimate.value.difference() != 0;
  });
}

/// Conditions that do not pass, each in a line.
std::vector<std::string> gate_lines(const PairedComparison& comparison) {
  std::vector<std::string> lines;
  for (const Gate& gate : comparison.gates) {
    if (gate.outcome == GateOutcome::kPasses) continue;
    lines.push_back(fmt::format("'{}' {}: {}", gate.condition.text, gate_outcome_name(gate.outcome),
                                gate_text(comparison, gate)));
  }
  return lines;
}

std::string markdown_row(const Row& row) {
  std::string text = "|";
  for (const std::string& cell : row) {
    text += ' ';
    for (const char c : cell) {
      if (c == '|' || c == '*' || c == '<') text += '\\';
      text += c;
    }
    text += " |";
  }
  return text + "\n";
}

std::string markdown_head(const PairedComparison& comparison) {
  return markdown_row({"", "BASE", "HEAD", "change", interval_title(comparison), "verdict"}) +
         "|---|---:|---:|---:|---:|---|\n";
}

}  // namespace

std::string change_text(const ComparedFigure& compared) {
  const Sides& value = compared.estimate.value;
  return amount_text(compared.minimum.is_relative ? value.relative() : value.difference(),
                     compared);
}

std::string interval_text(const ComparedFigure& compared) {
  const auto& interval =
      compared.minimum.is_relative ? compared.estimate.relative : compared.estimate.difference;
  if (!interval || compared.drawn_from == DrawnFrom::kExact) return "-";
  if (*interval == Interval{0, 0}) return "none";
  return amount_text(interval->low, compared) + " to " + amount_text(interval->high, compared);
}

std::string drawn_from_text(const ComparedPolicy& policy) {
  const std::string seeds = counted_of(policy.seeds.size(), "seed", "seeds");
  const auto has = [&](DrawnFrom what) {
    return std::ranges::find(policy.figures, what, &ComparedFigure::drawn_from);
  };
  if (has(DrawnFrom::kExact) != policy.figures.end()) return seeds + ", taken as they are";
  if (const auto cut = has(DrawnFrom::kStretches); cut != policy.figures.end()) {
    return fmt::format("{}, {} stretches", seeds, cut->units);
  }
  return seeds;
}

std::string verdict_line(const PairedComparison& comparison) {
  const GateOutcome outcome = comparison.outcome();
  if (outcome == GateOutcome::kPasses) return passed_text(comparison);
  const std::string first = gate_text(comparison, *worst_gate(comparison, outcome));
  const std::size_t more = with(comparison, outcome) - 1;
  const std::string others = more == 0 ? "" : fmt::format("; and {} more", more);
  if (outcome == GateOutcome::kFails) return fmt::format("FAILED: {}{}.", first, others);
  return fmt::format("INCONCLUSIVE: {}{}; {}.", first, others, advice(comparison));
}

std::string comparison_text(const PairedComparison& comparison, TableStyle style) {
  std::string text = paragraph(verdict_line(comparison), style.width);
  for (const std::string& note : comparison.notes) {
    text += paragraph("! " + note, style.width, "  ");
  }
  if (!comparison.is_default_gate) {
    for (const std::string& line : gate_lines(comparison)) {
      text += paragraph("- " + line, style.width, "  ");
    }
  }
  if (const std::string sure = together_text(comparison); !sure.empty()) {
    text += paragraph(sure, style.width);
  }
  for (std::size_t policy = 0; policy < comparison.policies.size(); ++policy) {
    const ComparedPolicy& compared = comparison.policies[policy];
    text += fmt::format("\n{}, {}\n", compared.name(), drawn_from_text(compared));
    text += table(comparison, policy, style.color);
    if (compared.jobs) text += paragraph(jobs_text(*compared.jobs), style.width);
    if (lacks_intervals(compared)) {
      text += paragraph(
          "Figures without an interval are of whole runs, and there is one: --seeds "
          "1..8 gives them one.",
          style.width);
    }
  }
  return text;
}

std::string comparison_markdown(const PairedComparison& comparison) {
  std::string text = fmt::format("**{}**\n\n", verdict_line(comparison));
  for (const std::string& note : comparison.notes) text += fmt::format("- {}\n", note);
  if (!comparison.notes.empty()) text += '\n';
  std::string changed;
  for (const ComparedPolicy& policy : comparison.policies) {
    for (const ComparedFigure& compared : policy.figures) {
      if (!compared.verdict || !compared.figure.is_shown) continue;
      if (*compared.verdict == Verdict::kSame || *compared.verdict == Verdict::kInconclusive) {
        continue;
      }
      Row row = row_of(compared);
      row[0] = fmt::format("{}, {}", row[0], policy.name());
      changed += markdown_row(row);
    }
  }
  if (!changed.empty()) text += markdown_head(comparison) + changed + '\n';
  for (std::size_t place = 0; place < comparison.policies.size(); ++place) {
    const ComparedPolicy& policy = comparison.policies[place];
    text += fmt::format("<details><summary>{}: all figures, {}</summary>\n\n", policy.name(),
                        drawn_from_text(policy));
    text += markdown_head(comparison);
    for (const ComparedFigure& compared : policy.figures) text += markdown_row(row_of(compared));
    if (policy.jobs) text += "\n" + jobs_text(*policy.jobs) + "\n";
    text += "\n</details>\n";
  }
  text += "<details><summary>Conditions</summary>\n\n";
  for (const Gate& gate : comparison.gates) {
    text += fmt::format("- `{}` {}: {}\n", gate.condition.text, gate_outcome_name(gate.outcome),
                        gate_text(comparison, gate));
  }
  if (const std::string sure = together_text(comparison); !sure.empty()) text += "\n" + sure + "\n";
  return text + "\n</details>\n";
}

}  // namespace tandem
