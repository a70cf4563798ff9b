#include "reports/requests_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "policies/core/csv_text.h"

namespace tandem {
namespace {

constexpr std::string_view kStates[] = {"completed", "rejected", "failed", "cancelled"};

/// Readers of tables end a row where its line ends.
std::string on_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

}  // namespace

RequestsCsv::RequestsCsv(Sink sink, const std::vector<std::string>& services,
                         const Tenants& tenants, bool has_head)
    : sink_(std::move(sink)) {
  for (const std::string& name : services) append_field(services_.emplace_back(), name);
  for (const Tenant& tenant : tenants.all()) append_field(tenants_.emplace_back(), tenant.name);
  if (has_head) return;
  sink_(
      "request_id,service,tenant,arrival_s,first_token_s,last_token_s,input_tokens,"
      "output_tokens,state,cached_tokens,preemptions,cause\n");
}

void RequestsCsv::ended(const RequestRecord& record) {
  row_.clear();
  fmt::format_to(std::back_inserter(row_), "{},{},{},", record.id.value,
                 services_[record.service.value], tenants_[record.tenant.value]);
  append_seconds(row_, record.arrival.time_since_epoch());
  row_ += ',';
  const bool is_complete = record.state == RequestState::kCompleted;
  if (is_complete) append_seconds(row_, record.first_token.time_since_epoch());
  row_ += ',';
  if (is_complete) append_seconds(row_, record.last_token.time_since_epoch());
  fmt::format_to(std::back_inserter(row_), ",{},{},{},{},{},", record.prompt_tokens,
                 record.output_tokens, kStates[static_cast<std::size_t>(record.state)],
                 record.cached_tokens, record.evictions);
  append_field(row_, on_one_line(record.cause));
  row_ += '\n';
  sink_(row_);
}

}  // namespace tandem
