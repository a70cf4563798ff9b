// From a `generate` entry to the settings of a generator.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "workloads/scenario/build.h"
#include "workloads/scenario/scenario_spec.h"
#include "workloads/training.h"

namespace tandem {
namespace {

class GeneratorBuilder {
 public:
  GeneratorBuilder(const Value& value, std::size_t index, ScenarioBuild& build)
      : value_(value), build_(build) {
    settings_.source = index;
  }

  void add() {
    read_extent();
    settings_.common = common_of(value_, build_);
    settings_.deadline = deadline_of(value_);
    read_classes();
    if (const Value* repeats = value_.find("repeats")) settings_.repeats = number_of(*repeats);
    if (const Value* trainings = value_.find("train")) read_trainings(*trainings);
    read_models();
    if (const Value* estimate = value_.find("estimate")) {
      settings_.estimate = estimate_rule_of(*estimate, build_);
    }
    settings_.priority = drawn_priority(value_, build_);
    settings_.tenant = drawn_tenants(value_, build_);
    read_arrival(*value_.find("arrival"));
    if (!build_.problems.empty()) return;
    build_.scenario.random |= settings_.is_random();
    build_.sources.list.push_back(generated_jobs(std::move(settings_)));
  }

 private:
  void read_extent() {
    const Value* name = value_.find("name");
    const std::string base = name != nullptr ? name->text : fmt::format("g{}", settings_.source);
    settings_.prefix = base + "-";
    if (const Value* count = value_.find("count")) {
      settings_.count = static_cast<std::uint64_t>(integer_of(*count));
    }
    if (const Value* start = value_.find("start")) settings_.start = Time{duration_of(*start)};
    if (const Value* until = value_.find("until")) settings_.until = Time{duration_of(*until)};
    if (!settings_.count && !settings_.until) {
      build_.fail(value_, "generate needs 'count' or 'until': how many jobs there are");
    }
    if (!build_.sources.prefixes.insert(base).second) {
      build_.fail(name != nullptr ? *name : value_,
                  fmt::format("there are two sources of jobs named '{}'", base));
    }
    build_.sources.names.add_pattern(settings_.prefix, settings_.count);
  }

  void read_classes() {
    const Value* classes = value_.find("classes");
    if (classes == nullptr) {
      settings_.job_class = WeightedChoice(class_of(value_));
      return;
    }
    for (const char* key : {"devices", "share", "elastic", "train"}) {
      if (const Value* other = value_.find(key)) {
        build_.fail(*other, fmt::format("'{0}' and 'classes' exclude each other: give each class "
                                        "its own",
                                        key));
      }
    }
    std::vector<JobClass> kinds;
    std::vector<double> weights;
    for (const Value& item : classes->items) {
      kinds.push_back(class_of(item));
      weights.push_back(number_of(*item.find("weight")));
    }
    if (std::ranges::count(weights, 0.0) == std::ssize(weights)) {
      return build_.fail(*classes, "classes: all weights are 0");
    }
    settings_.job_class = {std::move(kinds), weights};
  }

  /// Of a class, or of all jobs where there are no classes.
  JobClass class_of(const Value& value) {
    JobClass jobs;
    const Value* max = value_.find("max");
    jobs.run_time_s = drawn_durations(
        *value.find("duration"), max != nullptr ? duration_of(*max) : kLongestDuration, build_);
    if (const Value* devices = value.find("devices")) jobs.devices = devices_of(*devices);
    Arrival common = settings_.common;
    if (const Value* share = value.find("share")) {
      jobs.device_share =
          static_cast<std::uint32_t>(std::llround(number_of(*share) * kWholeDevice));
      common.job.demand.device_share = *jobs.device_share;
    }
    if (!value.has("train")) check_sizes(value, common, jobs.devices.values(), build_);
    return jobs;
  }

  WeightedChoice<std::uint32_t> devices_of(const Value& value) {
    if (value.kind == Value::Kind::kScalar) {
      return WeightedChoice(static_cast<std::uint32_t>(integer_of(value)));
    }
    std::vector<std::uint32_t> sizes;
    for (const Value& item : value.items) {
      const std::int64_t size = key_number(item);
      if (size < 0 || size > 1'000'000) {
        build_.problems.add(build_.document.key_position(item),
                            fmt::format("devices: {} is out of range: a gang has 0 to 1000000 "
                                        "devices",
                                        item.key));
      }
      sizes.push_back(static_cast<std::uint32_t>(size));
    }
    const auto weights = weights_of(value, build_);
    if (!weights) return WeightedChoice(1U);
    return {std::move(sizes), *weights};
  }

