#include "reports/planning/search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

namespace tandem {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Looking for the best halving costs the square of them; of more, some are looked at.
constexpr std::size_t kMostHalvings = 500;

bool is_judged(CandidateState state) {
  return state == CandidateState::kMeets || state == CandidateState::kMisses ||
         state == CandidateState::kOpen;
}

}  // namespace

PlanSearch::PlanSearch(std::vector<Candidate> candidates, std::vector<Slo> slos, SearchRules rules)
    : candidates_(std::move(candidates)),
      slos_(std::move(slos)),
      rules_(std::move(rules)),
      records_(candidates_.size()) {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    lanes_.resize(std::max(lanes_.size(), candidates_[i].lane + 1));
    lanes_[candidates_[i].lane].push_back(i);
  }
  irregular_.resize(lanes_.size());
  trying_.resize(lanes_.size());
}

std::vector<Probe> PlanSearch::next() {
  std::vector<Probe> probes;
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    if (!trying_[lane]) {
      const std::vector<std::size_t> left = undecided(lane);
      if (left.empty()) continue;
      trying_[lane] = halving(left);
    }
    probes.push_back(probe(*trying_[lane]));
  }
  if (!probes.empty()) return probes;
  const auto cheaper = next_cheaper();
  if (!cheaper || is_judged(records_[*cheaper].state)) return {};
  trying_[candidates_[*cheaper].lane] = *cheaper;
  return {probe(*cheaper)};
}

Probe PlanSearch::probe(std::size_t candidate) {
  CandidateRecord& record = records_[candidate];
  record.state = CandidateState::kTrying;
  const std::size_t done = record.runs.size();
  const auto& looks = rules_.verdicts.looks;
  return {candidate, done, *std::ranges::upper_bound(looks, done)};
}

void PlanSearch::add(std::size_t candidate, Observation observation) {
  CandidateRecord& record = records_[candidate];
  record.runs.push_back(std::move(observation));
  if (std::ranges::binary_search(rules_.verdicts.looks, record.runs.size())) look(candidate);
}

void PlanSearch::look(std::size_t candidate) {
  CandidateRecord& record = records_[candidate];
  record.judgements.clear();
  std::vector<double> values;
  for (std::size_t slo = 0; slo < slos_.size(); ++slo) {
    values.clear();
    for (const Observation& run : record.runs) {
      values.push_back(run.figures[slo].value_or(slos_[slo].is_ceiling() ? kInfinity : -kInfinity));
    }
    record.judgements.push_back(judge(slos_[slo], values, rules_.verdicts));
  }
  const auto has = [&](SloVerdict verdict) {
    return std::ranges::any_of(record.judgements,
                               [&](const Judgement& j) { return j.verdict == verdict; });
  };
  if (has(SloVerdict::kMisses)) {
    record.state = CandidateState::kMisses;
  } else if (!has(SloVerdict::kOpen)) {
    record.state = CandidateState::kMeets;
  } else if (record.runs.size() == rules_.verdicts.looks.back()) {
    record.state = CandidateState::kOpen;
  } else {
    return;
  }
  trying_[candidates_[candidate].lane].reset();
  compare_with_lane(candidate);
  best_ = answer();
}

void PlanSearch::rule_out(std::size_t candidate, std::string obstacle) {
  CandidateRecord& record = records_[candidate];
  record.state = CandidateState::kMisses;
  record.obstacle = std::move(obstacle);
  record.judgements.clear();
  if (trying_[candidates_[candidate].lane] == candidate)
    trying_[candidates_[candidate].lane].reset();
  compare_with_lane(candidate);
}

void PlanSearch::leave_out(std::size_t candidate) {
  records_[candidate].state = CandidateState::kLeftOut;
}

bool PlanSearch::is_at_most(std::size_t a, std::size_t b) const {
  const auto& less = candidates_[a].amounts;
  const auto& more = candidates_[b].amounts;
  return std::ranges::equal(less, more, std::less_equal<>());
}

