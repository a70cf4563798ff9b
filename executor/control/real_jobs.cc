#include "executor/control/real_jobs.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "policies/core/error.h"
#include "workloads/training.h"

namespace tandem {
namespace {

void check_file(const Job& job, const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) {
    throw InputError({path.string(), 0, 0},
                     fmt::format("job {} learns from this file, which is not there", job.name));
  }
}

TrainingSpec spec_of(const Arrival& arrival, std::size_t devices) {
  TrainingSpec spec;
  spec.kind = arrival.job.kind;
  spec.model = arrival.training->model();
  spec.layout = arrival.training->layout().on(static_cast<std::int64_t>(devices));
  spec.recipe = *arrival.recipe;
  if (arrival.evaluation) {
    spec.steps = 0;
    spec.rows = arrival.evaluation->rows;
    spec.checkpoints = arrival.evaluation->checkpoints;
  } else {
    spec.steps = arrival.training->steps();
  }
  return spec;
}

}  // namespace

RealJobs::RealJobs(const Scenario& scenario, ScenarioText text, std::uint64_t seed,
                   const RunFolder& folder, JobStore& store)
    : scenario_(scenario), text_(std::move(text)), folder_(folder), store_(store) {
  std::uint64_t count = 0;
  for (const auto all = scenario.arrivals(seed); const auto arrival = all->next(); ++count) {
    check(*arrival);
  }
  arrivals_ = scenario.arrivals(seed);
  advance();
  next_submission_ = static_cast<std::uint32_t>(count);
  for (const JobStore::Submission& submission : store.submissions()) {
    next_submission_ = submission.id.value;
    for (RealJob& job : read(submission.text, "a job that was handed in")) {
      waiting_.emplace(job.arrival.job.id, std::move(job));
      ++next_submission_;
    }
  }
}

void RealJobs::advance() { next_ = arrivals_->next(); }

void RealJobs::check(const Arrival& arrival) const {
  const Job& job = arrival.job;
  if (!arrival.training) {
    throw InputError(fmt::format(
        "job {} has a run time but nothing to compute: 'tandem run' needs 'train' and 'evaluate' "
        "entries",
        job.name));
  }
  if (!arrival.recipe) {
    throw InputError(fmt::format(
        "job {} has no 'recipe', and there is no 'workload.recipe': what is it to learn from?",
        job.name));
  }
  for (std::optional size = job.most_devices(); size; size = job.size_below(*size)) {
    if (const std::string why = why_not_trainable(spec_of(arrival, *size)); !why.empty()) {
      throw InputError(fmt::format("job {} cannot be run: {}", job.name, why));
    }
  }
  for (const auto& file : arrival.recipe->text.files) check_file(job, file);
  if (arrival.recipe->text.tokens == Tokens::kGpt2) {
    check_file(job, arrival.recipe->text.vocabulary);
  }
}

std::vector<RealJobs::RealJob> RealJobs::read(const std::string& text,
                                              const std::string& file) const {
  std::vector<Override> overrides = text_.overrides;
  overrides.push_back({"workload.jobs", text, file});
  const Scenario scenario = load_scenario(text_.text, text_.file, text_.folder, overrides);
  std::vector<RealJob> jobs;
  for (const auto all = scenario.arrivals(1); auto arrival = all->next();) {
    arrival->job.id = {next_submission_ + arrival->job.id.value};
    for (JobId& before : arrival->after) before = {next_submission_ + before.value};
    arrival->part.reset();    // The run's journal knows its own pipelines only,
    arrival->job.model = {};  // and its own models.
    check(*arrival);
    jobs.push_back({std::move(*arrival), scenario.catalog, 0});
  }
  return jobs;
}

std::vector<std::string> RealJobs::accept(const std::string& text, const std::string& file) {
  std::vector<RealJob> jobs = read(text, file);
  if (jobs.empty()) throw InputError({file, 0, 0}, "there is no job in it");
  std::vector<std::string> names;
  for (const RealJob& job : jobs) {
    const std::string& name = job.arrival.job.name;
    bool is_taken = names_.contains(name);
    for (const auto& [id, other] : waiting_) is_taken |= other.arrival.job.name == name;
    if (is_taken) {
      throw InputError({file, 0, 0}, fmt::format("there is a job {} already in this run", name));
    }
    names.push_back(name);
  }
  store_.add({{next_submission_}, text});
  next_submission_ += static_cast<std::uint32_t>(jobs.size());
  for (RealJob& job : jobs) waiting_.emplace(job.arrival.job.id, std::move(job));
  return names;
}

std::optional<Time> RealJobs::next_arrival() const {
  if (!waiting_.empty()) return kStartOfTime;
  if (!next_) return std::nullopt;
  return next_->job.submitted;
}

void RealJobs::take(RealJob job) {
  const JobId id = job.arrival.job.id;
  names_[job.arrival.job.name] = id;
  active_.emplace(id, std::move(job));
}

void RealJobs::take_due(Time now, std::vector<Event>& events) {
  const auto tell = [&](RealJob job) {
    events.emplace_back(Submitted{job.arrival.job, job.arrival.after, job.arrival.part});
    take(std::move(job));
  };
  while (next_ && next_->job.submitted <= now) {
    tell({std::move(*next_), scenario_.catalog, 0});
    advance();
  }
  for (auto& [id, job] : std::exchange(waiting_, {})) tell(std::move(job));
}

bool RealJobs::recall(const Job& job) {
  if (const auto found = waiting_.find(job.id); found != waiting_.end()) {
    take(std::move(found->second));
    waiting_.erase(found);
    return true;
  }
  if (next_ && next_->job.id == job.id) {
    take({std::move(*next_), scenario_.catalog, 0});
    advance();
    return true;
  }
  if (scenario_.services.empty()) {
    throw WorldError(fmt::format("the journal knows a job {} that the run does not", job.id.value));
  }
  add_replica(job, {});
  next_submission_ = std::max(next_submission_, job.id.value + 1);
  return false;
}

void RealJobs::add_replica(const Job& job, const ServingSpec& spec) {
  RealJob replica;
  replica.arrival.job = job;
  replica.catalog = scenario_.catalog;
  replica.serving = std::make_shared<const ServingSpec>(spec);
  take(std::move(replica));
}

std::optional<JobId> RealJobs::find(std::string_view name) const {
  const auto found = names_.find(name);
  if (found == names_.end() || !active_.contains(found->second)) return std::nullopt;
  return found->second;
}

std::filesystem::path RealJobs::folder(JobId job) const {
  return folder_.job(job, active_.at(job).arrival.job.name);
}

GangTask RealJobs::task(JobId job, std::size_t devices) const {
  if (const auto& serving = active_.at(job).serving) return {folder(job), {}, *serving};
  const Arrival& arrival = active_.at(job).arrival;
  GangTask task{folder(job), spec_of(arrival, devices)};
  if (arrival.evaluation && !arrival.evaluation->of.empty()) {
    const std::string& of = arrival.evaluation->of;
    task.spec.checkpoints = checkpoints_in(folder_.job(names_.at(of), of));
  }
  return task;
}

}  // namespace tandem
