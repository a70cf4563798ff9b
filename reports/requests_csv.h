// The requests of a run one by one: the requests.csv of `tandem simulate -o`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "policies/batch/service_recorder.h"
#include "policies/core/tenant.h"
#include "reports/atomic_file.h"

namespace tandem {

/// Writes a row when a request ends. What did not happen is empty. Without finish() there is no
/// file.
class RequestsCsv final : public ServiceRecorder {
 public:
  RequestsCsv(const std::filesystem::path& path, const std::vector<std::string>& services,
              const Tenants& tenants);

  void arrived(ServiceId, const Request&) override {}
  void ended(const RequestRecord& record) override;
  void gave_tokens(ServiceId, const TokenGaps&) override {}
  void load(ServiceId, std::uint32_t, Time, const EngineLoad&) override {}

  void finish() { file_.commit(); }

 private:
  AtomicFile file_;
  std::vector<std::string> services_;  // As CSV fields.
  std::vector<std::string> tenants_;
  std::string row_;
};

}  // namespace tandem
