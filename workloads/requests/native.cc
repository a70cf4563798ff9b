// Our own table of requests: arrival_time, prompt_tokens, output_tokens, and if there are any
// tenant, priority, session and deadline (after the arrival). Times in seconds.
#include "workloads/requests/native.h"

#include <limits>

#include "workloads/requests/formats.h"
#include "workloads/traces/csv.h"

namespace tandem {
namespace {

std::int32_t priority(const Field& field) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(
      whole_number(field, -kMost, kMost, "a whole number within 31 bits"));
}

}  // namespace

void set_details(const NativeDetails& details, RequestDraft& draft) {
  if (details.tenant) draft.set_tenant(*details.tenant);
  if (details.priority) draft.set_priority(priority(*details.priority));
  if (details.session) draft.set_session(*details.session);
  if (details.deadline) draft.set_deadline(seconds(*details.deadline));
}

void read_native_requests(std::string_view text, RequestDraft& draft) {
  CsvReader csv(text, draft.file());
  const std::size_t arrival_time = csv.column("arrival_time");
  const std::size_t prompt_tokens = csv.column("prompt_tokens");
  const std::size_t output_tokens = csv.column("output_tokens");
  const auto tenant = csv.find("tenant");
  const auto priority = csv.find("priority");
  const auto session = csv.find("session");
  const auto deadline = csv.find("deadline");
  while (csv.next()) {
    draft.add(Time{seconds(csv.field(arrival_time))}, token_count(csv.field(prompt_tokens), 1),
              token_count(csv.field(output_tokens), 1));
    set_details({csv.given(tenant), csv.given(priority), csv.given(session), csv.given(deadline)},
                draft);
  }
}

}  // namespace tandem