bool PlanSearch::misses_clearly(std::size_t candidate) const {
  const CandidateRecord& record = records_[candidate];
  if (record.state != CandidateState::kMisses) return false;
  if (!record.obstacle.empty()) return true;
  for (std::size_t slo = 0; slo < slos_.size(); ++slo) {
    const Judgement& judgement = record.judgements[slo];
    if (judgement.verdict == SloVerdict::kMisses &&
        slos_[slo].strain(judgement.mean) > 1 + kSlack) {
      return true;
    }
  }
  return false;
}

/// Costs more than the answer so far. Of the same cluster under another policy, and of what only
/// runs can tell the price of, nobody knows yet.
bool PlanSearch::is_out(std::size_t candidate) const {
  if (!best_) return false;
  const Candidate& own = candidates_[candidate];
  if (!rules_.runs_tell_prices) {
    const Candidate& best = candidates_[*best_];
    return own.price > best.price || (own.price == best.price && own.cluster != best.cluster);
  }
  if (irregular_[own.lane]) return false;
  return std::ranges::any_of(lanes_[own.lane], [&](std::size_t other) {
    return records_[other].state == CandidateState::kMeets && is_at_most(other, candidate);
  });
}

std::vector<std::size_t> PlanSearch::undecided(std::size_t lane) const {
  std::vector<std::size_t> misses;
  for (const std::size_t candidate : lanes_[lane]) {
    if (!irregular_[lane] && misses_clearly(candidate)) misses.push_back(candidate);
  }
  std::vector<std::size_t> left;
  for (const std::size_t candidate : lanes_[lane]) {
    if (records_[candidate].state != CandidateState::kUntried) continue;
    const auto has_no_more = [&](std::size_t other) { return is_at_most(candidate, other); };
    const bool is_decided = is_out(candidate) || std::ranges::any_of(misses, has_no_more);
    if (rules_.is_exhaustive || !is_decided) left.push_back(candidate);
  }
  return left;
}

std::size_t PlanSearch::halving(const std::vector<std::size_t>& undecided) const {
  const std::size_t stride = 1 + (undecided.size() - 1) / kMostHalvings;
  std::size_t best = undecided.front();
  std::tuple<std::size_t, double> best_rank{0, -kInfinity};
  for (std::size_t i = 0; i < undecided.size(); i += stride) {
    const std::size_t candidate = undecided[i];
    std::size_t if_it_meets = 0;
    std::size_t if_it_misses = 0;
    for (const std::size_t other : undecided) {
      if_it_misses += is_at_most(other, candidate) ? 1 : 0;
      const bool is_dearer = rules_.runs_tell_prices
                                 ? is_at_most(candidate, other)
                                 : candidates_[other].price >= candidates_[candidate].price;
      if_it_meets += is_dearer ? 1 : 0;
    }
    const std::tuple rank{std::min(if_it_meets, if_it_misses), -candidates_[candidate].price};
    if (rank <= best_rank) continue;
    best = candidate;
    best_rank = rank;
  }
  return best;
}

PlanSearch::Range PlanSearch::strain_range(std::size_t candidate, std::size_t slo) const {
  const CandidateRecord& record = records_[candidate];
  if (record.judgements.empty()) return {kInfinity, kInfinity};
  const Judgement& judgement = record.judgements[slo];
  if (!std::isfinite(judgement.mean)) return {kInfinity, kInfinity};
  const double a = slos_[slo].strain(judgement.mean - judgement.half_width);
  const double b = slos_[slo].strain(judgement.mean + judgement.half_width);
  return {std::max(0.0, std::min(a, b)), std::max(a, b)};
}

/// Whether having more is clearly worse, where that matters: at a bound.
bool PlanSearch::contradicts(std::size_t less, std::size_t more) const {
  for (std::size_t slo = 0; slo < slos_.size(); ++slo) {
    const Range of_less = strain_range(less, slo);
    const Range of_more = strain_range(more, slo);
    if (of_more.low > 1 && of_more.low > (1 + kSlack) * of_less.high) return true;
  }
  const bool meets_with_less = records_[less].state == CandidateState::kMeets;
  const auto cheap = price_of(more);
  const auto dear = price_of(less);
  return rules_.runs_tell_prices && meets_with_less && cheap && dear && *cheap < *dear;
}

