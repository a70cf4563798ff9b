// Streams of jobs from traces and lists, and their merge.
#include "workloads/scenario/job_sources.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "workloads/generators/shaken.h"

namespace tandem {
namespace {

class GeneratedJobs final : public JobSource {
 public:
  explicit GeneratedJobs(GeneratorSettings settings) : settings_(std::move(settings)) {}
  std::unique_ptr<ArrivalSource> arrivals(std::uint64_t seed) const override {
    return std::make_unique<JobGenerator>(settings_, seed);
  }

 private:
  GeneratorSettings settings_;
};

std::int64_t per_rank(std::int64_t whole, std::uint32_t ranks) {
  return whole / ranks + (whole % ranks != 0 ? 1 : 0);
}

class TraceJobs final : public JobSource, public std::enable_shared_from_this<TraceJobs> {
 public:
  explicit TraceJobs(TraceWorkload workload) : workload_(std::move(workload)) {}
  std::unique_ptr<ArrivalSource> arrivals(std::uint64_t seed) const override;

  std::size_t count() const { return workload_.trace.jobs.size(); }
  Arrival arrival(std::size_t index) const {
    const TraceJob& recorded = workload_.trace.jobs[index];
    Arrival arrival;
    Job& job = arrival.job;
    job.tenant = workload_.tenants[recorded.tenant];
    job.name = workload_.prefix + recorded.name;
    job.priority = workload_.priority.value_or(recorded.priority);
    job.submitted = stretched(recorded.submitted);
    job.estimate = recorded.estimate;
    job.demand.devices = recorded.devices;
    job.demand.device_share = recorded.device_share;
    job.demand.one_node = recorded.one_node;
    // A type set is about devices; a job without any runs wherever there are processors.
    job.demand.types = recorded.devices > 0 ? workload_.types[recorded.types] : kAnyType;
    const std::uint32_t ranks = job.demand.ranks();
    job.demand.cpus_per_rank = {per_rank(recorded.cpus.count, ranks)};
    job.demand.memory_per_rank = {per_rank(recorded.memory.count, ranks)};
    arrival.run_time = recorded.run_time;
    return arrival;
  }

  /// By how much a submission may move.
  Duration shake() const {
    return shake_of(workload_.shake, stretched(workload_.trace.jobs.back().submitted), count());
  }
  std::uint64_t source() const { return workload_.source; }

 private:
  Time stretched(Time time) const {
    if (workload_.stretch == 1) return time;
    const double moved = static_cast<double>(time.time_since_epoch().count()) * workload_.stretch;
    return moved < static_cast<double>(ArrivalProcess::kEnd.time_since_epoch().count())
               ? Time{Duration{std::llround(moved)}}
               : ArrivalProcess::kEnd;
  }

  TraceWorkload workload_;
};

class TraceArrivals final : public ArrivalSource {
 public:
  explicit TraceArrivals(std::shared_ptr<const TraceJobs> jobs) : jobs_(std::move(jobs)) {}
  std::optional<Arrival> next() override {
    if (next_ == jobs_->count()) return std::nullopt;
    return jobs_->arrival(next_++);
  }
  std::uint64_t count() const override { return jobs_->count(); }

 private:
  std::shared_ptr<const TraceJobs> jobs_;
  std::size_t next_ = 0;
};

/// The same, each job sooner or later than it came.
class ShakenArrivals final : public ArrivalSource {
 public:
  ShakenArrivals(std::unique_ptr<ArrivalSource> source, Duration shake, Stream stream)
      : source_(std::move(source)),
        shaken_([this] { return source_->next(); }, shake, std::move(stream)) {}
  std::optional<Arrival> next() override {
    auto next = shaken_.next();
    if (!next) return std::nullopt;
    next->second.job.submitted = next->first;
    return std::move(next->second);
  }
  std::uint64_t count() const override { return source_->count(); }

