// Jobs that are written out one by one: alone, or as the stages of a pipeline.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "policies/core/quantity_text.h"
#include "workloads/scenario/build.h"
#include "workloads/scenario/scenario_spec.h"
#include "workloads/training.h"

namespace tandem {
namespace {

constexpr std::size_t kMostJobs = 1'000'000;

Duration duration_or(const Value* value, Duration fallback) {
  return value != nullptr ? duration_of(*value) : fallback;
}

std::int64_t integer_or(const Value* value, std::int64_t fallback) {
  return value != nullptr ? integer_of(*value) : fallback;
}

/// All but name, submission and what it waits for. `above` may give tenant and priority.
Arrival arrival_of(const Value& value, const Value* above, ScenarioBuild& build) {
  const bool is_training = value.has("parallel");
  Arrival arrival = common_of(value, build);
  if (is_training) {
    arrival = training_of(value, value.find("name")->text, std::move(arrival), build);
    if (arrival.training && !value.has("state")) arrival.state = arrival.training->state();
  }
  Job& job = arrival.job;
  const auto find = [&](const char* key) {
    const Value* own = value.find(key);
    return own == nullptr && above != nullptr ? above->find(key) : own;
  };
  // Work on data and releases is for processors, unless it says otherwise.
  const bool needs_no_device = job.kind == JobKind::kData || job.kind == JobKind::kRelease;
  if (!is_training) {
    job.demand.devices =
        static_cast<std::uint32_t>(integer_or(value.find("devices"), needs_no_device ? 0 : 1));
    arrival.run_time = duration_or(value.find("duration"), Duration::zero());
  }
  if (job.demand.devices == 0) job.demand.types = kAnyType;
  check_sizes(value, arrival, {&job.demand.devices, 1}, build);
  job.priority = integer_or(find("priority"), 0);
  const Value* tenant = find("tenant");
  build.attempt(tenant != nullptr ? *tenant : value, [&] {
    job.tenant = tenant != nullptr ? build.tenants.resolve_declared(tenant->text)
                                   : build.tenants.resolve(kDefaultTenant);
  });
  const Value* estimate = value.find("estimate");
  job.estimate = duration_or(estimate, arrival.run_time);
  if (job.estimate < arrival.run_time && !build.overrun) {
    const Value* duration = value.find("duration");
    build.fail(
        *estimate,
        fmt::format("the estimate {} is below the duration {}; say what becomes of such a "
                    "job: workload.overrun is raise, kill or run",
                    shown(*estimate),
                    duration != nullptr ? shown(*duration) : human_duration(arrival.run_time)));
  }
  return arrival;
}

std::vector<WrittenJob::Awaited> awaited_of(const Value& value, const ScenarioBuild& build) {
  std::vector<WrittenJob::Awaited> awaited;
  const Value* list = value.find("depends_on");
  if (list == nullptr) return awaited;
  for (const Value& name : list->items) {
    awaited.push_back({name.text, build.document.position(name)});
  }
  return awaited;
}

void submit(WrittenJob& written, Time time, const std::optional<Duration>& deadline) {
  Job& job = written.arrival.job;
  job.submitted = time;
  if (deadline) job.deadline = time + *deadline;
}

/// A stage of a pipeline, whose jobs are the same in each of its runs.
struct Stage {
  std::string name;
  WrittenJob pattern;
  std::optional<Duration> deadline;
  std::int64_t slices = 0;  ///< 0: it is one job, without a number.
  Duration overhead{};      ///< Of each slice.
};

/// Work that is cut into equal slices, each with a cost of its own.
Duration slice_of(Duration whole, std::int64_t slices, Duration overhead) {
  const std::int64_t count = std::max<std::int64_t>(slices, 1);
  return Duration{(whole.count() + count - 1) / count} + overhead;
}

class PipelineReader {
 public:
  PipelineReader(const Value& value, ScenarioBuild& build, std::vector<WrittenJob>& jobs)
      : value_(value), build_(build), jobs_(jobs) {}

  void read(std::size_t entry) {
    for (const Value& stage : value_.find("stages")->items) read_stage(stage, entry);
    const Value* count = value_.find("count");
    const Value* every = value_.find("every");
    const Duration gap = duration_or(every, Duration::zero());
    const auto runs = integer_or(count, 1);
    const Duration first = duration_or(value_.find("submit"), Duration::zero());
    if (first > kLongestDuration || gap > (kLongestDuration - first) / runs) {
      return build_.fail(value_, "the last of these runs would begin after more than 50 years");
    }
    const Pipeline& pipeline = declare(entry, count != nullptr ? runs : 0);
    for (std::int64_t run = 0; run < runs; ++run) {
      const auto number = static_cast<std::uint32_t>(run);
      if (!add_run(number, pipeline.run_name(number) + "/", Time{first + gap * run})) return;
    }
  }