void PlanSearch::compare_with_lane(std::size_t candidate) {
  const std::size_t lane = candidates_[candidate].lane;
  for (const std::size_t other : lanes_[lane]) {
    if (other == candidate || !is_judged(records_[other].state)) continue;
    const bool is_less = is_at_most(other, candidate);
    if (is_less && contradicts(other, candidate)) irregular_[lane] = true;
    if (!is_less && is_at_most(candidate, other) && contradicts(candidate, other)) {
      irregular_[lane] = true;
    }
  }
}

std::optional<std::size_t> PlanSearch::answer() const {
  std::optional<std::size_t> best;
  std::tuple<double, double> least;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (records_[i].state != CandidateState::kMeets) continue;
    const std::tuple rank{price_of(i).value_or(kInfinity), worst_strain(i).value_or(kInfinity)};
    if (best && rank >= least) continue;
    best = i;
    least = rank;
  }
  return best;
}

std::optional<std::size_t> PlanSearch::next_cheaper() const {
  if (!best_) return std::nullopt;
  const double price = price_of(*best_).value_or(kInfinity);
  const std::size_t lane = candidates_[*best_].lane;
  std::optional<std::size_t> found;
  std::tuple<double, bool> highest;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const auto own = price_of(i);
    if (!own || *own >= price || records_[i].state == CandidateState::kLeftOut) continue;
    const std::tuple rank{*own, candidates_[i].lane == lane};
    if (found && rank <= highest) continue;
    found = i;
    highest = rank;
  }
  return found;
}

std::vector<std::size_t> PlanSearch::open() const {
  std::vector<std::size_t> all;
  const double price = best_ ? price_of(*best_).value_or(kInfinity) : kInfinity;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const bool is_open = records_[i].state == CandidateState::kOpen;
    if (is_open && (!best_ || price_of(i).value_or(0) < price)) all.push_back(i);
  }
  std::ranges::stable_sort(all, {}, [this](std::size_t i) { return price_of(i).value_or(0); });
  return all;
}

std::optional<double> PlanSearch::price_of(std::size_t candidate) const {
  if (!rules_.runs_tell_prices) return candidates_[candidate].price;
  const auto& runs = records_[candidate].runs;
  if (runs.empty()) return std::nullopt;
  double sum = 0;
  for (const Observation& run : runs) {
    if (!run.price) return std::nullopt;
    sum += *run.price;
  }
  return sum / static_cast<double>(runs.size());
}

std::optional<double> PlanSearch::worst_strain(std::size_t candidate) const {
  const CandidateRecord& record = records_[candidate];
  if (!record.obstacle.empty()) return kInfinity;
  if (record.judgements.empty()) return std::nullopt;
  double worst = 0;
  for (std::size_t slo = 0; slo < slos_.size(); ++slo) {
    worst = std::max(worst, slos_[slo].strain(record.judgements[slo].mean));
  }
  return worst;
}

std::size_t PlanSearch::left() const {
  std::size_t left = 0;
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) left += undecided(lane).size();
  return left;
}

std::size_t PlanSearch::rounds_left() const {
  std::size_t rounds = 1;
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    const auto left = static_cast<double>(undecided(lane).size());
    const double halvings = rules_.is_exhaustive || irregular_[lane] ? left : std::log2(left + 1);
    rounds = std::max(rounds, 1 + static_cast<std::size_t>(std::ceil(halvings)));
  }
  return rounds;
}

std::vector<std::size_t> PlanSearch::front() const {
  std::vector<std::size_t> tried;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (std::isfinite(worst_strain(i).value_or(kInfinity)) && price_of(i)) tried.push_back(i);
  }
  std::ranges::stable_sort(
      tried, {}, [this](std::size_t i) { return std::pair(*price_of(i), *worst_strain(i)); });
  std::vector<std::size_t> front;
  for (const std::size_t i : tried) {
    if (front.empty() || *worst_strain(i) < *worst_strain(front.back())) front.push_back(i);
  }
  return front;
}

}  // namespace tandem
