// What people have handed in and the journal does not have yet, in SQLite: a job or a cancellation
// that was accepted survives whatever happens to the controller.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/ids.h"

namespace tandem {

class JobStore {
 public:
  explicit JobStore(const std::filesystem::path& path);
  ~JobStore();
  JobStore(const JobStore&) = delete;
  JobStore& operator=(const JobStore&) = delete;

  /// When the run began, by the wall clock, in nanoseconds since 1970: `now` the first time, what
  /// was said then ever after.
  std::int64_t run_began(std::int64_t now);

  struct Submission {
    JobId id;
    std::string text;  ///< The entry, as in workload.jobs.
  };
  /// Durable when it returns.
  void add(const Submission& submission);
  /// By id.
  std::vector<Submission> submissions() const;

  /// Durable when it returns. Asking twice is asking once.
  void cancel(JobId job);
  std::vector<JobId> cancellations() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem
