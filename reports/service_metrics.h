// The figures of services, gathered while requests end. A request leaves three numbers behind.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policies/batch/objective.h"
#include "policies/batch/service_recorder.h"
#include "policies/core/tenant.h"
#include "reports/log_histogram.h"
#include "reports/service_result.h"
#include "reports/time_series.h"

namespace tandem {

/// What of a service does not follow from what happens to its requests.
struct ServiceInfo {
  std::string name;
  std::vector<Objective> objectives;
  std::vector<std::string> provenance = {};
  std::optional<double> band_low = {};
  std::optional<double> band_high = {};
};

/// Definitions (reference.md, section 2):
/// - TTFT: from arrival to the first token. E2E: to the last. TPOT: from the first token to the
///   last over (output tokens - 1), of requests with at least two. ITL: the gaps between tokens of
///   all requests pooled, to 0.1 %; they include waiting after an eviction.
/// - goodput: completed requests that met every objective, a second; the window of it and of
///   throughput is from the first arrival to the last end. A request meets an objective about ITL
///   by its TPOT.
/// - prefix hit rate: prompt tokens found in the cache over all prompt tokens; block hit rate:
///   blocks with a hash of which at least the beginning was found over all such blocks. Of
///   completed requests, when they were last admitted without having been evicted.
/// - KV utilisation: blocks held over blocks there, queue length: requests that no batch has taken
///   up; means over the window.
/// Percentiles are exact, in single precision.
class ServiceMetrics final : public ServiceRecorder {
 public:
  ServiceMetrics(std::vector<ServiceInfo> services, const Tenants& tenants);

  void arrived(ServiceId service, const Request& request) override;
  void ended(const RequestRecord& record) override;
  void gave_tokens(ServiceId service, const TokenGaps& gaps) override;
  void load(ServiceId service, std::uint32_t engine, Time now, const EngineLoad& load) override;

  /// Throws std::logic_error if a request has got lost.
  std::vector<ServiceResult> result() const;

 private:
  /// Requests of one tenant and one priority. Milliseconds.
  struct Group {
    JobCounts counts;
    std::uint64_t good = 0;
    std::deque<float> ttft;
    std::deque<float> tpot;
    std::deque<float> e2e;
  };
  using GroupKey = std::pair<std::uint32_t, std::int64_t>;  ///< Tenant and priority.
  /// Integrals over time, in units times nanoseconds.
  struct Levels {
    double waiting = 0;
    double running = 0;
    double held = 0;
    double blocks = 0;
    std::int64_t most_waiting = 0;
    std::int64_t most_running = 0;
    double fullest = 0;
  };
  struct EngineState {
    EngineLoad load;
    Time since;
  };
  struct Service {
    ServiceInfo info;
    std::map<GroupKey, Group> groups;
    Group* last_group = nullptr;  ///< And whose it is: requests of one kind come in a row.
    GroupKey last_key;
    LogHistogram gaps;                 ///< Picoseconds.
    std::vector<EngineState> engines;  ///< The first is the front.
    Levels levels;
    EngineLoad total;
    Time total_since;
    TimeSeries waiting;
    std::optional<Time> first_arrival;
    Time last_end;
    std::uint64_t evictions = 0;
    std::uint64_t prompt_tokens = 0;
    std::uint64_t cached_tokens = 0;
    std::uint64_t prefix_blocks = 0;
    std::uint64_t blocks_found = 0;
    std::uint64_t output_tokens = 0;
  };

  static Group& group_of(Service& service, TenantId tenant, std::int64_t priority);
  static void settle(Service& service, Time now);
  class Together;
  ServiceResult result_of(const Service& service) const;
  static void fill_rates(const Service& service, const Together& all, ServiceResult& result);
  static void fill_objectives(const Service& service, const Together& all, ServiceResult& result);
  static void fill_levels(const Service& service, ServiceResult& result);

  std::vector<Service> services_;
  std::vector<std::string> tenants_;
};

}  // namespace tandem
