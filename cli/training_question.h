// What `tandem models step` and `fit` are asked, looked up in the catalogue.
#pragma once

#include "cli/arguments.h"
#include "workloads/perf/layout.h"

namespace tandem {

struct TrainingQuestion {
  explicit TrainingQuestion(const Arguments& arguments);
  // The machine and the model point into the catalogue.
  TrainingQuestion(const TrainingQuestion&) = delete;
  TrainingQuestion& operator=(const TrainingQuestion&) = delete;

  Catalog catalog;
  const Architecture* model = nullptr;
  Machine machine;
  std::int64_t devices = 0;
  Layout layout;
};

Catalog catalog_of(const Arguments& arguments);

/// "bf16", "none", for people and JSON.
const char* name_of(Precision precision);
const char* name_of(Recompute recompute);

}  // namespace tandem
