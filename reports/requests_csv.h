// The requests of a run one by one: the requests.csv of `tandem simulate -o` and of real runs.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/batch/service_recorder.h"
#include "policies/core/tenant.h"

namespace tandem {

/// Writes a row when a request ends. What did not happen is empty.
class RequestsCsv final : public ServiceRecorder {
 public:
  /// Takes a row, or the line with the names of the columns.
  using Sink = std::function<void(std::string_view)>;
  /// `has_head`: the sink goes on with rows of an earlier one.
  RequestsCsv(Sink sink, const std::vector<std::string>& services, const Tenants& tenants,
              bool has_head = false);

  void arrived(ServiceId, const Request&) override {}
  void ended(const RequestRecord& record) override;
  void gave_tokens(ServiceId, const TokenGaps&) override {}
  void load(ServiceId, std::uint32_t, Time, const EngineLoad&) override {}

 private:
  Sink sink_;
  std::vector<std::string> services_;  // As CSV fields.
  std::vector<std::string> tenants_;
  std::string row_;
};

}  // namespace tandem