 private:
  void read_stage(const Value& value, std::size_t entry) {
    Stage stage;
    const Value& name = *value.find("name");
    stage.name = name.text;
    if (!names_.insert(stage.name).second) {
      build_.fail(name, fmt::format("there are two stages '{}'", stage.name));
    }
    stage.pattern.arrival = arrival_of(value, &value_, build_);
    const Duration overhead = duration_or(value.find("overhead"), Duration::zero());
    stage.pattern.entry = entry;
    stage.pattern.depends_on = awaited_of(value, build_);
    stage.deadline = deadline_of(value);
    stage.slices = integer_or(value.find("slices"), 0);
    Arrival& arrival = stage.pattern.arrival;
    arrival.run_time = slice_of(arrival.run_time, stage.slices, overhead);
    arrival.job.estimate = slice_of(arrival.job.estimate, stage.slices, overhead);
    stage.overhead = overhead;
    stages_.push_back(std::move(stage));
  }

  /// Tells the scenario of the pipeline, for its reports.
  const Pipeline& declare(std::size_t entry, std::int64_t runs) {
    std::vector<Pipeline>& known = build_.scenario.pipelines;
    Pipeline pipeline{value_.find("name")->text, static_cast<std::uint32_t>(runs), {}};
    if (std::ranges::find(known, pipeline.name, &Pipeline::name) != known.end()) {
      build_.fail(*value_.find("name"), fmt::format("there are two pipelines '{}'", pipeline.name));
    }
    for (const Stage& stage : stages_) {
      pipeline.stages.push_back({stage.name, static_cast<std::uint32_t>(stage.slices),
                                 stage.pattern.arrival.run_time, stage.overhead});
    }
    build_.scenario.pipeline_places.push_back(entry);
    return known.emplace_back(std::move(pipeline));
  }

  /// Whether there may be more jobs.
  bool add_run(std::uint32_t run, const std::string& prefix, Time submitted) {
    const PipelineId pipeline{static_cast<std::uint32_t>(build_.scenario.pipelines.size() - 1)};
    for (std::uint32_t number = 0; number < stages_.size(); ++number) {
      const Stage& stage = stages_[number];
      for (std::int64_t slice = 0; slice < std::max<std::int64_t>(stage.slices, 1); ++slice) {
        WrittenJob job = stage.pattern;
        job.scope = prefix;
        job.arrival.job.name = prefix + stage.name;
        job.arrival.part = {pipeline, run, number, static_cast<std::uint32_t>(slice)};
        if (stage.slices > 0) {
          job.group = std::exchange(job.arrival.job.name,
                                    fmt::format("{}{}-{}", prefix, stage.name, slice));
        }
        submit(job, submitted, stage.deadline);
        if (!build_.sources.names.add(job.arrival.job.name)) {
          build_.fail(value_, fmt::format("there are two jobs '{}'", job.arrival.job.name));
          return false;
        }
        if (jobs_.size() == kMostJobs) {
          build_.fail(value_, fmt::format("these are more than {} written jobs", kMostJobs));
          return false;
        }
        jobs_.push_back(std::move(job));
      }
    }
    return true;
  }

  const Value& value_;
  ScenarioBuild& build_;
  std::vector<WrittenJob>& jobs_;
  std::set<std::string> names_;
  std::vector<Stage> stages_;
};

}  // namespace

void read_job(const Value& value, std::size_t index, ScenarioBuild& build,
              std::vector<WrittenJob>& jobs) {
  WrittenJob written;
  const Value& name = *value.find("name");
  if (!build.sources.names.add(name.text)) {
    build.fail(name, fmt::format("there are two jobs '{}'", name.text));
  }
  written.arrival = arrival_of(value, nullptr, build);
  written.arrival.job.name = name.text;
  written.entry = index;
  written.depends_on = awaited_of(value, build);
  if (value.has("rows")) {
    written.arrival.job.kind = JobKind::kEvaluate;
    written.arrival.evaluation = evaluation_of(value, build);
  }
  if (const Value* of = value.find("of"); of != nullptr && build.trains.contains(of->text)) {
    written.depends_on.push_back({of->text, build.document.position(*of)});
  }
  submit(written, Time{duration_or(value.find("submit"), Duration::zero())}, deadline_of(value));
  jobs.push_back(std::move(written));
}

void read_pipeline(const Value& value, std::size_t index, ScenarioBuild& build,
                   std::vector<WrittenJob>& jobs) {
  PipelineReader(value, build, jobs).read(index);
}

}  // namespace tandem
