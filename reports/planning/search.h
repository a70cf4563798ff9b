// The cheapest candidate that keeps all promises: which to simulate next, with how many seeds, and
// when enough is known.
//
// Pure: whoever asks simulates. So the search is tested without a simulator, and gives the same
// answer however many simulations run at one time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/planning/slo.h"
#include "reports/planning/verdict.h"

namespace tandem {

/// A cluster under a policy. Candidates of one lane differ only in how much they have of each
/// thing: `amounts`, in the order of the axes.
struct Candidate {
  std::size_t lane = 0;
  std::vector<double> amounts;
  std::size_t cluster = 0;  ///< Equal for the same settings under several policies.
  double price = 0;         ///< What it costs by the objective; 0 where only runs tell.
};

/// What one run of a candidate came to.
struct Observation {
  std::vector<std::optional<double>> figures;  ///< By promise; nothing counts as a promise missed.
  std::optional<double> price;                 ///< Where only runs tell; nothing where they do not.
};

enum class CandidateState : std::uint8_t {
  kUntried,
  kTrying,
  kMeets,
  kMisses,
  kOpen,     ///< All seeds were not enough to tell.
  kLeftOut,  ///< Nobody wants it.
};

struct CandidateRecord {
  CandidateState state = CandidateState::kUntried;
  std::vector<Observation> runs;      ///< By seed.
  std::vector<Judgement> judgements;  ///< By promise; empty before the first look.
  std::string obstacle;               ///< Why it cannot do at all; empty: it can.
};

/// Seeds [first, last) of a candidate, by their place in the list of seeds.
struct Probe {
  std::size_t candidate = 0;
  std::size_t first = 0;
  std::size_t last = 0;
};

struct SearchRules {
  VerdictRule verdicts;
  bool runs_tell_prices = false;  ///< As of energy, or of devices paid for while they are held.
  bool is_exhaustive = false;     ///< Tries every candidate.
};

/// Each step tries in every lane the candidate that halves what is left: if it meets the promises,
/// what costs more is out; if it misses one by more than kSlack, so do those of its lane that have
/// no more of anything. The latter is an assumption (scheduling has anomalies: R. L. Graham,
/// "Bounds on Multiprocessing Timing Anomalies", 1969). It is held against all pairs that have been
/// simulated, and against the next cheaper candidate, which always is; a lane in which it does not
/// hold is gone through one by one.
class PlanSearch {
 public:
  /// Less of everything is taken to lower no strain by more than this part of it.
  static constexpr double kSlack = 0.1;

  PlanSearch(std::vector<Candidate> candidates, std::vector<Slo> slos, SearchRules rules);

  /// What to simulate now, at most one candidate of each lane; empty when the search is over.
  std::vector<Probe> next();
  /// One run, seed after seed.
  void add(std::size_t candidate, Observation observation);
  /// As if it were no candidate: it is too dear, or not what one has already and more.
  void leave_out(std::size_t candidate);
  /// It cannot be, as when a gang fits nowhere: no run is needed, and none will be asked for.
  void rule_out(std::size_t candidate, std::string obstacle);

  const std::vector<Candidate>& candidates() const { return candidates_; }
  const CandidateRecord& record(std::size_t candidate) const { return records_[candidate]; }
  const std::vector<Slo>& slos() const { return slos_; }
  const SearchRules& rules() const { return rules_; }

  /// The cheapest that meets all promises; of equal ones, that with most room.
  std::optional<std::size_t> answer() const;
  /// The dearest of those that are cheaper than the answer.
  std::optional<std::size_t> next_cheaper() const;
  /// Cheaper than the answer, if there is one, and not told from the bound.
  std::vector<std::size_t> open() const;
  /// Lanes in which more of something was worse.
  const std::vector<bool>& irregular() const { return irregular_; }

  /// By the objective: its own, or the mean of its runs; nothing where neither is known.
  std::optional<double> price_of(std::size_t candidate) const;
  /// Of the promise that is nearest to its bound, or furthest beyond it; nothing before any run.
  std::optional<double> worst_strain(std::size_t candidate) const;
  /// Simulated candidates of which no other is as cheap and has more room, the cheapest first.
  std::vector<std::size_t> front() const;
  /// Candidates that may still be tried, and about how many calls of next() that will take.
  std::size_t left() const;
  std::size_t rounds_left() const;

 private:
  struct Range {
    double low = 0;
    double high = 0;
  };

  bool is_at_most(std::size_t a, std::size_t b) const;
  bool misses_clearly(std::size_t candidate) const;
  bool is_out(std::size_t candidate) const;
  std::vector<std::size_t> undecided(std::size_t lane) const;
  std::size_t halving(const std::vector<std::size_t>& undecided) const;
  Probe probe(std::size_t candidate);
  void look(std::size_t candidate);
  void compare_with_lane(std::size_t candidate);
  Range strain_range(std::size_t candidate, std::size_t slo) const;
  bool contradicts(std::size_t less, std::size_t more) const;

  std::vector<Candidate> candidates_;
  std::vector<Slo> slos_;
  SearchRules rules_;
  std::vector<CandidateRecord> records_;
  std::vector<bool> irregular_;
  std::vector<std::vector<std::size_t>> lanes_;
  std::vector<std::optional<std::size_t>> trying_;  ///< By lane.
  std::optional<std::size_t> best_;
};

}  // namespace tandem
