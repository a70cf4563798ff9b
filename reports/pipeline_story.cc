#include "reports/pipeline_story.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "policies/core/error.h"
#include "reports/human.h"

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFew = 5;

std::string spelled(Duration duration) { return human(to_seconds(duration), Unit::kSeconds); }
std::string spelled(Time time) { return spelled(time.time_since_epoch()); }

std::string plural(std::size_t count, const char* one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

/// A stage in one run: of its jobs, the first that was ready, the first that started and so on.
struct StageStory {
  std::optional<Time> ready;
  std::optional<Time> start;
  std::optional<Time> end;
  std::size_t started = 0;
  std::size_t completed = 0;
  Duration longest_wait{};
  double wait_s = 0;  ///< Sum over those that started.
  const PipelineJob* on_path = nullptr;

  double mean_wait_s() const { return started == 0 ? 0 : wait_s / static_cast<double>(started); }
};

std::vector<StageStory> stages_of(const PipelineRun& run, std::size_t count) {
  std::vector<StageStory> stages(count);
  for (const PipelineJob& job : run.jobs) {
    StageStory& stage = stages[job.part.stage];
    if (job.awaited == 0) stage.ready = std::min(stage.ready.value_or(job.ready), job.ready);
    if (job.end) stage.end = std::max(stage.end.value_or(*job.end), *job.end);
    stage.completed += job.state == &JobCounts::completed ? 1 : 0;
    if (!job.start) continue;
    ++stage.started;
    stage.start = std::min(stage.start.value_or(*job.start), *job.start);
    stage.wait_s += to_seconds(*job.start - job.ready);
    stage.longest_wait = std::max(stage.longest_wait, *job.start - job.ready);
  }
  for (const std::size_t place : run.path()) {
    stages[run.jobs[place].part.stage].on_path = &run.jobs[place];
  }
  return stages;
}

std::string text_of(const PipelineStage& known, const StageStory& stage) {
  std::string text = "  " + known.name;
  if (known.slices > 0) text += fmt::format(" in {}", plural(known.slices, "slice"));
  if (!stage.start) {
    return text + (stage.ready
                       ? fmt::format(": ready at {}, never started.\n", spelled(*stage.ready))
                       : std::string(": was never ready.\n"));
  }
  text += fmt::format(": ready at {}, started at {}, ended at {}; ", spelled(*stage.ready),
                      spelled(*stage.start), spelled(*stage.end));
  if (known.slices > 1) {
    text += fmt::format("a slice waited {} on average, {} at most.",
                        human(stage.mean_wait_s(), Unit::kSeconds), spelled(stage.longest_wait));
  } else {
    text += fmt::format("waited {}.", spelled(stage.longest_wait));
  }
  if (stage.on_path != nullptr) {
    text += " On the critical path";
    if (known.slices > 1) text += fmt::format(": {}-{}", known.name, stage.on_path->part.slice);
    text += ".";
  }
  return text + "\n";
}

Json seconds_or_null(const std::optional<Time>& time) {
  return time ? Json(to_seconds(*time)) : Json(nullptr);
}

Json json_of(const PipelineStage& known, const StageStory& stage) {
  return {{"stage", known.name},
          {"slices", known.slices},
          {"ready_s", seconds_or_null(stage.ready)},
          {"start_s", seconds_or_null(stage.start)},
          {"end_s", seconds_or_null(stage.end)},
          {"completed", stage.completed},
          {"wait_s", {{"mean", stage.mean_wait_s()}, {"max", to_seconds(stage.longest_wait)}}},
          {"on_critical_path", stage.on_path != nullptr}};
}

}  // namespace

