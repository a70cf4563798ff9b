#include "workloads/requests/native_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>

#include "policies/core/csv_text.h"

namespace tandem {
namespace {

constexpr std::string_view kDefaultTenant = "default";

/// A name has no control characters; only these two mean something in a JSON text.
void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

WrittenRequest written(const RequestTrace& trace, std::size_t request) {
  WrittenRequest all{trace.requests[request]};
  if (!trace.tenant.empty()) all.tenant = trace.tenants[trace.tenant[request]];
  if (!trace.priority.empty()) all.priority = trace.priority[request];
  if (!trace.session.empty()) all.session = trace.session[request];
  if (!trace.deadline.empty()) all.deadline = trace.deadline[request];
  all.prefix = trace.prefix(request);
  all.prefix_block_tokens = trace.prefix_block_tokens;
  return all;
}

std::string_view request_table_header() {
  return "arrival_time,prompt_tokens,output_tokens,tenant,priority,session,deadline\n";
}

void append_table_row(const WrittenRequest& request, std::string& out) {
  const auto to = std::back_inserter(out);
  append_seconds(out, request.request.arrival.time_since_epoch());
  fmt::format_to(to, FMT_STRING(",{},{},"), request.request.prompt_tokens,
                 request.request.output_tokens);
  if (request.tenant != kDefaultTenant) append_field(out, request.tenant);
  out += ',';
  if (request.priority != 0) fmt::format_to(to, FMT_STRING("{}"), request.priority);
  out += ',';
  if (request.session != 0) fmt::format_to(to, FMT_STRING("{}"), request.session);
  out += ',';
  if (request.deadline != Duration::max()) append_seconds(out, request.deadline);
  out += '\n';
}

void append_json_line(const WrittenRequest& request, std::string& out) {
  const auto to = std::back_inserter(out);
  out += "{\"arrival_time\":";
  append_seconds(out, request.request.arrival.time_since_epoch());
  fmt::format_to(to, FMT_STRING(",\"prompt_tokens\":{},\"output_tokens\":{}"),
                 request.request.prompt_tokens, request.request.output_tokens);
  if (request.tenant != kDefaultTenant) {
    out += ",\"tenant\":";
    append_json_text(out, request.tenant);
  }
  if (request.priority != 0) fmt::format_to(to, FMT_STRING(",\"priority\":{}"), request.priority);
  if (request.session != 0) fmt::format_to(to, FMT_STRING(",\"session\":{}"), request.session);
  if (request.deadline != Duration::max()) {
    out += ",\"deadline\":";
    append_seconds(out, request.deadline);
  }
  if (!request.prefix.empty()) {
    fmt::format_to(to, FMT_STRING(",\"prefix_block\":{},\"prefix_hashes\":[{}]"),
                   request.prefix_block_tokens, fmt::join(request.prefix, ","));
  }
  out += "}\n";
}

}  // namespace tandem