 private:
  struct Submission {
    Time operator()(const Arrival& arrival) const { return arrival.job.submitted; }
  };
  std::unique_ptr<ArrivalSource> source_;
  Shaken<Arrival, Submission> shaken_;
};

std::unique_ptr<ArrivalSource> TraceJobs::arrivals(std::uint64_t seed) const {
  auto jobs = std::make_unique<TraceArrivals>(shared_from_this());
  if (workload_.shake == 0) return jobs;
  return std::make_unique<ShakenArrivals>(std::move(jobs), shake(),
                                          make_stream(seed, source(), Purpose::kShake));
}

using JobList = std::shared_ptr<const std::vector<Arrival>>;

class ListedArrivals final : public ArrivalSource {
 public:
  explicit ListedArrivals(JobList jobs) : jobs_(std::move(jobs)) {}
  std::optional<Arrival> next() override {
    if (next_ == jobs_->size()) return std::nullopt;
    return (*jobs_)[next_++];
  }
  std::uint64_t count() const override { return jobs_->size(); }

 private:
  JobList jobs_;
  std::size_t next_ = 0;
};

class ListedJobs final : public JobSource {
 public:
  explicit ListedJobs(JobList jobs) : jobs_(std::move(jobs)) {}
  std::unique_ptr<ArrivalSource> arrivals(std::uint64_t) const override {
    return std::make_unique<ListedArrivals>(jobs_);
  }

 private:
  JobList jobs_;
};

/// A k-way merge. Each source's next job waits in `heads_`; `queue_` orders them.
class MergedArrivals final : public ArrivalSource {
 public:
  MergedArrivals(std::vector<std::shared_ptr<const JobSource>> sources, ArrivalRules rules,
                 std::uint64_t seed)
      : sources_(std::move(sources)), rules_(std::move(rules)), heads_(sources_.size()) {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      streams_.push_back(sources_[i]->arrivals(seed));
      advance(i);
    }
  }

  std::optional<Arrival> next() override {
    if (queue_.empty()) return std::nullopt;
    const std::size_t source = queue_.top().second;
    queue_.pop();
    std::optional<Arrival> arrival = std::move(heads_[source]);
    arrival->job.id = JobId{next_id_++};
    settle_estimate(*arrival, rules_.overrun);
    if (rules_.dependencies) resolve(*arrival);
    advance(source);
    return arrival;
  }
  std::uint64_t count() const override {
    std::uint64_t count = 0;
    for (const auto& stream : streams_) count += stream->count();
    return count;
  }

 private:
  using Key = std::pair<Time, std::size_t>;

  /// From names to the ids that they have got.
  void resolve(Arrival& arrival) {
    const auto& [after, awaited] = *rules_.dependencies;
    const std::string& name = arrival.job.name;
    if (awaited.contains(name)) ids_.emplace(name, arrival.job.id);
    const auto found = after.find(name);
    if (found == after.end()) return;
    for (const std::string& other : found->second) arrival.after.push_back(ids_.at(other));
    std::ranges::sort(arrival.after);
  }

  void advance(std::size_t source) {
    heads_[source] = streams_[source]->next();
    if (heads_[source]) queue_.emplace(heads_[source]->job.submitted, source);
  }

  std::vector<std::shared_ptr<const JobSource>> sources_;
  ArrivalRules rules_;
  std::unordered_map<std::string, JobId> ids_;  ///< Of jobs that others wait for.
  std::vector<std::unique_ptr<ArrivalSource>> streams_;
  std::vector<std::optional<Arrival>> heads_;
  std::priority_queue<Key, std::vector<Key>, std::greater<>> queue_;
  std::uint32_t next_id_ = 0;
};

}  // namespace

std::shared_ptr<const JobSource> generated_jobs(GeneratorSettings settings) {
  return std::make_shared<GeneratedJobs>(std::move(settings));
}

std::shared_ptr<const JobSource> trace_jobs(TraceWorkload workload) {
  return std::make_shared<TraceJobs>(std::move(workload));
}

std::shared_ptr<const JobSource> listed_jobs(std::vector<Arrival> jobs) {
  std::ranges::stable_sort(jobs, {}, [](const Arrival& a) { return a.job.submitted; });
  return std::make_shared<ListedJobs>(
      std::make_shared<const std::vector<Arrival>>(std::move(jobs)));
}

std::unique_ptr<ArrivalSource> merged_arrivals(
    const std::vector<std::shared_ptr<const JobSource>>& sources, const ArrivalRules& rules,
    std::uint64_t seed) {
  return std::make_unique<MergedArrivals>(sources, rules, seed);
}

}  // namespace tandem
