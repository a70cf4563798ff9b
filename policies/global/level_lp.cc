#include "policies/global/level_lp.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tandem {
namespace {

constexpr int kLevel = 0;             // The only shared column.
constexpr double kLeastPrice = 1e-6;  // Of all levels together the price is 1.
constexpr double kHeld = 1 - 1e-6;    // Leaves the solver its tolerance.

/// The lowest level if every job got its share of every type by its devices: a yardstick, so that
/// the levels of a programme are about 1 whatever their unit, and the solver's tolerances fit.
double proportional_level(std::span<const RateRow> rows, std::span<const JobClass> classes,
                          std::span<const double> devices) {
  double wanted = 0;
  for (const JobClass& one : classes) wanted += one.count() * rows[one.members.front()].devices;
  wanted = std::max(wanted, std::reduce(devices.begin(), devices.end()));
  double lowest = std::numeric_limits<double>::max();
  for (const JobClass& one : classes) {
    const RateRow& job = rows[one.members.front()];
    lowest = std::min(
        lowest,
        std::inner_product(devices.begin(), devices.end(), job.rates.begin(), 0.0) / wanted);
  }
  return lowest;
}

/// One such programme and the stages of solving it.
class Levels {
 public:
  Levels(std::span<const RateRow> rows, std::span<const JobClass> classes,
         std::span<const double> devices)
      : rows_(rows),
        classes_(classes),
        types_(devices.size()),
        layout_{1, types_, types_, 2},
        unit_(proportional_level(rows, classes, devices)),
        rising_(classes.size(), true) {
    add_columns();
    add_rows(devices);
  }

  double raise_lowest(WarmStart& warm) {
    warm.apply(rows_, classes_, layout_, programme_);
    programme_.maximise();
    warm.keep(rows_, classes_, layout_, programme_);
    return programme_.value(kLevel) * unit_;
  }

  void fill(WarmStart& warm) {
    for (int stage = 1; stage < LevelLp::kStages; ++stage) {
      hold_bottlenecks();
      if (std::ranges::find(rising_, true) == rising_.end()) return;
      programme_.maximise();
    }
    maximise_sum(warm);
  }

  double fraction(std::size_t one, std::size_t type) const {
    return programme_.value(layout_.column(one, type));
  }

 private:
  const RateRow& job(std::size_t one) const { return rows_[classes_[one].members.front()]; }
  double rate(std::size_t one, std::size_t type) const { return job(one).rates[type] / unit_; }
  int time_row(std::size_t one) const { return layout_.row(one, 0); }
  int level_row(std::size_t one) const { return layout_.row(one, 1); }

  void add_columns() {
    programme_.add_column(1);
    for (std::size_t one = 0; one < classes_.size(); ++one) {
      for (std::size_t type = 0; type < types_; ++type) {
        programme_.add_column(0, job(one).rates[type] > 0 ? LinearProgram::kInfinity : 0);
      }
    }
  }

  void add_rows(std::span<const double> devices) {
    std::vector<LinearProgram::Term> terms;
    for (std::size_t type = 0; type < types_; ++type) {
      terms.clear();
      for (std::size_t one = 0; one < classes_.size(); ++one) {
        terms.push_back({layout_.column(one, type), classes_[one].count() * job(one).devices});
      }
      programme_.add_row(-LinearProgram::kInfinity, devices[type], terms);
    }
    for (std::size_t one = 0; one < classes_.size(); ++one) {
      terms.clear();
      for (std::size_t type = 0; type < types_; ++type) {
        terms.push_back({layout_.column(one, type), 1});
      }
      programme_.add_row(-LinearProgram::kInfinity, 1, terms);
      for (std::size_t type = 0; type < types_; ++type) terms[type].coefficient = rate(one, type);
      terms.push_back({kLevel, -1});
      programme_.add_row(0, LinearProgram::kInfinity, terms);
    }
  }

  /// Who has a price keeps the level reached, and no longer holds it down.
  void hold_bottlenecks() {
    const double held = programme_.value(kLevel) * kHeld;
    std::vector<std::size_t> bottlenecks;
    for (std::size_t one = 0; one < classes_.size(); ++one) {
      if (rising_[one] && programme_.price(level_row(one)) > kLeastPrice) {
        bottlenecks.push_back(one);
      }
    }
    for (const std::size_t one : bottlenecks) {
      rising_[one] = false;
      programme_.set_coefficient(level_row(one), kLevel, 0);
      programme_.set_row(level_row(one), held, LinearProgram::kInfinity);
    }
  }

  void maximise_sum(WarmStart& warm) {
    const double held = programme_.value(kLevel) * kHeld;
    programme_.set_column(kLevel, held, held);
    for (std::size_t one = 0; one < classes_.size(); ++one) {
      for (std::size_t type = 0; type < types_; ++type) {
        programme_.set_objective(layout_.column(one, type),
                                 classes_[one].count() * rate(one, type));
      }
    }
    warm.apply(rows_, classes_, layout_, programme_);
    programme_.maximise();
    warm.keep(rows_, classes_, layout_, programme_);
  }

  std::span<const RateRow> rows_;
  std::span<const JobClass> classes_;
  std::size_t types_;
  Layout layout_;
  double unit_;
  std::vector<bool> rising_;
  LinearProgram programme_;
};

}  // namespace

Fractions LevelLp::solve(std::span<const RateRow> rows, std::span<const double> devices,
                         Depth depth) {
  const std::size_t types = devices.size();
  Fractions answer{0, std::vector<double>(rows.size() * types)};
  const std::vector<JobClass> classes = classes_of(rows);
  if (classes.empty()) return answer;
  Levels levels(rows, classes, devices);
  answer.objective = levels.raise_lowest(lowest_);
  if (depth == Depth::kFilled) levels.fill(sum_);
  for (std::size_t one = 0; one < classes.size(); ++one) {
    for (const std::uint32_t member : classes[one].members) {
      for (std::size_t type = 0; type < types; ++type) {
        answer.values[member * types + type] = levels.fraction(one, type);
      }
    }
  }
  return answer;
}

}  // namespace tandem
