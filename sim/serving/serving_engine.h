// One serving engine on the simulated clock: what its ledger and its policy decide, timed by a cost
// model. Decode steps that are alike are made in one piece, up to the next that anything changes;
// the outcome is that of making them one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "policies/batch/engine.h"
#include "policies/batch/service_recorder.h"
#include "workloads/perf/serving/step_line.h"
#include "workloads/requests/request_source.h"

namespace tandem {

/// Picoseconds within a time of whole nanoseconds, so that rounding does not add up.
struct FineTime {
  Time time;
  std::int64_t ps = 0;  ///< 0 to 999, past `time`.

  friend auto operator<=>(const FineTime&, const FineTime&) = default;
  /// The first whole nanosecond that is not before it.
  Time ceiling() const { return ps == 0 ? time : time + Duration{1}; }
  FineTime after(std::int64_t picoseconds) const {
    const std::int64_t total = ps + picoseconds;
    return {time + Duration{total / 1000}, total % 1000};
  }
  std::int64_t since(const FineTime& earlier) const {
    return (time - earlier.time).count() * 1000 + ps - earlier.ps;
  }
};

/// A request on its way through engines, with what has been seen of its answer.
struct ServedRequest {
  RequestArrival arrival;
  std::uint32_t answer = 0;     ///< Tokens in all, of which an engine may be to give only some.
  std::uint32_t generated = 0;  ///< Tokens that it has been given.
  std::optional<Time> first_token = {};
  FineTime last_token = {};  ///< If there was a first.
  std::uint32_t evictions = 0;
  std::uint32_t cached = 0;
  std::uint32_t blocks_found = 0;  ///< That have a hash.
};

class ServingEngine {
 public:
  struct Settings {
    EngineSettings engine;
    std::int64_t swap_ps_per_block = 0;  ///< Copying a block to the host, or back.
    bool step_by_step = false;           ///< Never several steps at once: for tests.
    ServiceId service;
    std::uint32_t number = 0;  ///< Among the engines of its service.
    /// By when a first token is in time, from the arrival of its request.
    Duration first_token_limit = Duration::max();
  };
  /// First tokens given, and how many of them were in time.
  struct FirstTokens {
    std::int64_t given = 0;
    std::int64_t in_time = 0;
  };
  /// All arguments must outlive the engine, but the policy is its own.
  ServingEngine(const Settings& settings, std::unique_ptr<BatchPolicy> policy, const StepCost& cost,
                ServiceRecorder& recorder);

  /// Takes a request in; it fits(). All that come at one instant may be in one step. Its answer's
  /// keys and values are at hand if it has any tokens.
  void submit(ServedRequest request, Time now);
  bool fits(const RequestArrival& arrival) const;
  /// When something next happens here, if nothing comes before; kForever: never.
  Time next_time() const { return busy_ || begins_ ? end_.ceiling() : kForever; }
  /// Goes on to `now`, at most next_time(). Requests that have all their tokens are added to
  /// `ended`.
  void advance(Time now, std::vector<ServedRequest>& ended);
  /// Nothing happens here from now on: the step under way does not end, whoever comes waits.
  void halt(Time now);
  /// The engine is gone: all that were here, in order of their coming, as far as they had got.
  std::vector<ServedRequest> abandon(Time now);
  /// Tells the recorder what is held from now on.
  void report_load(Time now);

  std::int64_t outstanding() const { return engine_.waiting() + engine_.running(); }
  /// Known of all requests that are here, those included that steps under way have given.
  std::int64_t tokens(Time now) const;
  /// Since it was last asked.
  FirstTokens take_first_tokens() { return std::exchange(first_tokens_, {}); }
  const Engine& engine() const { return engine_; }

 private:
  struct Served {
    SequenceId id;
    ServedRequest request;
    std::int64_t end_step = kNone;  ///< Of the engine's decode steps, while it decodes.
  };
  /// Requests that decode and were given their last token at the same time.
  struct Cohort {
    FineTime last_token;
    std::int64_t requests = 0;
  };
  using Ending = std::pair<std::int64_t, SequenceId>;
  static constexpr std::int64_t kNone = -1;

  void begin(FineTime now);
  /// Of the steps under way, those that are made are; the one at hand is the last, as something
  /// may change what follows.
  void settle(Time now);
  void forget_evicted(const Batch& batch);
  std::int64_t most_steps(const Batch& batch, const StepLine& line);
  void complete(std::vector<ServedRequest>& ended);
  void record_gaps(const Batch& batch);
  void collect_endings(const Batch& batch);
  /// Requests that have computed all that was known of them get a token.
  void give_tokens(const Batch& batch);
  void end(SequenceId id, std::vector<ServedRequest>& ended);
  /// The first ending of those that decode; those of others are dropped.
  const Ending* next_ending();
  /// Picoseconds of the first `steps` steps of those under way.
  std::int64_t duration(std::int64_t steps) const;
  /// Of those under way, the first that ends at or after `now`.
  std::int64_t steps_until(Time now) const;

  Settings settings_;
  std::unique_ptr<BatchPolicy> policy_;
  const StepCost& cost_;
  ServiceRecorder& recorder_;
  Engine engine_;
  PagedMap<SequenceId, Served> served_;
  std::priority_queue<Ending, std::vector<Ending>, std::greater<>> endings_;
  std::vector<SequenceId> ending_;  ///< With the steps under way.
  std::vector<Cohort> cohorts_;     ///< The oldest first.
  FineTime last_decode_;
  FirstTokens first_tokens_;
  bool is_halted_ = false;
  /// The first step after a pause begins at end_, with all who have come by then.
  bool begins_ = false;
  FineTime idle_since_;  ///< While there is nothing to do.

  // The steps under way.
  bool busy_ = false;
  const Batch* batch_ = nullptr;
  FineTime start_;
  FineTime end_;
  std::int64_t steps_ = 0;
  std::int64_t first_ps_ = 0;
  std::int64_t growth_ps_ = 0;  ///< Of each step over the one before.
};

}  // namespace tandem
