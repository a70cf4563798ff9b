// What the fuzz targets of the job trace readers have in common.
#pragma once

#include <string_view>

#include "policies/core/error.h"
#include "tests/fuzz/require.h"
#include "workloads/traces/names.h"
#include "workloads/traces/trace.h"

namespace tandem {

inline void require_sane(const Trace& trace) {
  require(!trace.jobs.empty(), "a trace has jobs");
  require(trace.jobs[0].submitted == kStartOfTime, "times count from the first submission");
  require(trace.type_sets.at(0).empty(), "the first set of types is any");
  for (const std::string& tenant : trace.tenants) require(is_name(tenant), "tenants have names");
  Time last = kStartOfTime;
  for (const TraceJob& job : trace.jobs) {
    require(job.submitted >= last, "jobs are in the order of submission");
    require(job.run_time >= Duration::zero(), "run times are not negative");
    require(job.devices == 1 || job.device_share == 1000, "only one device is shared");
    require(std::max(job.run_time, job.estimate) <= kForever - job.submitted,
            "jobs end within time");
    require(is_name(job.name), "jobs have names");
    require(job.tenant < trace.tenants.size(), "jobs have tenants");
    require(job.types < trace.type_sets.size(), "jobs have sets of types");
    require(job.cpus >= MilliCpus{} && job.memory >= Bytes{}, "demands are not negative");
    last = job.submitted;
  }
}

/// Reads the bytes as a trace: only an InputError may come out, or a sane trace.
inline void fuzz_trace(const unsigned char* data, std::size_t size, TraceFormat format) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    require_sane(read_trace(text, "fuzz", format));
  } catch (const InputError& error) {
    require(is_utf8(error.what()), "messages are UTF-8");
  }
}

}  // namespace tandem
