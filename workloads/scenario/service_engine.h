// What an engine of a service is on one type of device: what its steps take, and how many blocks of
// keys and values it has.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "workloads/perf/serving/cost_account.h"
#include "workloads/perf/serving/kv_memory.h"
#include "workloads/scenario/machine.h"
#include "workloads/serving.h"

namespace tandem {

/// An engine on a device, and what to say of it.
struct ServiceEngine {
  EngineOnDevice on;
  KvMemory memory;
  CostAccount account;
  Duration startup{};  ///< As it was measured; zero if it was not.
};

/// The keys of a service that its engines are made from.
class ServiceEngines {
 public:
  /// `precision` is that of really serving it. Problems with the keys are added to the build. All
  /// arguments must outlive this.
  ServiceEngines(const Value& service, const Architecture& model, Precision precision,
                 ScenarioBuild& build);

  const ServingLayout& layout() const { return layout_; }
  std::int64_t data() const { return data_; }
  /// With the degrees of another `parallel` key, which may be absent.
  void set_parallel(const Value* parallel);
  /// What all engines have in common but their blocks.
  EngineSettings settings() const;
  /// The engine on a type, or why there can be none.
  std::variant<ServiceEngine, std::string> on(DeviceTypeId type);
  /// Tokens of the longest sequence that anybody asks for.
  std::int64_t context() const { return context_; }

 private:
  struct Costed;
  const Value* key(std::string_view name) const;
  void make_cost(const Machine& machine, ServiceEngine& engine);
  /// What was measured of this engine on the device; null: nothing, or the scenario says what its
  /// steps take.
  const MeasuredEngine* measured_on(const Machine& machine) const;
  std::int64_t block_bytes() const;

  const Value& service_;
  const Value* engine_;
  const Architecture& model_;
  const Precision precision_;
  ScenarioBuild& build_;
  ServingLayout layout_;
  std::int64_t data_ = 1;
  std::int64_t context_;
};

}  // namespace tandem
