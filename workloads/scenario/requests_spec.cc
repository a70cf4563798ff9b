// The form of a service's requests.
#include "workloads/requests/request_trace.h"
#include "workloads/scenario/scenario_spec.h"

namespace tandem {
namespace {

SpecPointer format_spec() {
  const auto names = request_format_names();
  return word({names.begin(), names.end()});
}

Key deadline_key() {
  return optional("deadline", positive_duration_spec(), "After each arrival. Absent: none.");
}

SpecPointer recorded_spec() {
  return object(
      {optional("format", format_spec(), "Absent: told from the file."),
       required("file", scalar(ScalarKind::kText), "The trace, relative to the scenario."),
       optional("lengths", scalar(ScalarKind::kText),
                "Of a servegen client: its *-dataset.json. Absent: the one beside the file."),
       optional("from", duration_spec(), "Leaves out what came earlier in the trace.", "0 s"),
       optional("until", positive_duration_spec(), "Leaves out what came then or later."),
       optional("start", duration_spec(), "Time of the run at which it begins.", "0 s"),
       optional("tenant", scalar(ScalarKind::kName), "Asks all of it, whoever did."),
       optional("priority", priority_spec(), "Of all requests, whatever the trace says."),
       deadline_key()});
}

SpecPointer drawn_spec() {
  const auto lengths = object(
      {optional("format", format_spec(), "Absent: told from the file."),
       required("file", scalar(ScalarKind::kText), "Table or trace, relative to the scenario.")});
  const auto sessions =
      object({required("turns", drawn_counts_spec(), "Prompts of a conversation."),
              required("think", drawn_durations_spec(),
                       "From one prompt to the next: reading, thinking and typing.")});
  return object(
      {optional("count", count_spec(1, 4e9), "How many requests; or give 'until'."),
       optional("until", positive_duration_spec(), "No request arrives later."),
       optional("start", duration_spec(), "Arrivals begin here.", "0 s"),
       required("arrival", arrival_spec(ArrivalRate::kRequired),
                "How requests, or conversations, are spread over time."),
       optional("prompt", drawn_counts_spec(), "Tokens of a prompt; of what is new in a turn."),
       optional("output", drawn_counts_spec(), "Tokens of an answer."),
       optional("lengths", lengths, "Recorded pairs to draw both from, instead."),
       optional("system_prompt", count_spec(0, 10'000'000),
                "Tokens in front of every prompt, the same for all.", "0"),
       optional("sessions", sessions,
                "Conversations, whose prompts repeat what was said. Absent: single requests."),
       optional("prefix_block", count_spec(1, 65'536),
                "Tokens of the blocks by which a cache can recognise a prompt's beginning.", "16"),
       optional("tenants", drawn_tenants_spec(),
                "Who asks: a map from tenant to weight, or Zipf-distributed."),
       optional("priority", drawn_priority_spec(),
                "Base priority, or a map from priority to weight.", "0"),
       deadline_key()});
}

}  // namespace

SpecPointer requests_spec() {
  const auto recorded = recorded_spec();
  const auto drawn = drawn_spec();
  const auto source =
      one_of({optional("trace", recorded, "Requests recorded in a file, or a measured client."),
              optional("generate", drawn, "Requests drawn from distributions.")});
  const auto prediction =
      choice({word({"exact"}),
              object({required("error", scalar(ScalarKind::kNumber, 0, 100, "from 0 to 100"),
                               "Standard deviation of the guess, over the length.")})});
  auto requests = std::make_shared<Spec>(*object(
      {optional("trace", recorded, "Requests recorded in a file, or a measured client."),
       optional("generate", drawn, "Requests drawn from distributions."),
       optional("sources", list(source, 1), "Several of them; their streams are merged."),
       optional("rate", scalar(ScalarKind::kFactor, 1e-6, 1e6, "from x0.000001 to x1000000"),
                "By how much faster requests come than is said or recorded.", "x1"),
       optional("output_limit", count_spec(1, 100'000'000),
                "Where every answer ends at the latest. Absent: where the context does."),
       optional("predicted", prediction, "A guess of each answer's length, for those who use it."),
       optional("max_concurrency", count_spec(1, 1'000'000'000),
                "Most requests under way at one time; others come later. Absent: any number.")}));
  requests->exactly_one = {"trace", "generate", "sources"};
  return requests;
}

}  // namespace tandem
