// Writes our own table of jobs, as native.cc reads it: what any trace, and any scenario, can be
// turned into.
#pragma once

#include <string>
#include <vector>

#include "workloads/traces/trace.h"

namespace tandem {

/// What the indices of jobs stand for; both may grow meanwhile.
struct TraceNames {
  const std::vector<std::string>& tenants;
  const std::vector<std::vector<std::string>>& type_sets;
};

/// Whether a job says more than the seven columns that every table has.
bool needs_resource_columns(const TraceJob& job);

class NativeWriter {
 public:
  /// The names must outlive it. Without columns for resources, no job may need them.
  NativeWriter(TraceNames names, bool has_resources)
      : names_(names), has_resources_(has_resources) {}

  std::string header() const;
  /// Appends the job's line. A value that the reader would take anyway is left empty: an estimate
  /// that is the run time, the tenant "default", priority 0, a whole device.
  void append(const TraceJob& job, std::string& out) const;

 private:
  void append_resources(const TraceJob& job, std::string& out) const;

  TraceNames names_;
  bool has_resources_;
};

}  // namespace tandem
