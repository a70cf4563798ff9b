// The BurstGPT requests: seconds since the first midnight, tokens, and in later releases which
// conversation each belongs to. Requests that failed have no response tokens.

#include "workloads/requests/formats.h"
#include "workloads/traces/csv.h"

namespace tandem {

void read_burst_gpt(std::string_view text, RequestDraft& draft) {
  CsvReader csv(text, draft.file());
  const std::size_t timestamp = csv.column("Timestamp");
  const std::size_t request_tokens = csv.column("Request tokens");
  const std::size_t response_tokens = csv.column("Response tokens");
  const auto session_id = csv.find("Session ID");
  while (csv.next()) {
    const bool served = draft.add_if_served(Time{seconds(csv.field(timestamp))},
                                            token_count(csv.field(request_tokens), 0),
                                            token_count(csv.field(response_tokens), 0));
    const auto session = csv.given(session_id);
    if (served && session) draft.set_session(*session);
  }
}

}  // namespace tandem
