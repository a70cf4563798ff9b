// Whoever wants to know how requests were served: the metrics, a table of requests, a test. As a
// Recorder hears a cluster, this hears its services.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "policies/core/request.h"

namespace tandem {

using ServiceId = Id<struct ServiceKindTag>;

enum class RequestState : std::uint8_t {
  kCompleted,
  kRejected,
  kFailed,
  kCancelled,  ///< Whoever asked has gone away.
};

/// A request that has come to its end.
struct RequestRecord {
  ServiceId service;
  RequestId id;
  TenantId tenant;
  std::int64_t priority = 0;
  RequestState state = RequestState::kCompleted;
  Time arrival;
  Time first_token;  ///< Of the answer, as its user first saw it; of completed requests only.
  Time last_token;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t output_tokens = 0;
  std::uint32_t cached_tokens = 0;  ///< Of the prompt, found in the cache.
  std::uint32_t prefix_blocks = 0;  ///< Blocks of its prompt that have a hash,
  std::uint32_t blocks_found = 0;   ///< and how many of those were in the cache.
  std::uint32_t evictions = 0;
  std::string cause = {};  ///< Why it was not completed, for people, where that is known.
};

/// Steps that gave a token each to so many requests, one step after another: the first took
/// `first_ps` since the token before, each of the others `growth_ps` more than the one before it.
struct TokenGaps {
  std::int64_t requests = 0;
  std::int64_t steps = 0;
  std::int64_t first_ps = 0;
  std::int64_t growth_ps = 0;
};

/// What one engine holds from now on, until it is told again; the cache fills evenly in between.
struct EngineLoad {
  std::int64_t waiting = 0;
  std::int64_t running = 0;
  std::int64_t blocks_held = 0;
  std::int64_t blocks = 0;  ///< That there are; 0: the engine is gone.
};

class ServiceRecorder {
 public:
  static constexpr std::uint32_t kFront = ~std::uint32_t{0};

  virtual ~ServiceRecorder() = default;
  virtual void arrived(ServiceId service, const Request& request) = 0;
  virtual void ended(const RequestRecord& record) = 0;
  virtual void gave_tokens(ServiceId service, const TokenGaps& gaps) = 0;
  /// `engine` counts the engines of a service, from 0; those that wait for a replica are kFront's.
  virtual void load(ServiceId service, std::uint32_t engine, Time now, const EngineLoad& load) = 0;
};

/// Passes everything on to several recorders, which it does not own.
class ServiceRecorders final : public ServiceRecorder {
 public:
  explicit ServiceRecorders(std::vector<ServiceRecorder*> recorders)
      : recorders_(std::move(recorders)) {}
  void arrived(ServiceId service, const Request& request) override {
    for (ServiceRecorder* recorder : recorders_) recorder->arrived(service, request);
  }
  void ended(const RequestRecord& record) override {
    for (ServiceRecorder* recorder : recorders_) recorder->ended(record);
  }
  void gave_tokens(ServiceId service, const TokenGaps& gaps) override {
    for (ServiceRecorder* recorder : recorders_) recorder->gave_tokens(service, gaps);
  }
  void load(ServiceId service, std::uint32_t engine, Time now, const EngineLoad& load) override {
    for (ServiceRecorder* recorder : recorders_) recorder->load(service, engine, now, load);
  }

 private:
  std::vector<ServiceRecorder*> recorders_;
};

}  // namespace tandem
