// The lower half of the format: where jobs come from.
#include "workloads/scenario/scenario_spec.h"
#include "workloads/traces/trace.h"

namespace tandem {
namespace {

SpecPointer positive(double most, std::string range) {
  return scalar(ScalarKind::kNumber, 1e-6, most, std::move(range));
}

SpecPointer estimate_spec() {
  const auto factor_value = positive(1e6, "from 1e-6 to 1e6");
  const auto uniform = object({required("min", factor_value, "Smallest factor."),
                               required("max", factor_value, "Largest factor.")});
  const auto factor = choice(
      {factor_value, one_of({optional("uniform", uniform, "Every factor equally likely."),
                             optional("lognormal", lognormal_spec(factor_value), "Log-normal.")})});
  return choice({word({"exact", "round"}),
                 object({required("factor", factor,
                                  "Estimate over run time; below 1: see workload.overrun.")})});
}

SpecPointer load_spec() { return scalar(ScalarKind::kNumber, 1e-6, 100, "from 1e-6 to 100"); }

/// How many devices a drawn job has: always the same, or by weights.
SpecPointer drawn_devices_spec() {
  return choice({count_spec(0, 1'000'000), map(ScalarKind::kInteger, weight_spec(), 1)});
}

SpecPointer class_spec() {
  return object(
      {required("weight", weight_spec(), "How often, against the others."),
       optional("devices", drawn_devices_spec(), "Gang size, or a map from size to weight.", "1"),
       optional("share", scalar(ScalarKind::kNumber, 0.001, 1, "from 0.001 to 1"),
                "The part of its device that each needs; only with one device.", "1"),
       required("duration", drawn_durations_spec(), "Undisturbed run time.")});
}

SpecPointer generate_spec() {
  std::vector<Key> keys = {
      optional("name", scalar(ScalarKind::kName), "Jobs are called NAME-0, NAME-1 …", "gK"),
      optional("count", count_spec(1, 100'000'000), "How many jobs; or give 'until'."),
      optional("until", positive_duration_spec(), "No job is submitted later."),
      optional("start", duration_spec(), "Arrivals begin here.", "0 s"),
      required("arrival", arrival_spec(ArrivalRate::kMaySetByLoad),
               "How jobs are spread over time."),
      optional("load", load_spec(),
               "Sets the arrival rate so that the jobs ask for this share of the devices they "
               "accept; instead of a rate."),
      optional("duration", drawn_durations_spec(), "Undisturbed run time; or give 'classes'."),
      optional("classes", list(class_spec(), 1),
               "Jobs of several sizes, each with run times of its own, in place of 'devices' and "
               "'duration'."),
      optional("repeats", scalar(ScalarKind::kNumber, 0, 0.999, "from 0 to 0.999"),
               "The chance that a job is the one before once more: size, run time, tenant. What "
               "jobs are on the whole does not change.",
               "0"),
      optional("max", positive_duration_spec(), "Longer run times are cut to this."),
      optional("devices", drawn_devices_spec(), "Gang size, or a map from size to weight.", "1"),
      optional("estimate", estimate_spec(),
               "What tenants say of the run time: exact, round, or a factor.", "exact"),
      optional("tenants", drawn_tenants_spec(),
               "Who submits: a map from tenant to weight, or Zipf-distributed."),
      optional("priority", drawn_priority_spec(),
               "Base priority, or a map from priority to weight.", "0"),
      optional("model", scalar(ScalarKind::kName), "One of workload.models; or give 'models'."),
      optional("models", map(ScalarKind::kName, weight_spec(), 1),
               "What the jobs run: a map from model to weight."),
      optional("train", list(drawn_training_spec(), 1),
               "The jobs train these, in place of 'devices' and 'model'; the duration is that on "
               "the fastest type, undisturbed.")};
  for (Key& key : common_job_keys()) keys.push_back(std::move(key));
  auto generate = std::make_shared<Spec>(*object(std::move(keys)));
  generate->exactly_one = {"duration", "classes"};
  return with_later(generate, {"tokens", "parallel", "depends_on"});
}

SpecPointer trace_spec() {
  const auto names = trace_format_names();
  return object(
      {optional("format", word({names.begin(), names.end()}), "Absent: told from the file."),
       required("file", scalar(ScalarKind::kText), "The trace, relative to the scenario."),
       optional("estimates", word({"user", "exact"}), "Whose run time estimates to use.", "user"),
       optional("name", scalar(ScalarKind::kName), "Put before the trace's own job ids.", "tK"),
       optional("tenant", scalar(ScalarKind::kName), "Submits all jobs, whoever did."),
       optional("priority", priority_spec(), "Of all jobs, whatever the trace says."),
       optional("load", load_spec(), "Stretches the gaps between jobs to reach this load.")});
}

}  // namespace

SpecPointer workload_spec() {
  const auto source = one_of(
      {optional("trace", trace_spec(), "Jobs recorded in a file."),
       optional("generate", generate_spec(), "Jobs drawn from distributions."),
       optional("job", job_spec(), "One job, written out."),
       optional("train", train_spec(), "One training job, whose run time follows from its model."),
       optional("evaluate", evaluate_spec(),
                "One evaluation: the loss over text that was held out, by forward passes alone."),
       optional("pipeline", pipeline_spec(), "Jobs that wait for each other, written out.")});
  auto change = object({required("at", duration_spec(), "When, from the start of the run."),
                        required("job", scalar(ScalarKind::kName), "Name of the job."),
                        optional("priority", priority_spec(), "Its new base priority."),
                        optional("cancel", scalar(ScalarKind::kBool), "true: it is withdrawn.")});
  auto exclusive = std::make_shared<Spec>(*change);
  exclusive->exactly_one = {"priority", "cancel"};
  return object(
      {optional("jobs", list(source, 1), "Sources of jobs; their streams are merged."),
       optional("services", services_spec(), "What answers requests."),
       optional("models", models_spec(), "What jobs run."),
       optional("rate", scalar(ScalarKind::kFactor),
                "How much more often everything comes that is drawn or recorded; what is "
                "written out keeps its times.",
                "x1"),
       optional("shake", scalar(ScalarKind::kNumber, 0, 1e6, "from 0 to 1000000"),
                "Moves each recorded arrival at random, by up to so many mean gaps of its "
                "trace: another seed is another, almost equal, trace.",
                "0"),
       optional("recipe", recipe_spec(),
                "How training jobs learn, where they do not say otherwise key by key."),
       optional("qos", map(ScalarKind::kName, weight_spec(), 1),
                "Qualities of service with their weights; the largest counts as 1."),
       optional("overrun", word({"raise", "kill", "run"}),
                "What an estimate below the run time does: it is raised to it; it is a "
                "walltime, at which the job fails; or nothing.",
                "raise"),
       optional("changes", list(exclusive), "Priorities changed and jobs withdrawn.")});
}

}  // namespace tandem
