// A trace of our own as a file, written as it comes: what `trace import` and `trace generate` have
// in common.
#pragma once

#include <cstdint>
#include <string>

#include "reports/atomic_file.h"
#include "workloads/requests/native_writer.h"
#include "workloads/traces/native_writer.h"

namespace tandem {

/// The file is there once commit() has been called. Both throw InputError for a name that is not of
/// such a file.
class JobTraceFile {
 public:
  JobTraceFile(const std::string& name, TraceNames names, bool has_resources);
  void add(const TraceJob& job);
  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
  NativeWriter writer_;
  std::string line_;
};

/// A table (.csv) or JSON lines (.jsonl).
class RequestTraceFile {
 public:
  explicit RequestTraceFile(const std::string& name);
  void add(const WrittenRequest& request);
  void commit() { file_.commit(); }
  /// Requests whose prefixes the table cannot tell.
  std::uint64_t without_prefix() const { return without_prefix_; }

 private:
  bool is_table_;
  AtomicFile file_;
  std::string line_;
  std::uint64_t without_prefix_ = 0;
};

/// What a table has left out of requests; empty if nothing.
std::string prefix_note(std::uint64_t without_prefix);

}  // namespace tandem
