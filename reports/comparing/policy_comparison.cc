#include "reports/comparing/policy_comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "policies/core/error.h"
#include "reports/comparing/stretched_runs.h"

namespace tandem {
namespace {

using Table = OverSamples::Table;

constexpr std::size_t kMostDelayed = 3;

/// A seed under both.
struct RunPair {
  const RunResult* base = nullptr;
  const RunResult* head = nullptr;
};

/// Equal but for what the computer took.
bool same_run(RunResult a, RunResult b) {
  a.seed = b.seed = 0;
  a.engine = b.engine = {};
  return a == b;
}

/// The figure of a name that has a value: most likely at the place that it has in another run of
/// the same scenario. Null if there is none.
const NamedFigure* valued(const std::vector<NamedFigure>& figures, std::size_t place,
                          const std::string& full_name) {
  const NamedFigure* found = nullptr;
  if (place < figures.size() && figures[place].full_name == full_name) {
    found = &figures[place];
  } else if (const auto it = std::ranges::find(figures, full_name, &NamedFigure::full_name);
             it != figures.end()) {
    found = &*it;
  }
  return found != nullptr && found->value ? found : nullptr;
}

/// Compares one policy of BASE with one of HEAD.
class PolicyComparer {
 public:
  PolicyComparer(const ComparedResult& base, const ComparedResult& head,
                 const ComparisonSettings& settings, std::vector<std::string>& notes)
      : base_(base), head_(head), settings_(settings), notes_(notes) {}

  ComparedPolicy compare(const PolicyPair& names);

 private:
  void pair_runs();
  void leave_out_copies();
  void pair_jobs();
  void cut_runs();
  std::optional<PairedTables> tables_of(const RunPair& pair, Table table) const;
  void compare_figures();
  ComparedFigure compare_figure(std::size_t place) const;
  void estimate(std::size_t place, ComparedFigure& compared) const;
  const StretchedRuns* stretches(Table table) const;
  bool needs_stretches() const { return !settings_.is_exact && runs_.size() < kEnoughSeeds; }
  void note(const std::string& text);

