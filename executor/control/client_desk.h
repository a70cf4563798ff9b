// Where people and their scripts talk to a controller: who waits, who runs, hand in, withdraw.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <zmq.hpp>

#include "executor/control/real_jobs.h"
#include "executor/control/real_world.h"

namespace tandem {

class ClientDesk final : public Bystander {
 public:
  /// All must outlive it.
  ClientDesk(zmq::context_t& context, const std::string& endpoint, const RunHeader& header,
             RealJobs& jobs, RealWorld& world);
  void add_to(std::vector<zmq_pollitem_t>& items) const override;
  void attend() override;

  /// What `tandem ps` shows; times in seconds from the start of the run.
  nlohmann::ordered_json status() const;

 private:
  nlohmann::ordered_json answer(const std::string& text);

  zmq::socket_t socket_;
  const RunHeader& header_;
  RealJobs& jobs_;
  RealWorld& world_;
};

/// Asks the controller that works on a run. Throws InputError for what it refuses, and if there is
/// none or it does not answer.
nlohmann::ordered_json ask_controller(const RunFolder& folder,
                                      const nlohmann::ordered_json& question);

}  // namespace tandem
