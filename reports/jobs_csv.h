// The jobs of a run one by one: the jobs.csv of `tandem simulate -o`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/paged_map.h"
#include "policies/core/recorder.h"
#include "reports/atomic_file.h"
#include "reports/bill.h"

namespace tandem {

/// Writes a row when a job ends, so that memory holds active jobs only. start is the first one,
/// when the devices were taken; reason is that of the last start, or of the rejection. What did
/// not happen is empty, and so are cost and energy that are not known. Without finish() there is no
/// file.
class JobsCsv final : public Recorder {
 public:
  explicit JobsCsv(const std::filesystem::path& path);

  void begin_run(const RunHeader& header) override;
  void begin_step(Time now) override { now_ = now; }
  void event(const Event& event) override;
  void action(const Action& action) override;

  /// What a job has cost; told before the event that ends it.
  void bill(JobId job, const Bill& bill, const DeviceFigures& figures);
  /// Writes the jobs that are still active, by id, and completes the file.
  void finish();

 private:
  struct Active {
    std::string name;
    TenantId tenant;
    std::uint32_t devices = 0;
    bool holds = false;
    Time submitted;
    std::optional<Time> first_start;
    std::string reason;
    std::optional<double> cost;
    std::optional<double> energy_kwh;
  };

  void end(JobId id, std::string_view state);
  void write_row(const Active& job, std::optional<Time> ended, std::string_view state);

  AtomicFile file_;
  std::vector<std::string> tenants_;  // As CSV fields.
  PagedMap<JobId, Active> active_;
  Time now_;
  std::string row_;
};

}  // namespace tandem
