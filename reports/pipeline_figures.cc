#include "reports/pipeline_figures.h"

#include <algorithm>
#include <array>

namespace tandem {
namespace {

/// Nothing for no values.
std::optional<Percentiles> over(const std::deque<double>& values) {
  return percentiles_of({values.begin(), values.end()});
}

std::optional<Percentiles> ratios(const std::deque<double>& above,
                                  const std::deque<double>& below) {
  std::vector<double> values;
  for (std::size_t i = 0; i < above.size(); ++i) {
    if (below[i] > 0) values.push_back(above[i] / below[i]);
  }
  return percentiles_of(std::move(values));
}

}  // namespace

std::string_view name_of(CountedAs state) {
  struct Named {
    CountedAs state;
    std::string_view name;
  };
  constexpr std::array kNames{
      Named{&JobCounts::completed, "completed"}, Named{&JobCounts::failed, "failed"},
      Named{&JobCounts::cancelled, "cancelled"}, Named{&JobCounts::rejected, "rejected"},
      Named{&JobCounts::running, "running"},     Named{&JobCounts::queued, "queued"}};
  for (const Named& named : kNames) {
    if (named.state == state) return named.name;
  }
  return "unknown";
}

std::vector<std::size_t> PipelineRun::path() const {
  std::vector<std::size_t> places;
  for (auto place = path_end; place; place = jobs[*place].before) places.push_back(*place);
  std::ranges::reverse(places);
  return places;
}

void PipelineFigures::set_pipelines(const std::vector<Pipeline>& pipelines) {
  pipelines_ = pipelines;
  for (const Pipeline& pipeline : pipelines_) {
    sums_.emplace_back().stages.resize(pipeline.stages.size());
  }
}

PipelineJob* PipelineFigures::job_of(const Active& active) {
  if (!active.run) return nullptr;
  const auto run = runs_.find(*active.run);
  return run == runs_.end() ? nullptr : &run->second.jobs[active.place];
}

void PipelineFigures::submit(const Submitted& event) {
  if (pipelines_.empty() || active_.contains(event.job.id)) return;
  Active& active = active_.emplace(event.job.id);
  if (!event.part) return;
  const RunKey key{event.part->pipeline, event.part->run};
  const auto [found, is_new] = runs_.try_emplace(key);
  PipelineRun& run = found->second;
  // A damaged journal may have more; none outlives the run it is in.
  if (run.jobs.size() == pipelines_[key.first.value].jobs()) return;
  active.run = key;
  if (is_new) {
    run.pipeline = event.part->pipeline;
    run.number = event.part->run;
    run.submitted = now_;
    ++sums_[run.pipeline.value].runs.submitted;
  }
  active.place = run.jobs.size();
  PipelineJob& submitted = run.jobs.emplace_back();
  submitted.part = *event.part;
  submitted.ready = now_;
  for (const JobId awaited : event.after) {
    Active* other = active_.find(awaited);
    if (other == nullptr) continue;
    other->dependents.push_back(event.job.id);
    ++submitted.awaited;
  }
}

void PipelineFigures::start(JobId id) {
  const Active* active = active_.find(id);
  PipelineJob* job = active == nullptr ? nullptr : job_of(*active);
  if (job == nullptr || job->start) return;
  job->start = now_;
  job->state = &JobCounts::running;
  CountedAs& run_state = runs_.at(*active->run).state;
  if (run_state == &JobCounts::queued) run_state = &JobCounts::running;
}

void PipelineFigures::end(JobId id, CountedAs state, Duration run, double device_seconds) {
  const Active* active = active_.find(id);
  if (active == nullptr) return;
  end_job(*active, state, run, device_seconds);
  release(*active, state);
  if (job_of(*active) != nullptr) {
    PipelineRun& its_run = runs_.at(*active->run);
    if (its_run.ended == pipelines_[its_run.pipeline.value].jobs()) {
      close(its_run);
      runs_.erase(*active->run);
    }
  }
  active_.erase(id);
}

void PipelineFigures::end_job(const Active& active, CountedAs state, Duration run,
                              double device_seconds) {
  PipelineJob* job = job_of(active);
  if (job == nullptr) return;
  job->end = now_;
  job->state = state;
  job->run = run;
  job->device_seconds = device_seconds;
  job->path += run;
  PipelineRun& its_run = runs_.at(*active.run);
  ++its_run.ended;
  its_run.last_end = now_;
  const bool has_failed =
      its_run.state != &JobCounts::queued && its_run.state != &JobCounts::running;
  if (state != &JobCounts::completed && !has_failed) its_run.state = state;
  if (state == &JobCounts::completed &&
      (!its_run.path_end || job->path > its_run.critical_path())) {
    its_run.path_end = active.place;
  }
}

void PipelineFigures::release(const Active& ended, CountedAs state) {
  if (state != &JobCounts::completed) return;  // Whoever waits for it will be rejected.
  const PipelineJob* job = job_of(ended);
  for (const JobId id : ended.dependents) {
    const Active* active = active_.find(id);
    PipelineJob* dependent = active == nullptr ? nullptr : job_of(*active);
    if (dependent == nullptr) continue;
    if (--dependent->awaited == 0) dependent->ready = now_;
    const bool is_ours = job != nullptr && active->run == ended.run;
    if (is_ours && job->path > dependent->path) {
      dependent->path = job->path;
      dependent->before = ended.place;
    }
  }
}

void PipelineFigures::close(PipelineRun& run) {
  Sums& sums = sums_[run.pipeline.value];
  if (run.state == &JobCounts::running || run.state == &JobCounts::queued) {
    run.state = &JobCounts::completed;
    sums.makespans.push_back(to_seconds(run.makespan()));
    sums.critical_paths.push_back(to_seconds(run.critical_path()));
    add_stages(run, sums.stages);
  }
  ++(sums.runs.*run.state);
  if (listener_) listener_(run);
}

void PipelineFigures::add_stages(const PipelineRun& run, std::vector<StageSums>& sums) const {
  struct Span {
    Time ready = kForever;
    Time end = kStartOfTime;
  };
  const std::vector<PipelineStage>& stages = pipelines_[run.pipeline.value].stages;
  std::vector<Span> spans(stages.size());
  for (const PipelineJob& job : run.jobs) {
    const PipelineStage& stage = stages[job.part.stage];
    StageSums& sum = sums[job.part.stage];
    Span& span = spans[job.part.stage];
    span = {std::min(span.ready, job.ready), std::max(span.end, *job.end)};
    const double wait = to_seconds(job.start.value_or(*job.end) - job.ready);
    sum.wait_s += wait;
    sum.longest_wait_s = std::max(sum.longest_wait_s, wait);
    sum.run_s += to_seconds(job.run);
    sum.device_s += job.device_seconds;
    if (stage.run_time == Duration::zero()) continue;
    const double share = to_seconds(stage.overhead) / to_seconds(stage.run_time);
    sum.overhead_s += to_seconds(job.run) * share;
    sum.overhead_device_s += job.device_seconds * share;
  }
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].ready < kForever) sums[i].span_s += to_seconds(spans[i].end - spans[i].ready);
  }
}

StageResult PipelineFigures::stage_result(const PipelineStage& stage, const StageSums& sums,
                                          std::uint64_t runs) const {
  StageResult result;
  result.name = stage.name;
  result.slices = stage.slices;
  result.jobs = runs * stage.jobs();
  result.run_s = sums.run_s;
  result.device_s = sums.device_s;
  result.overhead_s = sums.overhead_s;
  result.overhead_device_s = sums.overhead_device_s;
  if (runs == 0) return result;
  if (sums.run_s > 0) result.overhead_share = sums.overhead_s / sums.run_s;
  result.wait_s_mean = sums.wait_s / static_cast<double>(result.jobs);
  result.wait_s_max = sums.longest_wait_s;
  result.span_s_mean = sums.span_s / static_cast<double>(runs);
  return result;
}

std::vector<PipelineResult> PipelineFigures::results() const {
  std::vector<PipelineResult> results;
  for (std::size_t i = 0; i < pipelines_.size(); ++i) {
    const Sums& sums = sums_[i];
    PipelineResult& result = results.emplace_back();
    result.name = pipelines_[i].name;
    result.runs = sums.runs;
    result.makespan_s = over(sums.makespans);
    result.critical_path_s = over(sums.critical_paths);
    result.stretch = ratios(sums.makespans, sums.critical_paths);
    for (std::size_t stage = 0; stage < sums.stages.size(); ++stage) {
      result.stages.push_back(
          stage_result(pipelines_[i].stages[stage], sums.stages[stage], sums.runs.completed));
    }
  }
  for (const auto& [key, run] : runs_) {
    const bool has_begun =
        std::ranges::any_of(run.jobs, [](const auto& job) { return job.start.has_value(); });
    ++(results[run.pipeline.value].runs.*(has_begun ? &JobCounts::running : &JobCounts::queued));
  }
  return results;
}

}  // namespace tandem
