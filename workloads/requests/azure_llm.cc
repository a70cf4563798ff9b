// The Azure requests: when each came by the wall clock, the tokens of its prompt and of its answer.

#include "workloads/requests/formats.h"
#include "workloads/traces/csv.h"
#include "workloads/traces/time_text.h"

namespace tandem {
namespace {

Time wall_clock(const Field& field) {
  // The traces of 2024 name their time zone, which is always this one.
  constexpr std::string_view kZone = "+00:00";
  std::string_view text = field.text;
  if (text.ends_with(kZone)) text.remove_suffix(kZone.size());
  const auto since_1970 = parse_wall_clock(text);
  if (!since_1970) fail(field, "a time such as 2023-11-16 18:15:46.6805900, in 1970 to 2261");
  return Time{*since_1970};
}

}  // namespace

void read_azure_llm(std::string_view text, RequestDraft& draft) {
  CsvReader csv(text, draft.file());
  const std::size_t timestamp = csv.column("TIMESTAMP");
  const std::size_t context_tokens = csv.column("ContextTokens");
  const std::size_t generated_tokens = csv.column("GeneratedTokens");
  while (csv.next()) {
    draft.add_if_served(wall_clock(csv.field(timestamp)), token_count(csv.field(context_tokens), 0),
                        token_count(csv.field(generated_tokens), 0));
  }
}

}  // namespace tandem
