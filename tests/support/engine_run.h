// One serving engine driven through a list of requests, with all that a recorder heard: for tests.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "policies/batch/batch_registry.h"
#include "sim/serving/serving_engine.h"

namespace tandem {

/// Steps whose time is a few plain numbers, in picoseconds.
class PlainCost final : public StepCost {
 public:
  std::int64_t step_ps = 5'000'000'000;
  std::int64_t prefill_token_ps = 60'000'000;
  std::int64_t pair_ps = 3'000;
  std::int64_t request_ps = 10'000'123;
  std::int64_t context_ps = 65'537;
  /// Beyond so many tokens each costs twice as much.
  std::int64_t knee = std::int64_t{1} << 40;

  StepLine line(const BatchShape& shape) const override {
    const std::int64_t base = step_ps + prefill_token_ps * shape.prefill_tokens +
                              pair_ps * shape.prefill_pairs +
                              request_ps * (shape.decode_requests + shape.prefill_requests);
    if (shape.decode_context < knee) return {base, context_ps, knee};
    return {base - knee * context_ps, 2 * context_ps, std::int64_t{1} << 50};
  }
};

/// All that was recorded.
struct Heard final : ServiceRecorder {
  std::vector<RequestRecord> records;
  std::map<std::int64_t, std::int64_t> gaps;  ///< Requests by picoseconds.
  std::vector<std::tuple<Time, std::int64_t, std::int64_t, std::int64_t>> loads;

  void arrived(ServiceId, const Request&) override {}
  void ended(const RequestRecord& record) override { records.push_back(record); }
  void gave_tokens(ServiceId, const TokenGaps& gaps_given) override {
    for (std::int64_t i = 0; i < gaps_given.steps; ++i) {
      gaps[gaps_given.first_ps + i * gaps_given.growth_ps] += gaps_given.requests;
    }
  }
  void load(ServiceId, std::uint32_t, Time now, const EngineLoad& load) override {
    loads.emplace_back(now, load.waiting, load.running, load.blocks_held);
  }
};

struct EngineRun {
  Heard heard;
  std::vector<ServedRequest> ended;  ///< In the order in which they ended.
  EngineCounts counts;
  std::int64_t blocks_left = 0;
};

/// Runs until every request has ended. `requests` are ordered by arrival.
EngineRun run_engine(const ServingEngine::Settings& settings, const std::string& policy,
                     const Tenants& tenants, const StepCost& cost,
                     const std::vector<RequestArrival>& requests);

}  // namespace tandem
