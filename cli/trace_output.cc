#include "cli/trace_output.h"

#include <fmt/format.h>

#include "policies/core/error.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

const std::string& name_of_jobs(const std::string& name) {
  if (name.ends_with(".csv")) return name;
  throw InputError({name, 0, 0}, "a trace of jobs has a name that ends in .csv");
}

bool is_table(const std::string& name) {
  if (name.ends_with(".csv")) return true;
  if (name.ends_with(".jsonl")) return false;
  throw InputError({name, 0, 0}, "a trace of requests has a name that ends in .csv or .jsonl");
}

}  // namespace

JobTraceFile::JobTraceFile(const std::string& name, TraceNames names, bool has_resources)
    : file_(name_of_jobs(name)), writer_(names, has_resources) {
  file_.write(writer_.header());
}

void JobTraceFile::add(const TraceJob& job) {
  line_.clear();
  writer_.append(job, line_);
  file_.write(line_);
}

RequestTraceFile::RequestTraceFile(const std::string& name)
    : is_table_(is_table(name)), file_(name) {
  if (is_table_) file_.write(request_table_header());
}

void RequestTraceFile::add(const WrittenRequest& request) {
  line_.clear();
  if (is_table_) {
    without_prefix_ += request.prefix.empty() ? 0 : 1;
    append_table_row(request, line_);
  } else {
    append_json_line(request, line_);
  }
  file_.write(line_);
}

std::string prefix_note(std::uint64_t without_prefix) {
  if (without_prefix == 0) return {};
  return fmt::format("left out what {} share of their prompts: a table cannot say it, .jsonl can",
                     counted(without_prefix, "request"));
}

}  // namespace tandem
