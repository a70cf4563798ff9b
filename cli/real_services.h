// The services of a real run: what is served, checked before anything is begun, and the thread that
// serves it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/listeners.h"
#include "cli/run_arguments.h"
#include "executor/control/replica_jobs.h"
#include "executor/control/run_clock.h"
#include "executor/control/run_folder.h"
#include "executor/control/wake_up.h"
#include "executor/front/front_thread.h"

namespace tandem {

/// A service as its replicas and its users need it.
struct RealService {
  ServingSpec spec;
  ServedModel model;
};

/// By ServiceId. Each run has a prefix key of its own. Throws InputError if some service is nothing
/// that can really be served.
std::vector<RealService> real_services(const Scenario& scenario, const RunFolder& folder);

/// Takes a line for people.
using Log = std::function<void(const std::string&)>;

/// Says of every request that fails why.
class FailureLog final : public ServiceRecorder {
 public:
  FailureLog(const Scenario& scenario, Log log) : scenario_(scenario), log_(std::move(log)) {}
  void arrived(ServiceId, const Request&) override {}
  void ended(const RequestRecord& record) override;
  void gave_tokens(ServiceId, const TokenGaps&) override {}
  void load(ServiceId, std::uint32_t, Time, const EngineLoad&) override {}

 private:
  const Scenario& scenario_;
  const Log log_;
};

/// Ties the controller and the front together.
class RealServices {
 public:
  /// A front that cannot go on adds to `leave`, as somebody would who asks to leave. `log` is
  /// called in its thread.
  RealServices(const Scenario& scenario, const std::vector<RealService>& services,
               const Listeners& listeners, zmq::context_t& context, const RunFolder& folder,
               const RunClock& clock, RealJobs& jobs, std::atomic<int>& leave, Log log);
  ~RealServices() { end(); }
  RealServices(const RealServices&) = delete;
  RealServices& operator=(const RealServices&) = delete;

  ReplicaJobs& jobs() { return jobs_; }
  /// Ends the front. Why it could not go on before; empty: it could.
  const std::string& end();
  /// To be added to the world's bystanders.
  WakeUp& wake_up() { return wake_up_; }
  /// Answers HTTP from now on. Returns where: "http://127.0.0.1:8000". Throws InputError for what
  /// the front end refuses.
  std::string listen(const RunArguments& arguments, const Tenants& tenants);
  /// The scenario's requests are asked, and the batch if there is one; it is over when all are
  /// answered.
  void play(std::uint64_t seed, const PromptBatch* batch);

 private:
  void close();
  void front_failed(const std::string& why);

  const Log log_;
  WakeUp wake_up_;
  Mailbox<ReplicaWish> wishes_;
  FailureLog failures_;
  ServiceRecorders recorders_;
  std::atomic<int>& leave_;
  std::string failure_;
  FrontThread front_;
  ReplicaJobs jobs_;
};

}  // namespace tandem
