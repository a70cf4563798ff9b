// From a trace of jobs to a scenario whose jobs are like them, and to what both are compared by.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policies/core/units.h"
#include "workloads/arrival.h"
#include "workloads/traces/trace.h"

namespace tandem {

/// Jobs as samples of everything that is fitted, in the order in which they come.
struct JobSamples {
  std::vector<Time> submitted;
  std::vector<double> devices;  ///< A share of one counts as such.
  std::vector<double> run_time_s;
  std::vector<double> estimate_s;
  std::vector<double>
      tenant;  ///< Its place among the trace's tenants, who asks most first; from 1.
};

JobSamples samples_of(const Trace& trace);
/// Of jobs that a fitted scenario draws. `tenants` are the names by TenantId; who is none of the
/// trace's tenants has the place behind them.
JobSamples samples_of(ArrivalSource& arrivals, const std::vector<std::string>& tenants,
                      const Trace& trace);

/// Whether more than half of the jobs say how long they expect to run.
bool has_estimates(const Trace& trace);

/// The fewest devices of which the jobs ask for at most `load` while they come, and on which each
/// of them fits. Throws InputError, without a position, if they come all at once.
std::uint32_t devices_for(const Trace& trace, double load);

struct JobFit {
  std::string scenario;            ///< A whole scenario file; see docs/traces.md.
  std::vector<std::string> notes;  ///< What the trace says and the scenario does not.
};

/// Arrivals by fit_arrivals(); sizes by their counts, run times of each size by fit_amounts(); the
/// rank correlation of the run times of neighbours as `repeats`; tenants and priorities by their
/// counts; estimates by whichever rule, factor or round, gives the trace's run times estimates that
/// are nearer to its own (K-S). `name` is the scenario's, `devices` its cluster's. Throws
/// InputError, without a position, for what fit_arrivals() cannot fit.
JobFit fit_jobs(const Trace& trace, const std::string& name, std::uint32_t devices);

/// Spearman's rank correlation of each value with the one before it, ties with their mean rank; 0
/// if all are equal or there are fewer than three.
double neighbour_correlation(const std::vector<double>& values);

}  // namespace tandem
