// The services of a real run: what is served, checked before anything is begun, and the thread that
// serves it.
#pragma once

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

/// By ServiceId. Throws InputError if some service is nothing that can really be served.
std::vector<RealService> real_services(const Scenario& scenario, const RunFolder& folder);

/// Ties the controller and the front together.
class RealServices {
 public:
  RealServices(const Scenario& scenario, const std::vector<RealService>& services,
               const Listeners& listeners, zmq::context_t& context, const RunFolder& folder,
               const RunClock& clock, RealJobs& jobs);

  ReplicaJobs& jobs() { return jobs_; }
  /// To be added to the world's bystanders.
  WakeUp& wake_up() { return wake_up_; }
  /// Answers HTTP from now on. Returns where: "http://127.0.0.1:8000". Throws InputError for what
  /// the front end refuses. `log` is called in its thread.
  std::string listen(const RunArguments& arguments, const Tenants& tenants,
                     std::function<void(const std::string&)> log);
  /// The scenario's requests are asked, and the batch if there is one; it is over when all are
  /// answered.
  void play(std::uint64_t seed, const PromptBatch* batch);

 private:
  WakeUp wake_up_;
  Mailbox<ReplicaWish> wishes_;
  ServiceRecorders recorders_;
  FrontThread front_;
  ReplicaJobs jobs_;
};

}  // namespace tandem
