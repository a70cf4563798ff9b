// Our own requests as one JSON object a line: the names of the table, or those of LLMServingSim,
// which counts nanoseconds and may give the prompt itself as ids of tokens. What is shared of
// prompts may also be told by prefix_hashes: one number for each block of prefix_block tokens and
// all before it, equal for equal beginnings.

#include <fmt/format.h>

#include <algorithm>

#include "workloads/requests/formats.h"
#include "workloads/requests/json_lines.h"
#include "workloads/requests/native.h"
#include "workloads/requests/prefix_hash.h"

namespace tandem {
namespace {

/// Of the blocks that ids of tokens are hashed in; what vLLM's blocks have unless told.
constexpr std::uint32_t kBlockTokens = 16;

enum Name : std::uint8_t {
  kArrivalTime,
  kPromptTokens,
  kOutputTokens,
  kTenant,
  kPriority,
  kSession,
  kDeadline,
  kArrivalTimeNs,
  kInputToks,
  kOutputToks,
  kPrefixBlock,
};
enum List : std::uint8_t { kTokenIds, kPrefixHashes };

std::vector<std::string> names() {
  return {"arrival_time", "prompt_tokens", "output_tokens", "tenant",
          "priority",     "session",       "deadline",      "arrival_time_ns",
          "input_toks",   "output_toks",   "prefix_block"};
}

/// The value under our own name, or else under the other.
Field either(const JsonLines& rows, Name ours, Name other) {
  const auto theirs = rows.given(other);
  return theirs && !rows.given(ours) ? *theirs : rows.field(ours);
}

Time arrival(const JsonLines& rows) {
  const auto theirs = rows.given(kArrivalTimeNs);
  if (!theirs || rows.given(kArrivalTime)) return Time{seconds(rows.field(kArrivalTime))};
  constexpr std::int64_t kMost = std::int64_t{1} << 62;
  return Time{Duration{
      whole_number(*theirs, 0, kMost, "whole nanoseconds, 0 or more, less than 146 years")}};
}

/// One id for each block of the prompt.
void hash_blocks(std::span<const std::uint64_t> tokens, std::vector<std::uint64_t>& blocks) {
  blocks.clear();
  for (std::size_t start = 0; start < tokens.size(); start += kBlockTokens) {
    std::uint64_t hash = 0;
    const std::size_t size = std::min<std::size_t>(kBlockTokens, tokens.size() - start);
    for (const std::uint64_t token : tokens.subspan(start, size)) hash = extended(hash, token);
    blocks.push_back(hash);
  }
}

void set_hashes(const JsonLines& rows, std::uint32_t prompt_tokens, RequestDraft& draft) {
  const auto hashes = rows.list(kPrefixHashes);
  if (!hashes) return;
  constexpr std::int64_t kMostBlockTokens = 65'536;
  const Field block = rows.field(kPrefixBlock);
  const auto tokens = static_cast<std::uint32_t>(
      whole_number(block, 1, kMostBlockTokens, "a whole number of tokens, from 1 to 65536"));
  if (hashes->size() != blocks_of(prompt_tokens, tokens)) {
    fail(block, fmt::format("the size of blocks of which the prompt fills or begins as many as "
                            "there are prefix_hashes ({})",
                            hashes->size()));
  }
  if (!draft.set_prefix_hashes(*hashes, tokens)) fail(block, "the same in all lines");
}

}  // namespace

void read_jsonl_requests(std::string_view text, RequestDraft& draft) {
  JsonLines rows(text, draft.file(), names(), {"input_tok_ids", "prefix_hashes"});
  std::vector<std::uint64_t> blocks;
  while (rows.next()) {
    const Field prompt = either(rows, kPromptTokens, kInputToks);
    const std::uint32_t prompt_tokens = token_count(prompt, 1);
    draft.add(arrival(rows), prompt_tokens,
              token_count(either(rows, kOutputTokens, kOutputToks), 1));
    set_details(
        {rows.given(kTenant), rows.given(kPriority), rows.given(kSession), rows.given(kDeadline)},
        draft);
    const auto ids = rows.list(kTokenIds);
    if (!ids) {
      set_hashes(rows, prompt_tokens, draft);
      continue;
    }
    if (ids->size() != prompt_tokens) {
      fail(prompt, fmt::format("the number of its input_tok_ids, {}", ids->size()));
    }
    hash_blocks(*ids, blocks);
    if (!draft.set_prefix(blocks, kBlockTokens)) {
      fail(prompt, "either input_tok_ids or prefix_hashes in all lines");
    }
  }
}

}  // namespace tandem
