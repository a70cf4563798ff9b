// Whoever wants to know what the scheduler learnt and decided: the journal, the metrics, a test.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "policies/core/cluster.h"
#include "policies/core/limit.h"
#include "policies/core/model.h"
#include "policies/core/pipeline.h"
#include "policies/core/step.h"
#include "policies/core/tenant.h"

namespace tandem {

/// What stands at the head of a journal: enough to decide everything again.
struct RunHeader {
  std::string scenario;       ///< Name of the scenario. No line break.
  std::string scenario_hash;  ///< Of everything that was read, hexadecimal.
  std::uint64_t seed = 0;
  std::string policy;  ///< Canonical policy text, as policies/registry.h reads it.
  std::string build;   ///< Version of the program that ran.
  Duration scheduling_interval{};
  Cluster cluster;
  Tenants tenants;
  Models models;
  std::vector<Limit> limits;
  std::vector<Pipeline> pipelines;  ///< By PipelineId.
};

/// Hears a run in the order in which it happens. A step is begin_step, its events in handling
/// order, its actions in decision order. Reading a journal file makes the same calls.
class Recorder {
 public:
  virtual ~Recorder() = default;
  virtual void begin_run(const RunHeader& header) = 0;
  virtual void begin_step(Time now) = 0;
  virtual void event(const Event& event) = 0;
  virtual void action(const Action& action) = 0;
};

/// Passes everything on to several recorders, which it does not own.
class Recorders final : public Recorder {
 public:
  explicit Recorders(std::vector<Recorder*> recorders) : recorders_(std::move(recorders)) {}
  void begin_run(const RunHeader& header) override {
    for (Recorder* recorder : recorders_) recorder->begin_run(header);
  }
  void begin_step(Time now) override {
    for (Recorder* recorder : recorders_) recorder->begin_step(now);
  }
  void event(const Event& event) override {
    for (Recorder* recorder : recorders_) recorder->event(event);
  }
  void action(const Action& action) override {
    for (Recorder* recorder : recorders_) recorder->action(action);
  }

 private:
  std::vector<Recorder*> recorders_;
};

}  // namespace tandem
