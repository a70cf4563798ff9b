// What `tandem models serve` is asked, looked up in the catalogue.
#pragma once

#include <memory>
#include <optional>

#include "cli/arguments.h"
#include "workloads/perf/serving/kv_memory.h"
#include "workloads/perf/serving/roofline_cost.h"
#include "workloads/perf/serving/table_cost.h"

namespace tandem {

struct ServingQuestion {
  explicit ServingQuestion(const Arguments& arguments);
  // The machine and the model point into the catalogue, the costs to them.
  ServingQuestion(const ServingQuestion&) = delete;
  ServingQuestion& operator=(const ServingQuestion&) = delete;

  Catalog catalog;
  const Architecture* model = nullptr;
  const EngineProfile* engine = nullptr;
  Machine machine;
  ServingLayout layout;
  std::int64_t replicas = 1;
  std::int64_t prompt = 0;
  std::int64_t batch = 0;
  std::int64_t context = 0;
  KvSettings kv;
  std::optional<RooflineCost> roofline;  ///< Unless there are tables.
  std::unique_ptr<TableCost> tables;

  const StepCost& cost() const;
  CostAccount account() const;
  /// The steps that compute the prompts of the batch, none with more tokens than fit.
  std::vector<BatchShape> prefill_steps() const;
  BatchShape decode_step() const;
};

}  // namespace tandem
