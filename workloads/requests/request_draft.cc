#include "workloads/requests/request_draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "workloads/requests/prefix_hash.h"
#include "workloads/traces/line_reader.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

/// The last request's entry of a column that not all requests need to have.
template <class T>
T& last_entry(std::vector<T>& column, const RequestTrace& trace, T absent) {
  column.resize(trace.requests.size(), absent);
  return column.back();
}

/// Gives the requests behind the last that had an entry one, if any had.
template <class T>
void fill_up(std::vector<T>& column, const RequestTrace& trace, T absent) {
  if (!column.empty()) column.resize(trace.requests.size(), absent);
}

}  // namespace

std::uint32_t token_count(const Field& field, std::uint32_t least) {
  return static_cast<std::uint32_t>(
      whole_number(field, least, kMostTokens,
                   least == 0 ? "a whole number of tokens, from 0 to 100000000"
                              : "a whole number of tokens, from 1 to 100000000"));
}

RequestDraft::RequestDraft(std::string file, std::string_view text) : file_(std::move(file)) {
  trace_.requests.reserve(likely_lines(text));
  // Number 0: requests whose tenant is not told.
  tenants_.index("default");
}

void RequestDraft::add(Time arrival, std::uint32_t prompt_tokens, std::uint32_t output_tokens) {
  trace_.requests.push_back({arrival, prompt_tokens, output_tokens});
}

bool RequestDraft::add_if_served(Time arrival, std::uint32_t prompt_tokens,
                                 std::uint32_t output_tokens) {
  const bool served = prompt_tokens > 0 && output_tokens > 0;
  if (served) {
    add(arrival, prompt_tokens, output_tokens);
  } else {
    ++unserved_;
  }
  return served;
}

void RequestDraft::set_tenant(const Field& name) {
  last_entry(trace_.tenant, trace_, 0U) = tenants_.index(name);
}

void RequestDraft::set_session(const Field& name) {
  last_entry(trace_.session, trace_, 0U) = sessions_.index(name) + 1;
}

void RequestDraft::set_priority(std::int32_t priority) {
  last_entry(trace_.priority, trace_, 0) = priority;
}

void RequestDraft::set_deadline(Duration after_arrival) {
  last_entry(trace_.deadline, trace_, Duration::max()) = after_arrival;
}

bool RequestDraft::set_prefix(std::span<const std::uint64_t> blocks, std::uint32_t block_tokens) {
  chained_.clear();
  PrefixHash hash = 0;
  for (const std::uint64_t block : blocks) chained_.push_back(hash = extended(hash, block));
  return set_prefix_hashes(chained_, block_tokens);
}

bool RequestDraft::set_prefix_hashes(std::span<const PrefixHash> hashes,
                                     std::uint32_t block_tokens) {
  const std::uint32_t before = trace_.prefix_block_tokens;
  if (before != 0 && before != block_tokens) return false;
  trace_.prefix_block_tokens = block_tokens;
  std::uint64_t& end = last_entry(trace_.prefix_ends, trace_, trace_.prefixes.size());
  trace_.prefixes.insert(trace_.prefixes.end(), hashes.begin(), hashes.end());
  end = trace_.prefixes.size();
  return true;
}

RequestTrace RequestDraft::finish() && {
  if (trace_.requests.empty()) {
    throw InputError(Position{file_}, unserved_ == 0
                                          ? "there is no request in the trace"
                                          : "no request of the trace has a prompt and an answer");
  }
  if (unserved_ > 0) {
    trace_.warnings.push_back(
        fmt::format("left out {} without a prompt or an answer", counted(unserved_, "request")));
  }
  fill_up(trace_.tenant, trace_, 0U);
  fill_up(trace_.session, trace_, 0U);
  fill_up(trace_.priority, trace_, 0);
  fill_up(trace_.deadline, trace_, Duration::max());
  fill_up(trace_.prefix_ends, trace_, trace_.prefixes.size());
  trace_.tenants = tenants_.take_names();
  order_by_arrival();
  const Duration first = trace_.requests.front().arrival.time_since_epoch();
  for (RecordedRequest& request : trace_.requests) request.arrival -= first;
  return std::move(trace_);
}

void RequestDraft::order_by_arrival() {
  const auto& requests = trace_.requests;
  std::size_t late = 0;
  for (std::size_t i = 1; i < requests.size(); ++i) {
    late += requests[i].arrival < requests[i - 1].arrival ? 1 : 0;
  }
  if (late == 0) return;
  trace_.warnings.push_back(fmt::format(
      "sorted the trace by arrival: {} came right behind a later one", counted(late, "request")));
  std::vector<std::uint32_t> rows(requests.size());
  std::iota(rows.begin(), rows.end(), 0U);
  std::ranges::stable_sort(rows, {}, [&](std::uint32_t row) { return requests[row].arrival; });
  take_rows(trace_, rows);
}

}  // namespace tandem
