#include "reports/requests_csv.h"

#include <fmt/format.h>

#include <iterator>

#include "reports/csv_text.h"

namespace tandem {
namespace {

constexpr std::string_view kStates[] = {"completed", "rejected", "failed", "cancelled"};

}  // namespace

RequestsCsv::RequestsCsv(const std::filesystem::path& path,
                         const std::vector<std::string>& services, const Tenants& tenants)
    : file_(path) {
  for (const std::string& name : services) append_field(services_.emplace_back(), name);
  for (const Tenant& tenant : tenants.all()) append_field(tenants_.emplace_back(), tenant.name);
  file_.write(
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
  append_field(row_, record.cause);
  row_ += '\n';
  file_.write(row_);
}

}  // namespace tandem
