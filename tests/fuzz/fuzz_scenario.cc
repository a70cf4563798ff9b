// Fuzzes the reader of scenarios, from bytes to the first arrivals. No file can be named: the
// folder they would lie in does not exist.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policies/core/error.h"
#include "tests/fuzz/require.h"
#include "workloads/scenario.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

void require_sane(const Scenario& scenario) {
  require(!scenario.policies.empty(), "a scenario has policies");
  require(scenario.power.size() == scenario.cluster.types().size(), "types have power figures");
  require(scenario.price_per_device_hour.size() == scenario.power.size(), "types have prices");
  for (const std::string& warning : scenario.warnings) require(is_utf8(warning), "UTF-8 warnings");
  const auto source = scenario.arrivals(1);
  Time last = kStartOfTime;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const auto arrival = source->next();
    if (!arrival) break;
    const Job& job = arrival->job;
    require(job.id.value == i, "ids are dense");
    require(job.submitted >= last, "jobs are in the order of submission");
    require(arrival->run_time > Duration::zero(), "jobs take time");
    require(job.estimate >= arrival->run_time, "estimates are not below run times");
    require(job.estimate <= kForever - job.submitted, "jobs end within time");
    require(job.tenant.value < scenario.tenants.size(), "jobs have tenants");
    require(scenario.tenants.is_leaf(job.tenant), "only leaves submit jobs");
    require(is_name(job.name), "jobs have names");
    last = job.submitted;
  }
}

}  // namespace
}  // namespace tandem

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    tandem::require_sane(tandem::load_scenario(text, "fuzz", "/nonexistent", {}));
  } catch (const tandem::InputError& error) {
    tandem::require(tandem::is_utf8(error.what()), "messages are UTF-8");
  }
  return 0;
}
