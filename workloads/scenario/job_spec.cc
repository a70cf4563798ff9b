// The format of jobs: what one says of itself, and how several make a pipeline.
#include "workloads/scenario/scenario_spec.h"

namespace tandem {
namespace {

SpecPointer bytes_spec() { return scalar(ScalarKind::kBytes, 0, 1e18, "at least 0 B"); }
SpecPointer name_spec() { return scalar(ScalarKind::kName); }

SpecPointer elastic_spec() {
  return object(
      {required("min", count_spec(1, 1'000'000), "Fewest devices it runs on."),
       required("max", count_spec(1, 1'000'000), "Most devices it runs on."),
       optional(
           "speedup",
           map(ScalarKind::kInteger, scalar(ScalarKind::kNumber, 1e-6, 1e6, "from 1e-6 to 1e6"), 1),
           "How fast it is by number of devices, against any common pace; straight lines in "
           "between. Absent: linear. Of a training job it follows from the layout.")});
}

std::vector<Key> with_common(std::vector<Key> keys) {
  for (Key& key : common_job_keys()) keys.push_back(std::move(key));
  return keys;
}

Key depends_on_key() {
  return optional("depends_on", list(name_spec(), 1),
                  "Jobs that must be done before this one may start: written-out ones, or stages "
                  "(of another pipeline p: p/STAGE).");
}

Key model_key() { return optional("model", name_spec(), "One of workload.models."); }

SpecPointer stage_spec() {
  return with_later(
      object(with_common(
          {required("name", name_spec(), "Its job is called PIPELINE/NAME."), depends_on_key(),
           optional("duration", positive_duration_spec(),
                    "Undisturbed run time of the whole stage; absent: it is done at once.", "0 s"),
           optional("slices", count_spec(1, 10'000),
                    "Cuts the work into so many jobs NAME-0, NAME-1 … over shards of the data set. "
                    "Whoever depends on the stage waits for all."),
           optional("overhead", duration_spec(), "Fixed cost of each slice, added to its part.",
                    "0 s"),
           optional("estimate", positive_duration_spec(),
                    "The tenant's estimate of the whole stage without overhead. Absent: exact."),
           optional("devices", count_spec(0, 1'000'000),
                    "Gang size of each job. Absent: 1, or 0 for the kinds data and release."),
           optional("tenant", name_spec(), "Absent: the pipeline's."),
           optional("priority", priority_spec(), "Absent: the pipeline's."), model_key()})),
      {"tokens", "parallel"});
}

}  // namespace

SpecPointer priority_spec() {
  return scalar(ScalarKind::kInteger, -1e12, 1e12, "from -1e12 to 1e12");
}

SpecPointer job_kind_spec() {
  return word({"train", "evaluate", "batch-infer", "serve", "data", "release"});
}

std::vector<Key> common_job_keys() {
  return {
      optional("types", list(name_spec(), 1),
               "Device types it accepts; a gang never mixes types. Absent: any."),
      optional("cpus", scalar(ScalarKind::kNumber, 0, 1e6, "from 0 to 1e6"),
               "Processor cores of each rank.", "0"),
      optional("memory", bytes_spec(), "Memory of each rank.", "0 B"),
      optional("one_node", scalar(ScalarKind::kBool), "Whether all ranks must share a node.",
               "false"),
      optional("share", scalar(ScalarKind::kNumber, 0.001, 1, "from 0.001 to 1"),
               "The part of its device that it needs, to the thousandth; only with one device.",
               "1"),
      optional("elastic", elastic_spec(),
               "Runs on more or fewer devices; 'devices' is what it prefers and its run time is "
               "for. A training job prefers its 'parallel', and has more or fewer dp ranks."),
      optional("preemptible", scalar(ScalarKind::kBool), "Whether it may be stopped for others.",
               "true"),
      optional("kind", job_kind_spec(), "What the job does.", "train"),
      optional("qos", name_spec(), "Quality of service, one of workload.qos."),
      optional("partition", name_spec(), "Where it runs, one of cluster.partitions."),
      optional("deadline", positive_duration_spec(), "When it should be done, after submission."),
      optional("input", bytes_spec(), "Read from storage each time the job starts.", "0 B"),
      optional("state", bytes_spec(),
               "Written to storage when it is preempted, read when it starts again.", "0 B"),
  };
}

SpecPointer job_spec() {
  return with_later(
      object(with_common(
          {required("name", name_spec(), "Unique in the workload."),
           optional("submit", duration_spec(), "When, from the start of the run.", "0 s"),
           required("duration", positive_duration_spec(), "Undisturbed run time."),
           optional("estimate", positive_duration_spec(),
                    "The tenant's estimate; below the duration only with workload.overrun. Absent: "
                    "exact."),
           optional("devices", count_spec(0, 1'000'000),
                    "Gang size; 0: processors only. Absent: 1, or 0 for the kinds data and "
                    "release."),
           optional("tenant", name_spec(), "Path, or last name if there is one such.", "default"),
           optional("priority", priority_spec(), "Larger is more urgent.", "0"), depends_on_key(),
           model_key()})),
      {"tokens", "parallel"});
}

SpecPointer pipeline_spec() {
  return object(
      {required("name", name_spec(),
                "Unique among pipelines. Jobs are called NAME/STAGE, or NAME-0/STAGE … "
                "with 'count'."),
       optional("submit", duration_spec(), "When all of it is submitted.", "0 s"),
       optional("count", count_spec(1, 100'000), "How many times it is submitted."),
       optional("every", duration_spec(), "From one time to the next.", "0 s"),
       optional("tenant", name_spec(), "Path, or last name if there is one such.", "default"),
       optional("priority", priority_spec(), "Larger is more urgent.", "0"),
       required("stages", list(stage_spec(), 1), "Its jobs, and which of them wait for which.")});
}

SpecPointer models_spec() {
  const auto model = object(
      {optional("throughput",
                map(ScalarKind::kName, scalar(ScalarKind::kNumber, 0, 1e18, "from 0 to 1e18"), 1),
                "How fast it runs, by device type, in any unit; 0: it cannot run there. Absent: "
                "equally fast everywhere."),
       optional("reference", name_spec(),
                "The device type that run times are given for. Absent: the fastest."),
       optional("excludes", list(name_spec(), 1),
                "Models that must not run on a node with it; itself: one rank a node.")});
  return map(ScalarKind::kName, model, 1);
}

}  // namespace tandem
