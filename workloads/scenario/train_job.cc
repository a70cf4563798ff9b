// `train` and `evaluate` entries: jobs whose run time is not stated but follows from model, layout
// and devices.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "policies/core/nearest.h"
#include "policies/core/quantity_text.h"
#include "workloads/catalog/catalog.h"
#include "workloads/scenario/build.h"
#include "workloads/scenario/machine.h"
#include "workloads/scenario/scenario_spec.h"
#include "workloads/training.h"

namespace tandem {
namespace {

constexpr std::int64_t kLongestUsualSequence = 8192;
constexpr std::int64_t kMostDevices = 1'000'000;

std::int64_t whole_or(const Value* value, std::int64_t fallback) {
  return value != nullptr ? integer_of(*value) : fallback;
}
bool flag(const Value& map, std::string_view key, bool fallback) {
  const Value* value = map.find(key);
  return value != nullptr ? bool_of(*value) : fallback;
}

Layout layout_of(const Value& value, const Architecture& model) {
  Layout layout;
  const Value& parallel = *value.find("parallel");
  layout.tensor = whole_or(parallel.find("tp"), 1);
  layout.pipeline = whole_or(parallel.find("pp"), 1);
  layout.data = whole_or(parallel.find("dp"), 1);
  layout.expert = whole_or(parallel.find("ep"), 1);
  layout.interleave = whole_or(parallel.find("interleave"), 1);
  layout.zero = static_cast<int>(whole_or(parallel.find("zero"), 0));
  layout.sequence_parallel = flag(parallel, "sequence_parallel", false);
  layout.batch = integer_of(*value.find("batch"));
  layout.micro_batch = whole_or(value.find("micro_batch"), 1);
  layout.sequence =
      whole_or(value.find("sequence"), std::min(model.context, kLongestUsualSequence));
  if (const Value* word = value.find("recompute")) layout.recompute = recompute_named(word->text);
  if (const Value* word = value.find("precision")) layout.precision = precision_named(word->text);
  layout.flash_attention = !model.unfused_attention;
  return layout;
}

bool is_evaluation(const Value& value) { return value.has("rows"); }
StepKind kind_of(const Value& value) {
  return is_evaluation(value) ? StepKind::kEvaluate : StepKind::kLearn;
}

std::int64_t steps_of(const Value& value, const Layout& layout) {
  if (const Value* rows = value.find("rows")) {
    return (integer_of(*rows) + layout.batch - 1) / layout.batch;
  }
  if (const Value* steps = value.find("steps")) return integer_of(*steps);
  const Value* tokens = value.find("tokens");
  if (tokens == nullptr) return 1;
  const double each = static_cast<double>(layout.batch * layout.sequence);
  return std::max<std::int64_t>(1, std::llround(std::ceil(number_of(*tokens) / each)));
}

/// For each step, in the mean, what is done after every so many of them, and once more at the end.
/// Of a drawn job nobody knows which step is the last.
double per_step(const Value& value, std::int64_t every, std::int64_t steps) {
  const bool is_drawn = !value.has("steps") && !value.has("tokens");
  if (is_drawn) return every > 0 ? 1 / static_cast<double>(every) : 0;
  const std::int64_t times = 1 + (every > 0 ? (steps - 1) / every : 0);
  return static_cast<double>(times) / static_cast<double>(steps);
}

class TrainReader {
 public:
  TrainReader(const Value& value, const Recipe* recipe, const std::string& label,
              ScenarioBuild& build)
      : value_(value),
        recipe_(recipe),
        label_(label),
        what_(is_evaluation(value) ? "evaluate" : "train"),
        build_(build),
        cluster_(build.scenario.cluster) {}