std::unique_ptr<PipelineExplainer> PipelineExplainer::find(const RunHeader& header,
                                                           const std::string& name) {
  for (std::uint32_t id = 0; id < header.pipelines.size(); ++id) {
    const Pipeline& pipeline = header.pipelines[id];
    if (!name.starts_with(pipeline.name)) continue;
    if (pipeline.runs > 0 && name == pipeline.name) {
      throw InputError(fmt::format("pipeline '{}' was submitted {}: ask for one, {} to {}", name,
                                   plural(pipeline.runs, "time"), pipeline.run_name(0),
                                   pipeline.run_name(pipeline.runs - 1)));
    }
    for (std::uint32_t run = 0; run < pipeline.most_runs(); ++run) {
      if (name != pipeline.run_name(run)) continue;
      return std::unique_ptr<PipelineExplainer>(
          new PipelineExplainer(pipeline, PipelineId{id}, run));
    }
  }
  return nullptr;
}

PipelineExplainer::PipelineExplainer(Pipeline pipeline, PipelineId id, std::uint32_t number)
    : pipeline_(std::move(pipeline)), name_(pipeline_.run_name(number)) {
  metrics_.pipelines().set_listener([this, id, number](const PipelineRun& run) {
    if (run.pipeline == id && run.number == number) run_ = run;
  });
}

const PipelineRun& PipelineExplainer::run() const {
  if (!run_) throw InputError(fmt::format("pipeline '{}' had not ended in this run", name_));
  return *run_;
}

std::string PipelineExplainer::name_of_job(const PipelineJob& job) const {
  const PipelineStage& stage = pipeline_.stages[job.part.stage];
  std::string name = name_ + "/" + stage.name;
  return stage.slices == 0 ? name : fmt::format("{}-{}", name, job.part.slice);
}

/// What it took, or why it did not come to its end.
std::string PipelineExplainer::outcome() const {
  const PipelineRun& run = this->run();
  if (run.state == &JobCounts::completed) {
    std::string text = fmt::format("It took {}", spelled(run.makespan()));
    const Duration path = run.critical_path();
    if (path == Duration::zero()) return text + ".\n";
    return text + fmt::format(", {:.2f} times its critical path of {}.\n",
                              to_seconds(run.makespan()) / to_seconds(path), spelled(path));
  }
  std::vector<std::string> lost;
  std::size_t count = 0;
  for (const PipelineJob& job : run.jobs) {
    if (job.state == &JobCounts::completed || ++count > kFew) continue;
    lost.push_back(fmt::format("{} was {}", name_of_job(job), tandem::name_of(job.state)));
    if (job.state == &JobCounts::failed) lost.back() = name_of_job(job) + " failed";
  }
  return fmt::format("It was not completed: {}{}.\n", fmt::join(lost, ", "),
                     count > kFew ? fmt::format(" and {} more", count - kFew) : "");
}

std::string PipelineExplainer::text() const {
  const PipelineRun& run = this->run();
  std::string text =
      fmt::format("{} was submitted at {}: {}, {}.\n", name_, spelled(run.submitted),
                  plural(pipeline_.stages.size(), "stage"), plural(run.jobs.size(), "job"));
  text += outcome();
  const auto stages = stages_of(run, pipeline_.stages.size());
  for (std::size_t i = 0; i < stages.size(); ++i) text += text_of(pipeline_.stages[i], stages[i]);
  return text;
}

Json PipelineExplainer::json() const {
  const PipelineRun& run = this->run();
  Json json_stages = Json::array();
  const auto stages = stages_of(run, pipeline_.stages.size());
  for (std::size_t i = 0; i < stages.size(); ++i) {
    json_stages.push_back(json_of(pipeline_.stages[i], stages[i]));
  }
  const bool is_whole = run.state == &JobCounts::completed;
  Json path = Json::array();
  for (const std::size_t place : run.path()) path.push_back(name_of_job(run.jobs[place]));
  return {{"pipeline", name_},
          {"submit_s", to_seconds(run.submitted)},
          {"end_s", to_seconds(run.last_end)},
          {"makespan_s", is_whole ? Json(to_seconds(run.makespan())) : Json(nullptr)},
          {"critical_path_s", is_whole ? Json(to_seconds(run.critical_path())) : Json(nullptr)},
          {"state", tandem::name_of(run.state)},
          {"stages", std::move(json_stages)},
          {"critical_path", std::move(path)}};
}

}  // namespace tandem
