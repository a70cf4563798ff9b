#include "policies/global/cost_lp.h"

#include <algorithm>
#include <utility>

namespace tandem {
namespace {

constexpr double kInfinity = LinearProgram::kInfinity;
constexpr double kTolerance = 1e-6;  // A part of a floor smaller than this is rounding.
constexpr double kHeld = 1 - 1e-7;   // Leaves the solver its tolerance.

using Terms = std::vector<LinearProgram::Term>;

/// The classes of some rows, as both programmes below see them.
struct Instance {
  std::span<const RateRow> rows;
  std::span<const DeviceSupply> supplies;
  Layout layout;
  std::vector<JobClass> classes = classes_of(rows);

  std::size_t types() const { return supplies.size(); }
  const RateRow& job(std::size_t one) const { return rows[classes[one].members.front()]; }
  double devices(std::size_t one) const { return classes[one].count() * job(one).devices; }

  void add_columns(std::size_t one, LinearProgram& programme) const {
    for (const double rate : job(one).rates) programme.add_column(0, rate > 0 ? kInfinity : 0);
  }
  Terms devices_taken(std::size_t type) const {
    Terms terms;
    for (std::size_t one = 0; one < classes.size(); ++one) {
      terms.push_back({layout.column(one, type), devices(one)});
    }
    return terms;
  }
  Terms time_taken(std::size_t one) const {
    Terms terms;
    for (std::size_t type = 0; type < types(); ++type) {
      terms.push_back({layout.column(one, type), 1});
    }
    return terms;
  }
  Terms work_done(std::size_t one) const {
    Terms terms = time_taken(one);
    for (std::size_t type = 0; type < types(); ++type) {
      terms[type].coefficient = job(one).rates[type];
    }
    return terms;
  }
};

/// Finds out which floors can be met. Each class here is one job with a floor.
class Floors {
 public:
  explicit Floors(Instance in) : in_(std::move(in)) {
    double heaviest = 0;
    for (std::size_t one = 0; one < in_.classes.size(); ++one) {
      heaviest = std::max(heaviest, in_.job(one).weight);
    }
    for (std::size_t one = 0; one < in_.classes.size(); ++one) {
      in_.add_columns(one, programme_);
      programme_.add_column(-in_.job(one).weight / heaviest, 1);  // The part unmet.
    }
    for (std::size_t type = 0; type < in_.types(); ++type) {
      programme_.add_row(-kInfinity, in_.supplies[type].devices, in_.devices_taken(type));
    }
    for (std::size_t one = 0; one < in_.classes.size(); ++one) {
      programme_.add_row(-kInfinity, 1, in_.time_taken(one));
      Terms met = in_.work_done(one);
      met.push_back({unmet_column(one), in_.job(one).floor});
      programme_.add_row(in_.job(one).floor, kInfinity, met);
    }
  }

  /// The rows whose floors are not met in full where most of all is.
  std::vector<std::uint32_t> unmet(WarmStart& warm) {
    warm.apply(in_.rows, in_.classes, in_.layout, programme_);
    programme_.maximise();
    warm.keep(in_.rows, in_.classes, in_.layout, programme_);
    std::vector<std::uint32_t> rows;
    for (std::size_t one = 0; one < in_.classes.size(); ++one) {
      if (programme_.value(unmet_column(one)) < kTolerance) continue;
      rows.push_back(in_.classes[one].members.front());
    }
    return rows;
  }

 private:
  int unmet_column(std::size_t one) const { return in_.layout.column(one, in_.types()); }

  Instance in_;
  LinearProgram programme_;
};

/// The programme of Charnes and Cooper. Prices are in units of the mean price, and the cost of y is
/// that of the whole cluster, so that t is 1 or more.
class Ratio {
 public:
  explicit Ratio(Instance in) : in_(std::move(in)) {
    double devices = 0;
    double cost = 0;
    for (const DeviceSupply& supply : in_.supplies) {
      devices += supply.devices;
      cost += supply.devices * supply.price;
    }
    mean_price_ = cost / devices;
    cluster_ = devices;
    programme_.add_column(0);
    for (std::size_t one = 0; one < in_.classes.size(); ++one) in_.add_columns(one, programme_);
    add_shared_rows();
    for (std::size_t one = 0; one < in_.classes.size(); ++one) add_class_rows(one);
  }

