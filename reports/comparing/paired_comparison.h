// Two results side by side, paired: by policy and seed, and within these by job. What changed, how
// far that may be trusted, and whether a gate fails on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/comparing/bootstrap.h"
#include "reports/comparing/gate.h"
#include "reports/comparing/sample_table.h"
#include "reports/comparing/verdict.h"
#include "reports/conditions/condition.h"
#include "reports/conditions/named_figure.h"
#include "reports/result_json.h"

namespace tandem {

/// BASE or HEAD.
struct ComparedResult {
  std::string path;  ///< As the user named it.
  ScenarioInfo scenario;
  std::vector<RunResult> runs;
  /// The jobs or requests of a run, one by one; nothing where there is no such table.
  std::function<std::optional<SampleTable>(const RunResult&, OverSamples::Table)> samples;
};

struct ComparisonSettings {
  double confidence = 0.95;
  MinimumEffects minimum;
  std::vector<Condition> conditions;  ///< None: see default_gate_figures().
  /// Differences are facts, not samples: no intervals, every verdict by the values alone.
  bool is_exact = false;
};

/// From so many seeds on, runs are what is drawn from, and tables of jobs are not needed.
inline constexpr std::size_t kEnoughSeeds = 6;

/// What differences were drawn from. Runs if there are kEnoughSeeds, else stretches of runs if
/// tables of jobs say what is in them, else the runs of 2 to 5 seeds, which give wide intervals.
enum class DrawnFrom : std::uint8_t { kRuns, kStretches, kOneRun, kExact };

struct ComparedFigure {
  NamedFigure figure;  ///< Its value is not used.
  DrawnFrom drawn_from = DrawnFrom::kOneRun;
  std::size_t units = 0;  ///< That were drawn from.
  PairedEstimate estimate;
  MinimumEffect minimum;
  std::optional<Verdict> verdict;
};

/// What became of the same jobs under both.
struct JobPairs {
  struct Delayed {
    std::string job;
    std::uint64_t seed = 0;
    double base_wait_s = 0;
    double head_wait_s = 0;
  };
  std::size_t common = 0;
  std::size_t only_base = 0;
  std::size_t only_head = 0;
  std::size_t ended_otherwise = 0;  ///< Completed under one of the two only.
  std::size_t wait_longer = 0;
  std::size_t wait_shorter = 0;
  std::vector<Delayed> most_delayed;  ///< The three whose wait has grown most, worst first.
};

struct ComparedPolicy {
  std::string base;
  std::string head;
  std::vector<std::uint64_t> seeds;
  std::vector<ComparedFigure> figures;
  std::optional<JobPairs> jobs;

  std::string name() const { return base == head ? head : base + " -> " + head; }
};

/// One condition held against one policy.
struct Gate {
  Condition condition;
  std::size_t policy = 0;  ///< Places in PairedComparison.
  std::size_t figure = 0;
  GateOutcome alone = GateOutcome::kPasses;    ///< If it were the only one.
  GateOutcome outcome = GateOutcome::kPasses;  ///< See decide_together().
};

struct PairedComparison {
  ComparedResult base;  ///< Without runs.
  ComparedResult head;
  double confidence = 0.95;
  std::vector<ComparedPolicy> policies;
  std::vector<Gate> gates;
  std::size_t decided_together = 0;  ///< Conditions, of this comparison and others.
  bool is_default_gate = false;
  std::vector<std::string> notes;  ///< How BASE and HEAD differ, and what was left out.

  /// The worst of the gates.
  GateOutcome outcome() const;
  const ComparedFigure& figure_of(const Gate& gate) const;
};

/// The figures that must not be worse if no conditions are given, as far as there are such: waits,
/// JCTs and slowdowns in the mean, the p95 of waits, utilization, cost, completed and failed jobs;
/// of pipelines the mean makespan; of services attainment, goodput, the p95 of TTFT and TPOT. By
/// their full names.
std::vector<std::string> default_gate_figures(const RunResult& run);

/// Decides all gates of some comparisons as outcomes_together() does.
void decide_together(std::span<PairedComparison* const> comparisons);

/// Throws InputError if no run of BASE can be paired with one of HEAD, and for conditions and
/// minimum effects on figures that there are not. Its gates are decided together.
PairedComparison compare_paired(ComparedResult base, ComparedResult head,
                                const ComparisonSettings& settings);

}  // namespace tandem