  const ComparedResult& base_;
  const ComparedResult& head_;
  const ComparisonSettings& settings_;
  std::vector<std::string>& notes_;
  ComparedPolicy result_;
  std::vector<RunPair> runs_;
  std::vector<std::vector<NamedFigure>> base_figures_;  // By run.
  std::vector<std::vector<NamedFigure>> head_figures_;
  std::vector<PairedTables> jobs_;
  std::vector<PairedTables> requests_;
  std::unique_ptr<StretchedRuns> job_stretches_;
  std::unique_ptr<StretchedRuns> request_stretches_;
  std::unique_ptr<Resamples> resamples_;  // Of runs, if there are two.
};

void PolicyComparer::note(const std::string& text) {
  notes_.push_back(result_.name() + ": " + text);
}

void PolicyComparer::pair_runs() {
  std::size_t alone = 0;
  for (const RunResult& base : base_.runs) {
    if (base.policy != result_.base) continue;
    const auto head = std::ranges::find_if(head_.runs, [&](const RunResult& run) {
      return run.policy == result_.head && run.seed == base.seed;
    });
    if (head == head_.runs.end()) {
      ++alone;
    } else {
      runs_.push_back({&base, &*head});
    }
  }
  if (runs_.empty()) {
    throw InputError(fmt::format("{} has no seed in both {} and {}: nothing can be paired",
                                 result_.name(), base_.path, head_.path));
  }
  const auto heads =
      static_cast<std::size_t>(std::ranges::count(head_.runs, result_.head, &RunResult::policy));
  if (alone > 0 || heads > runs_.size()) {
    note(fmt::format("left out are {} of BASE and {} of HEAD, whose seeds the other does not have",
                     alone == 1 ? "1 run" : fmt::format("{} runs", alone),
                     heads - runs_.size() == 1 ? "1" : fmt::format("{}", heads - runs_.size())));
  }
}

/// Where nothing is random, more seeds are the same run again and say nothing more.
void PolicyComparer::leave_out_copies() {
  if (runs_.size() < 2) return;
  const bool all_same = std::all_of(runs_.begin() + 1, runs_.end(), [&](const RunPair& pair) {
    return same_run(*pair.base, *runs_[0].base) && same_run(*pair.head, *runs_[0].head);
  });
  if (!all_same) return;
  note(fmt::format("all {} seeds gave the same run, which is counted once", runs_.size()));
  runs_.resize(1);
}

std::optional<PairedTables> PolicyComparer::tables_of(const RunPair& pair, Table table) const {
  auto base = base_.samples ? base_.samples(*pair.base, table) : std::nullopt;
  auto head = base && head_.samples ? head_.samples(*pair.head, table) : std::nullopt;
  if (!head) return std::nullopt;
  PairedTables both{std::move(*base), std::move(*head), {}};
  both.pairing = pair_samples(both.base, both.head);
  return both;
}

void add_delayed(const PairedTables& tables, std::uint64_t seed, JobPairs& jobs) {
  for (const SamplePair& pair : tables.pairing.pairs) {
    const Sample& base = tables.base.samples[pair.base];
    const Sample& head = tables.head.samples[pair.head];
    const auto& before = base.values[kWaitColumn];
    const auto& after = head.values[kWaitColumn];
    jobs.ended_otherwise += before.has_value() != after.has_value();
    if (!before || !after) continue;
    jobs.wait_longer += *after > *before;
    jobs.wait_shorter += *after < *before;
    if (*after <= *before) continue;
    const auto growth = [](const JobPairs::Delayed& job) {
      return job.head_wait_s - job.base_wait_s;
    };
    const JobPairs::Delayed job{base.id, seed, *before, *after};
    const auto place = std::ranges::find_if(
        jobs.most_delayed, [&](const auto& other) { return growth(other) < growth(job); });
    jobs.most_delayed.insert(place, job);
    if (jobs.most_delayed.size() > kMostDelayed) jobs.most_delayed.pop_back();
  }
}

void PolicyComparer::pair_jobs() {
  JobPairs jobs;
  for (const RunPair& pair : runs_) {
    auto tables = tables_of(pair, Table::kJobs);
    if (!tables) {
      jobs_.clear();
      return;
    }
    jobs.common += tables->pairing.pairs.size();
    jobs.only_base += tables->pairing.only_base;
    jobs.only_head += tables->pairing.only_head;
    add_delayed(*tables, pair.base->seed, jobs);
    if (needs_stretches()) jobs_.push_back(std::move(*tables));
  }
  if (jobs.only_base + jobs.only_head > 0) {
    note(fmt::format("the jobs differ: {} in both, {} only in BASE, {} only in HEAD", jobs.common,
                     jobs.only_base, jobs.only_head));
  }
  result_.jobs = std::move(jobs);
}

void PolicyComparer::cut_runs() {
  if (!needs_stretches()) return;
  for (const RunPair& pair : runs_) {
    auto tables = tables_of(pair, Table::kRequests);
    if (!tables) break;
    requests_.push_back(std::move(*tables));
  }
  if (requests_.size() < runs_.size()) requests_.clear();
  auto jobs = std::make_unique<StretchedRuns>(jobs_);
  auto requests = std::make_unique<StretchedRuns>(requests_);
  if (jobs->has_stretches()) job_stretches_ = std::move(jobs);
  if (requests->has_stretches()) request_stretches_ = std::move(requests);
}

const StretchedRuns* PolicyComparer::stretches(Table table) const {
  return table == Table::kJobs ? job_stretches_.get() : request_stretches_.get();
}

void PolicyComparer::estimate(std::size_t place, ComparedFigure& compared) const {
  std::vector<Sides> sides;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const std::string& name = compared.figure.full_name;
    sides.push_back({*valued(base_figures_[i], place, name)->value,
                     *valued(head_figures_[i], place, name)->value});
  }
  const MeanOverRuns runs(sides);
  const std::vector<std::uint8_t> once(sides.size(), 1);
  const auto& samples = compared.figure.samples;
  const bool has_stretches = samples && stretches(samples->table) != nullptr;
  if (settings_.is_exact) {
    compared.drawn_from = DrawnFrom::kExact;
    compared.estimate = exact_estimate(runs.at(once));
  } else if (needs_stretches() && has_stretches) {
    const StretchedRuns& stretched = *stretches(samples->table);
    compared.drawn_from = DrawnFrom::kStretches;
    compared.units = stretched.units();
    compared.estimate =
        paired_estimate(stretched.statistic(*samples), stretched.resamples(), settings_.confidence);
  } else if (sides.size() >= 2) {
    compared.drawn_from = DrawnFrom::kRuns;
    compared.units = sides.size();
    compared.estimate = paired_estimate(runs, *resamples_, settings_.confidence);
  } else {
    compared.estimate.value = runs.at(once);
  }
}

ComparedFigure PolicyComparer::compare_figure(std::size_t place) const {
  ComparedFigure compared;
  compared.figure = base_figures_[0][place];
  estimate(place, compared);
  const NamedFigure& figure = compared.figure;
  compared.minimum = settings_.minimum.of(figure, compared.estimate.value.base);
  compared.verdict = verdict_of(compared.estimate, compared.minimum, figure.better);
  return compared;
}

void PolicyComparer::compare_figures() {
  for (const RunPair& pair : runs_) {
    base_figures_.push_back(named_figures(*pair.base));
    head_figures_.push_back(named_figures(*pair.head));
  }
  std::vector<std::string> missing;
  for (std::size_t place = 0; place < base_figures_[0].size(); ++place) {
    const NamedFigure& figure = base_figures_[0][place];
    std::size_t in_both = 0;
    std::size_t in_one = 0;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const bool in_base = valued(base_figures_[i], place, figure.full_name) != nullptr;
      const bool in_head = valued(head_figures_[i], place, figure.full_name) != nullptr;
      in_both += in_base && in_head;
      in_one += in_base != in_head;
    }
    if (in_both == runs_.size()) {
      result_.figures.push_back(compare_figure(place));
    } else if (in_one > 0 && figure.is_shown) {
      missing.push_back(figure.name);
    }
  }
  if (!missing.empty()) {
    note(fmt::format("only one of BASE and HEAD has {} in every run: left out",
                     fmt::join(missing, ", ")));
  }
}

ComparedPolicy PolicyComparer::compare(const PolicyPair& names) {
  result_.base = names.base;
  result_.head = names.head;
  pair_runs();
  leave_out_copies();
  for (const RunPair& pair : runs_) result_.seeds.push_back(pair.base->seed);
  pair_jobs();
  if (runs_.size() >= 2) {
    resamples_ = std::make_unique<Resamples>(SampledUnits{1, runs_.size(), false});
  }
  cut_runs();
  compare_figures();
  return std::move(result_);
}

}  // namespace

ComparedPolicy compare_policy(const ComparedResult& base, const ComparedResult& head,
                              const PolicyPair& names, const ComparisonSettings& settings,
                              std::vector<std::string>& notes) {
  return PolicyComparer(base, head, settings, notes).compare(names);
}

}  // namespace tandem
