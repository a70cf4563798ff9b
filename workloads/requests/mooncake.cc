// The Mooncake requests: milliseconds, tokens, and an id for each block of 512 tokens of the
// prompt, the last of which may be begun only. Equal ids, equal blocks.

#include <fmt/format.h>

#include "workloads/requests/formats.h"
#include "workloads/requests/json_lines.h"
#include "workloads/requests/prefix_hash.h"

namespace tandem {
namespace {

constexpr std::uint32_t kBlockTokens = 512;

Time milliseconds(const Field& field) {
  constexpr std::int64_t kMost = std::int64_t{1} << 43;
  return Time{std::chrono::milliseconds{
      whole_number(field, 0, kMost, "whole milliseconds, 0 or more, less than 278 years")}};
}

}  // namespace

void read_mooncake(std::string_view text, RequestDraft& draft) {
  enum Name : std::uint8_t { kTimestamp, kInputLength, kOutputLength };
  JsonLines rows(text, draft.file(), {"timestamp", "input_length", "output_length"}, {"hash_ids"});
  while (rows.next()) {
    const Field input_length = rows.field(kInputLength);
    const std::uint32_t prompt = token_count(input_length, 0);
    const bool served = draft.add_if_served(milliseconds(rows.field(kTimestamp)), prompt,
                                            token_count(rows.field(kOutputLength), 0));
    const auto ids = rows.list(0);
    if (!served || !ids) continue;
    if (ids->size() != blocks_of(prompt, kBlockTokens)) {
      fail(input_length, fmt::format("what fills or begins as many blocks of {} tokens as there "
                                     "are hash_ids ({})",
                                     kBlockTokens, ids->size()));
    }
    draft.set_prefix(*ids, kBlockTokens);
  }
}

}  // namespace tandem
