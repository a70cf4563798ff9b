// Everybody who listens to a run, simulated or real, and what they make of it.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "policies/batch/service_recorder.h"
#include "reports/atomic_file.h"
#include "reports/findings.h"
#include "reports/growing_file.h"
#include "reports/jobs_csv.h"
#include "reports/journal_file.h"
#include "reports/requests_csv.h"
#include "reports/run_metrics.h"
#include "reports/service_metrics.h"
#include "workloads/scenario.h"

namespace tandem {

/// Seconds, from any origin.
double monotonic_seconds();

class Listeners {
 public:
  /// Which files are written into the folder of the run.
  enum class Writes : std::uint8_t {
    kNothing,
    kJobsAndRequests,  ///< jobs.csv, and requests.csv, which grows: the journal is somebody else's.
    kAll,
  };
  Listeners(const Scenario& scenario, const std::filesystem::path& folder, Writes writes);
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  const std::vector<Recorder*>& recorders() const { return recorders_; }
  const std::vector<ServiceRecorder*>& request_recorders() const { return request_recorders_; }

  /// Completes the files. What the program itself took is counted from `begun`.
  RunResult finish(double begun);

 private:
  void write_jobs(const std::filesystem::path& folder);
  void write_requests(const Scenario& scenario, const std::filesystem::path& path, Writes writes);
  void write_journal(const std::filesystem::path& folder);

  RunMetrics metrics_;
  Findings findings_;
  ServiceMetrics services_;
  std::optional<AtomicFile> requests_file_;
  std::optional<GrowingFile> requests_log_;
  std::optional<RequestsCsv> requests_;
  std::optional<JobsCsv> jobs_;
  std::optional<JournalFile> journal_file_;
  std::optional<JournalWriter> journal_;
  std::vector<ServiceRecorder*> request_recorders_;
  std::vector<Recorder*> recorders_;
};

}  // namespace tandem