  /// The best ratio, per unit of price.
  double maximise(WarmStart& warm) {
    for (const auto& [column, coefficient] : done_) programme_.set_objective(column, coefficient);
    warm.apply(in_.rows, in_.classes, in_.layout, programme_);
    programme_.maximise();
    warm.keep(in_.rows, in_.classes, in_.layout, programme_);
    double best = 0;
    for (const auto& [column, coefficient] : done_) best += coefficient * programme_.value(column);
    programme_.set_row(kDone, best * kHeld, kInfinity);
    for (const auto& [column, coefficient] : done_) programme_.set_objective(column, 0);
    programme_.set_objective(kT, -1);
    programme_.maximise();
    return best / cluster_ / mean_price_;
  }

  double fraction(std::size_t one, std::size_t type) const {
    return programme_.value(in_.layout.column(one, type)) / programme_.value(kT);
  }

 private:
  static constexpr int kT = 0;
  static constexpr int kDone = 0;

  void add_shared_rows() {
    Terms cost;
    for (std::size_t one = 0; one < in_.classes.size(); ++one) {
      for (std::size_t type = 0; type < in_.types(); ++type) {
        const int column = in_.layout.column(one, type);
        done_.push_back({column, in_.devices(one) * in_.job(one).rates[type]});
        cost.push_back({column, in_.devices(one) * in_.supplies[type].price / mean_price_});
      }
    }
    programme_.add_row(-kInfinity, kInfinity, done_);
    programme_.add_row(cluster_, cluster_, cost);
    for (std::size_t type = 0; type < in_.types(); ++type) {
      Terms taken = in_.devices_taken(type);
      taken.push_back({kT, -in_.supplies[type].devices});
      programme_.add_row(-kInfinity, 0, taken);
    }
  }

  void add_class_rows(std::size_t one) {
    Terms time = in_.time_taken(one);
    time.push_back({kT, -1});
    programme_.add_row(-kInfinity, 0, time);
    Terms done = in_.work_done(one);
    done.push_back({kT, -in_.job(one).floor * (1 - kTolerance)});
    programme_.add_row(0, kInfinity, done);
  }

  Instance in_;
  double mean_price_ = 1;
  double cluster_ = 0;  ///< Devices.
  Terms done_;          ///< What all jobs get done.
  LinearProgram programme_;
};

/// Sets the floors that cannot be met to 0 and returns their rows.
std::vector<std::uint32_t> drop_floors(std::vector<RateRow>& rows,
                                       std::span<const DeviceSupply> supplies, WarmStart& warm) {
  std::vector<std::uint32_t> dropped;
  const auto drop = [&](std::uint32_t row) {
    rows[row].floor = 0;
    dropped.push_back(row);
  };
  std::vector<RateRow> bound;
  std::vector<std::uint32_t> row_of;
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    if (rows[row].floor <= 0) continue;
    if (rows[row].floor > std::ranges::max(rows[row].rates)) {
      drop(row);
      continue;
    }
    bound.push_back(rows[row]);
    row_of.push_back(row);
  }
  if (!bound.empty()) {
    const std::size_t types = supplies.size();
    Floors floors({bound, supplies, Layout{0, types, types + 1, 2}});
    for (const std::uint32_t i : floors.unmet(warm)) drop(row_of[i]);
  }
  std::ranges::sort(dropped);
  return dropped;
}

}  // namespace

CostLp::Answer CostLp::solve(std::vector<RateRow> rows, std::span<const DeviceSupply> supplies) {
  const std::size_t types = supplies.size();
  Answer answer;
  answer.fractions.values.resize(rows.size() * types);
  answer.dropped = drop_floors(rows, supplies, floors_);
  const Instance in{rows, supplies, Layout{1, types + 2, types, 2}};
  if (in.classes.empty()) return answer;
  Ratio ratio(in);
  answer.fractions.objective = ratio.maximise(ratio_);
  for (std::size_t one = 0; one < in.classes.size(); ++one) {
    for (const std::uint32_t member : in.classes[one].members) {
      for (std::size_t type = 0; type < types; ++type) {
        answer.fractions.values[member * types + type] = ratio.fraction(one, type);
      }
    }
  }
  return answer;
}

}  // namespace tandem
