#include "cli/planning/outlook.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/human.h"

namespace tandem {
namespace {

/// How far beyond a bound the worst of some means is, and which it is.
struct Worst {
  double strain = 0;
  std::size_t slo = 0;
  double value = 0;
};

Worst worst_of(const PlanQuestion& question, const std::vector<double>& means) {
  Worst worst;
  for (std::size_t i = 0; i < means.size(); ++i) {
    const double strain = question.slos[i].strain(means[i]);
    if (i == 0 || strain > worst.strain) worst = {strain, i, means[i]};
  }
  return worst;
}

bool all_met(const PlanQuestion& question, const std::vector<double>& means) {
  for (std::size_t i = 0; i < means.size(); ++i) {
    if (!question.slos[i].is_met(means[i])) return false;
  }
  return true;
}

std::string worst_text(const PlanQuestion& question, const std::vector<double>& means) {
  const Worst worst = worst_of(question, means);
  const Slo& slo = question.slos[worst.slo];
  return fmt::format("{} is {}", slo.figure.name, human(worst.value, slo.figure.unit));
}

/// The candidate that has most of everything, under the policy that came nearest.
std::size_t largest_candidate(const PlanQuestion& question, const PlanSearch& search) {
  const std::size_t policies = question.policies.size();
  std::size_t nearest = question.candidates.size() - policies;
  for (std::size_t i = nearest; i < question.candidates.size(); ++i) {
    const auto strain = search.worst_strain(i);
    if (strain && *strain < search.worst_strain(nearest).value_or(HUGE_VAL)) nearest = i;
  }
  return nearest;
}

/// One axis beyond its range.
class Widening {
 public:
  Widening(Planner& planner, const PlanQuestion& question, std::size_t candidate, std::size_t axis)
      : planner_(planner), question_(question), candidate_(candidate), axis_(axis) {}

  std::string text() {
    const VariedAxis& axis = question_.axes[axis_];
    const double most = axis.amounts.back();
    double fails = most;
    for (double amount = 2 * std::max(1.0, most); amount <= 8 * std::max(1.0, most); amount *= 2) {
      if (!holds(amount)) {
        fails = amount;
        continue;
      }
      const double least = least_between(fails, amount);
      return fmt::format("{}={:.0f}, beyond its {}..{}, with the others at their most: {}",
                         axis.name, least, axis.values.front(), axis.values.back(), told_);
    }
    return fmt::format("{} alone does not do: with {:.0f}, {}", axis.name, fails,
                       last_.empty() ? "it cannot be simulated" : last_);
  }

 private:
  bool holds(double amount) {
    std::vector<Override> settings = planner_.settings_of(candidate_, 1);
    settings.push_back({question_.axes[axis_].path, fmt::format("{:.0f}", amount),
                        "--vary " + question_.axes[axis_].name, true});
    const auto means = planner_.means_of(settings, question_.options[candidate_].policy);
    last_ = means ? worst_text(question_, *means) : "";
    const bool holds = means && all_met(question_, *means);
    if (holds) told_ = last_;
    return holds;
  }

  double least_between(double fails, double holding) {
    while (holding - fails > 1) {
      const double middle = std::floor((fails + holding) / 2);
      (holds(middle) ? holding : fails) = middle;
    }
    return holding;
  }

  Planner& planner_;
  const PlanQuestion& question_;
  std::size_t candidate_;
  std::size_t axis_;
  std::string last_;
  std::string told_;
};

bool has_no_less(const Candidate& candidate, const Candidate& than) {
  return std::ranges::equal(candidate.amounts, than.amounts, std::greater_equal<>());
}

/// Whether two candidates differ in amounts and policy alone.
bool are_same_choices(const PlanQuestion& question, std::size_t a, std::size_t b) {
  const auto& one = question.grid[a / question.policies.size()];
  const auto& other = question.grid[b / question.policies.size()];
  for (std::size_t axis = 0; axis < question.axes.size(); ++axis) {
    if (question.axes[axis].amounts.empty() && one[axis] != other[axis]) return false;
  }
  return true;
}

class Purchases {
 public:
  Purchases(Planner& planner, const PlanQuestion& question)
      : planner_(planner), question_(question), months_(question.growth.months) {}

  std::vector<GrowthStep> from(std::size_t held) {
    std::vector<GrowthStep> steps{{0, 1, held, "the answer"}};
    std::uint32_t month = 0;
    while (const auto fails = first_failure(held, month)) {
      month = *fails;
      const PlanSearch search = planner_.solve(load_at(month), [&](std::size_t i) {
        return are_same_choices(question_, i, held) &&
               has_no_less(question_.candidates[i], question_.candidates[held]);
      });
      const auto next = search.answer();
      if (!next) {
        steps.push_back(
            {month, load_at(month), std::nullopt, "no candidate is known to do: widen --vary"});
        return steps;
      }
      steps.push_back({month, load_at(month), *next, "buy"});
      held = *next;
    }
    steps.push_back({months_, load_at(months_), held, "still does"});
    return steps;
  }

 private:
  double load_at(std::uint32_t month) const { return std::pow(question_.growth.per_month, month); }

  bool holds(std::size_t candidate, std::uint32_t month) {
    const PlanSearch search =
        planner_.solve(load_at(month), [&](std::size_t i) { return i == candidate; });
    return search.answer().has_value();
  }

  /// The first month after `from` in which the candidate does no longer. Load only grows, and more
  /// of it is taken to make nothing better.
  std::optional<std::uint32_t> first_failure(std::size_t candidate, std::uint32_t from) {
    if (from == months_ || holds(candidate, months_)) return std::nullopt;
    std::uint32_t holding = from;
    std::uint32_t failing = months_;
    while (failing - holding > 1) {
      const std::uint32_t middle = (holding + failing) / 2;
      (holds(candidate, middle) ? holding : failing) = middle;
    }
    return failing;
  }

  Planner& planner_;
  const PlanQuestion& question_;
  std::uint32_t months_;
};

}  // namespace

Headroom headroom_of(Planner& planner, const PlanQuestion& question, std::size_t answer) {
  constexpr double kMost = 64;
  constexpr double kClose = 1.05;
  Headroom headroom;
  double load = 2;
  while (!headroom.breaks || *headroom.breaks > headroom.holds * kClose) {
    const auto means =
        planner.means_of(planner.settings_of(answer, load), question.options[answer].policy);
    if (means && all_met(question, *means)) {
      headroom.holds = load;
    } else {
      headroom.breaks = load;
      headroom.broken = means ? worst_text(question, *means) : "it cannot be simulated";
    }
    if (headroom.holds >= kMost) break;
    load = headroom.breaks ? std::sqrt(headroom.holds * *headroom.breaks) : 2 * headroom.holds;
  }
  return headroom;
}

std::vector<std::string> what_would_do(Planner& planner, const PlanQuestion& question,
                                       const PlanSearch& search) {
  std::vector<std::string> advice;
  const std::size_t largest = largest_candidate(question, search);
  for (std::size_t axis = 0; axis < question.axes.size(); ++axis) {
    if (question.axes[axis].amounts.empty()) continue;
    advice.push_back(Widening(planner, question, largest, axis).text());
  }
  return advice;
}

std::vector<GrowthStep> purchases(Planner& planner, const PlanQuestion& question,
                                  std::size_t answer) {
  return Purchases(planner, question).from(answer);
}

}  // namespace tandem
