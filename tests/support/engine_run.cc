#include "tests/support/engine_run.h"

namespace tandem {

EngineRun run_engine(const ServingEngine::Settings& settings, const std::string& policy,
                     const Tenants& tenants, const StepCost& cost,
                     const std::vector<RequestArrival>& requests) {
  EngineRun run;
  ServingEngine engine(settings, make_batch_policy(policy, tenants), cost, run.heard);
  std::size_t next = 0;
  while (next < requests.size() || engine.next_time() != kForever) {
    const Time arrival = next < requests.size() ? requests[next].request.arrival : kForever;
    if (arrival <= engine.next_time()) {
      engine.submit({.arrival = requests[next++]}, arrival);
    } else {
      engine.advance(engine.next_time(), run.ended);
    }
  }
  run.counts = engine.engine().counts();
  run.blocks_left = engine.engine().cache().held();
  return run;
}

}  // namespace tandem