  /// Notes a problem if it can run nowhere.
  Arrival read(Arrival arrival) {
    const Architecture& model = build_.scenario.catalog->model(value_.find("model")->text);
    const Layout layout = layout_of(value_, model);
    if (layout.devices() > kMostDevices) {
      build_.fail(value_,
                  fmt::format("parallel: tp * pp * dp is {}, more than the {} devices that a "
                              "gang may have",
                              layout.devices(), kMostDevices));
      return arrival;
    }
    auto training =
        std::make_shared<Training>(model, layout, steps_of(value_, layout), kind_of(value_));
    if (arrival.job.elastic) arrival.job.elastic = sizes_of(*arrival.job.elastic, layout);
    if (arrival.job.demand.shares_device()) {
      build_.fail(value_, "share: the layout says what a training job runs on");
    }
    Demand& demand = arrival.job.demand;
    demand.device_share = kWholeDevice;
    demand.devices = static_cast<std::uint32_t>(layout.devices());
    std::vector<DeviceTypeId> types;
    std::vector<std::string> reasons;
    for (std::uint32_t type = 0; type < cluster_.types().size(); ++type) {
      const bool asked = demand.accepts({type}) && cluster_.device_count(DeviceTypeId{type}) > 0;
      if (!asked) continue;
      const std::string why = why_not_on({type}, arrival.job, *training);
      if (why.empty()) {
        types.push_back({type});
      } else {
        reasons.push_back(fmt::format("{}: {}", cluster_.types()[type], why));
      }
    }
    if (types.empty()) {
      build_.fail(value_,
                  fmt::format("{}: {} cannot run here; {}", what_, model.name,
                              reasons.empty() ? "it accepts no device of the cluster"
                                              : fmt::format("{}", fmt::join(reasons, "; "))));
      return arrival;
    }
    set_times(types, *training, arrival);
    arrival.training = std::move(training);
    return arrival;
  }

 private:
  /// Of all that the range has, what the layout can have, with other numbers of copies of the
  /// model. Null, with a problem noted, if these are not at least two.
  std::shared_ptr<const Elastic> sizes_of(const Elastic& range, const Layout& layout) const {
    const Value* own = value_.find("elastic");  // Of drawn jobs it is further up.
    const auto refuse = [&](const std::string& why) {
      build_.fail(own != nullptr ? *own : value_, "elastic: " + why);
      return nullptr;
    };
    if (is_evaluation(value_)) return refuse("an evaluation keeps the size of its layout");
    if (!range.speedups.empty()) {
      return refuse("how fast it is on more devices follows from its layout: leave 'speedup' out");
    }
    const std::int64_t preferred = layout.devices();
    if (preferred < range.least || preferred > range.most) {
      return refuse(fmt::format("the {} devices of its layout are not from min {} to max {}",
                                preferred, range.least, range.most));
    }
    if (const std::string why = spread_obstacle(layout); !why.empty()) return refuse(why);
    std::vector<std::uint32_t> sizes = possible_sizes(layout, range.least, range.most);
    if (sizes.size() == 1) {
      return refuse(fmt::format(
          "from min {} to max {} its layout has one size, {}: sizes are tp * pp = {} times a dp, "
          "where dp * micro_batch divides the batch of {}",
          range.least, range.most, preferred, layout.replica_devices(), layout.batch));
    }
    return std::make_shared<Elastic>(Elastic{sizes.front(), sizes.back(), std::move(sizes), {}});
  }

  /// Empty if every size it may have runs there.
  std::string why_not_on(DeviceTypeId type, const Job& job, Training& training) const {
    for (std::optional size = job.most_devices(); size; size = job.size_below(*size)) {
      const std::string why = why_not_on(type, *size, training);
      if (!why.empty()) return job.elastic ? fmt::format("on {} of them: {}", *size, why) : why;
    }
    return {};
  }

  std::string why_not_on(DeviceTypeId type, std::uint32_t devices, Training& training) const {
    const DeviceType* known = known_type(type, build_);
    const bool has_steps = known != nullptr && known->measured;
    if (has_steps && add_measured(type, devices, *known->measured, training)) return {};
    const auto found = machine_of(type, build_);
    if (const auto* why = std::get_if<std::string>(&found)) {
      return has_steps ? *why + ", and this layout was not measured" : *why;
    }
    const Machine& machine = std::get<Machine>(found);
    const Layout layout = training.layout().on(devices);
    if (std::string why = obstacle(training.model(), machine, layout); !why.empty()) return why;
    training.add_type(type, machine, build_.scenario.network.nic_bits_per_s / 8);
    const MemoryUse use = training.memory(type, devices);
    if (use.fits()) return {};
    constexpr double kGigabyte = 1e9;
    return fmt::format("needs {:.1f} GB on a device that has {:.1f}", use.total() / kGigabyte,
                       use.capacity / kGigabyte);
  }

  /// Whether its step was measured there.
  bool add_measured(DeviceTypeId type, std::uint32_t devices, const Measured& measured,
                    Training& training) const {
    const Layout layout = training.layout().on(devices);
    const MeasuredStep* step = measured.step(training.model(), layout, kind_of(value_));
    if (step == nullptr) return false;
    double seconds = step->seconds;
    if (!is_evaluation(value_)) {
      const Recipe unstated;
      const Recipe& recipe = recipe_ != nullptr ? *recipe_ : unstated;
      const auto each = [&](std::int64_t every) {
        return per_step(value_, every, training.steps());
      };
      seconds += each(recipe.checkpoint_every) * to_seconds(measured.save);
      if (recipe.evaluate_every > 0) seconds += each(recipe.evaluate_every) * step->evaluation_s;
    }
    training.add_measured(type, devices, seconds);
    return true;
  }

