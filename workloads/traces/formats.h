// The trace formats, one reader a file: each turns a text into a draft. For trace.cc; everybody
// else calls read_trace().
#pragma once

#include <string_view>

#include "workloads/traces/draft.h"

namespace tandem {

/// The Standard Workload Format 2.2 of the Parallel Workloads Archive: one processor, one device.
void read_swf(std::string_view text, TraceDraft& draft);
/// The job table of the Philly traces, as the Pollux authors reduced it.
void read_philly(std::string_view text, TraceDraft& draft);
/// The pod list of the Alibaba "openb" GPU traces.
void read_openb(std::string_view text, TraceDraft& draft);
/// Our own table of jobs.
void read_native(std::string_view text, TraceDraft& draft);

}  // namespace tandem
