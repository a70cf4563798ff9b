// The time of an engine's step from measured times of its layers: as good as the measurements, for
// the one model, device and degree they were made with.
#pragma once

#include "workloads/perf/serving/cost_account.h"
#include "workloads/perf/serving/engine_tables.h"
#include "workloads/perf/serving/serving_layout.h"
#include "workloads/perf/serving/step_line.h"

namespace tandem {

struct TableSettings {
  double step_seconds = 0;     ///< The host's, of every step: tables have the device's time only.
  double request_seconds = 0;  ///< The same, of each request.
  /// Steps that only decode compute as many tokens as the next larger graph was recorded for.
  /// Sorted; empty: as many as there are.
  std::vector<std::int64_t> graph_sizes;
};

/// 1, 2, 4, then every 8 up to 256, then every 16 up to 512: what vLLM records.
std::vector<std::int64_t> usual_graph_sizes();

/// With pipeline stages this is what one batch takes through all of them (see RooflineCost).
class TableCost final : public StepCost {
 public:
  /// Throws InputError if `tables` lacks a layer of the model or has one it does not have. The
  /// layout must have no serving_obstacle(); model, machine and engine must outlive the object.
  TableCost(const Architecture& model, const Machine& machine, const ServingLayout& layout,
            const EngineProfile& engine, EngineTables tables, TableSettings settings = {});

  StepLine line(const BatchShape& shape) const override;
  /// Whether a step lies beyond what was measured, so that its time is extrapolated.
  bool is_beyond(const BatchShape& shape) const;
  CostAccount account() const;

 private:
  double without_attention(const BatchShape& shape) const;
  double all_reduces(double tokens) const;
  std::int64_t computed_tokens(const BatchShape& shape) const;

  const Architecture& model_;
  const TableSettings settings_;
  const EngineTables tables_;
  const EngineWires wires_;
  bool reduces_;
  double layers_;
  std::vector<std::string> warnings_;  // Before the curves, which add to it.
  Curve by_tokens_;                    ///< All layers of a step together.
  Curve by_sequences_;                 ///< The same.
  double last_tokens_;                 ///< To which all of them were measured.
  double last_sequences_;
};

}  // namespace tandem