  /// The run time on the fastest of the types, how much slower the others are, and other sizes.
  void set_times(const std::vector<DeviceTypeId>& types, Training& training, Arrival& arrival) {
    Job& job = arrival.job;
    const auto step_s = [&](DeviceTypeId type) {
      return training.step_s(type, job.demand.devices);
    };
    const DeviceTypeId best = std::ranges::min(types, {}, step_s);
    const double fastest = step_s(best);
    const double seconds = fastest * static_cast<double>(training.steps());
    if (seconds >= to_seconds(kLongestDuration)) {
      return build_.fail(value_,
                         fmt::format("{}: this takes {:.0f} years", what_, seconds / 31'557'600));
    }
    training.set_own_step_s(fastest);
    arrival.run_time = Duration{std::llround(seconds * 1e9)};
    if (job.elastic) job.elastic = with_speedups(*job.elastic, best, training);
    job.demand.types = 0;
    std::vector<std::uint32_t> speeds(cluster_.types().size());
    bool are_equal = true;
    for (const DeviceTypeId type : types) {
      for (std::optional size = job.most_devices(); size; size = job.size_below(*size)) {
        add_band(type, training.is_measured(type, *size));
      }
      job.demand.types |= DeviceTypes{1} << type.value;
      speeds[type.value] = static_cast<std::uint32_t>(std::llround(fastest / step_s(type) * 1e6));
      are_equal &= speeds[type.value] == Rate::kOwnPace;
    }
    if (are_equal) return;
    build_.attempt(value_, [&] {
      job.model = build_.scenario.models.add("train/" + label_, std::move(speeds));
    });
  }

  /// How fast it is on the type that its own pace is for.
  static std::shared_ptr<const Elastic> with_speedups(Elastic elastic, DeviceTypeId type,
                                                      const Training& training) {
    for (const std::uint32_t size : elastic.sizes) {
      const double speedup = training.own_step_s() / training.step_s(type, size);
      const auto ppm = static_cast<std::uint64_t>(std::llround(speedup * Rate::kOwnPace));
      elastic.speedups.push_back({size, std::max<std::uint64_t>(1, ppm)});
    }
    return std::make_shared<const Elastic>(std::move(elastic));
  }

  /// One step that is modelled gives all of a type its band.
  void add_band(DeviceTypeId type, bool is_measured) {
    std::vector<StepBand>& bands = build_.scenario.step_bands;
    const std::string& name = cluster_.types()[type.value];
    auto band = std::ranges::find(bands, name, &StepBand::device);
    if (band == bands.end()) {
      band = bands.insert(band, {.device = name, .is_measured = true});
    }
    if (is_measured || !band->is_measured) return;
    const Efficiency& known = build_.scenario.catalog->device(name).efficiency;
    *band = {name, known.band_low, known.band_high, known.runs};
  }

  const Value& value_;
  const Recipe* recipe_;  ///< Null: nothing is stated.
  const std::string& label_;
  const std::string_view what_;
  ScenarioBuild& build_;
  const Cluster& cluster_;
};

}  // namespace

void tell_step_bands(Scenario& scenario) {
  std::vector<std::string> texts;
  for (const StepBand& band : scenario.step_bands) {
    if (band.is_measured) continue;
    texts.push_back(fmt::format("{:.2f} to {:.2f} times ours on {}{}", band.low, band.high,
                                band.device, band.runs == 0 ? " (a guess)" : ""));
  }
  if (texts.empty()) return;
  scenario.warnings.push_back(
      fmt::format("nine of ten measured training steps took {}", fmt::join(texts, ", ")));
}

Arrival training_of(const Value& value, const std::string& label, Arrival common,
                    ScenarioBuild& build) {
  std::vector<const Value*> recipes;
  // What is evaluated is what was learned, unless it is said otherwise.
  const Value* of = value.find("of");
  const auto learned = of != nullptr ? build.trains.find(of->text) : build.trains.end();
  if (learned != build.trains.end()) recipes.push_back(learned->second->find("recipe"));
  recipes.push_back(value.find("recipe"));
  common.recipe = recipe_of(recipes, build);
  const Recipe* recipe = common.recipe.get();
  build.attempt(*value.find("model"),
                [&] { common = TrainReader(value, recipe, label, build).read(std::move(common)); });
  return common;
}

}  // namespace tandem