  void read_trainings(const Value& list) {
    for (const char* key : {"devices", "model", "models"}) {
      if (const Value* other = value_.find(key)) {
        build_.fail(*other,
                    fmt::format("'{}' and 'train' exclude each other: give one of them", key));
      }
    }
    std::vector<std::shared_ptr<const Arrival>> trainings;
    std::vector<double> weights;
    for (const Value& item : list.items) {
      const std::string label = fmt::format("{}{}", settings_.prefix, trainings.size());
      Arrival training = training_of(item, label, settings_.common, build_);
      if (training.training && !value_.has("state")) training.state = training.training->state();
      trainings.push_back(std::make_shared<const Arrival>(std::move(training)));
      const Value* weight = item.find("weight");
      weights.push_back(weight != nullptr ? number_of(*weight) : 1);
    }
    if (std::ranges::count(weights, 0.0) == std::ssize(weights)) {
      return build_.fail(list, "train: all weights are 0");
    }
    settings_.training = {std::move(trainings), weights};
  }

  void read_models() {
    settings_.models = std::make_shared<const Models>(build_.scenario.models);
    settings_.model = WeightedChoice(settings_.common.job.model);
    const Value* value = value_.find("models");
    if (value == nullptr) return;
    if (const Value* model = value_.find("model")) {
      build_.fail(*model, "'model' and 'models' exclude each other: give one of them");
    }
    std::vector<ModelId> models;
    for (const Value& item : value->items) {
      const auto model = model_named(item.key, build_.document.key_position(item), build_);
      if (model) models.push_back(*model);
    }
    const auto weights = weights_of(*value, build_);
    if (weights && weights->size() == models.size()) settings_.model = {models, *weights};
  }

  void read_arrival(const Value& value) {
    settings_.arrival = arrival_shape_of(value, build_);
    const bool has_rate = tandem::rate_of(settings_.arrival) > 0;
    const Value* load = value_.find("load");
    if (has_rate && load != nullptr) {
      build_.fail(*load, "'load' sets the arrival rate, and 'arrival' gives one too: drop either");
    } else if (load != nullptr) {
      set_rate(settings_.arrival, rate_for(*load));
    } else if (!has_rate) {
      build_.fail(value, "'arrival' has no rate: give one, or give 'load'");
    }
    set_rate(settings_.arrival, tandem::rate_of(settings_.arrival) * build_.rate);
    check_count();
  }

  /// The arrival rate at which jobs ask for `load` of the devices they accept.
  double rate_for(const Value& load) {
    const double devices = devices_accepted(settings_.common.job.demand.types, build_);
    const double asked = settings_.mean_device_seconds();
    if (devices == 0 || asked == 0) {
      build_.fail(load, devices == 0 ? "there is no load on a cluster without fitting devices"
                                     : "there is no load from jobs without devices");
      return 1;
    }
    return number_of(load) * devices / asked;
  }

  /// Refuses what would not end in a lifetime: jobs without number, or beyond the end of time.
  void check_count() {
    const double rate = tandem::rate_of(settings_.arrival);
    const double start = to_seconds(settings_.start);
    constexpr double kMostJobs = 1e8;
    if (settings_.count) {
      const double end = start + static_cast<double>(*settings_.count) / std::max(rate, 1e-300);
      if (!settings_.until && end > to_seconds(kLongestDuration)) {
        build_.fail(value_, "the last of these jobs would be submitted after more than 50 years");
      }
    } else if (settings_.until && (to_seconds(*settings_.until) - start) * rate > kMostJobs / 2) {
      build_.fail(value_, "these are more than 50000000 jobs; give a 'count'");
    }
  }

  const Value& value_;
  ScenarioBuild& build_;
  GeneratorSettings settings_;
};

}  // namespace

void build_generator(const Value& value, std::size_t index, ScenarioBuild& build) {
  GeneratorBuilder(value, index, build).add();
}

}  // namespace tandem
