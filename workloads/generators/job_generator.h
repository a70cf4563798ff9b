// Jobs drawn one at a time from distributions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "policies/core/model.h"
#include "workloads/arrival.h"
#include "workloads/generators/arrival_process.h"
#include "workloads/generators/distribution.h"
#include "workloads/generators/estimate.h"
#include "workloads/generators/weighted_choice.h"

namespace tandem {

struct GeneratorSettings {
  std::string prefix;        ///< Jobs are called PREFIX0, PREFIX1 …
  std::uint64_t source = 0;  ///< Place among the workload's sources; selects the streams.
  std::optional<std::uint64_t> count;
  std::optional<Time> until;  ///< One of the two is given; the first to be met ends it.
  Time start;
  ArrivalShape arrival;
  Distribution run_time_s;
  EstimateRule estimate;
  WeightedChoice<std::uint32_t> devices{1};
  WeightedChoice<TenantId> tenant{TenantId{}};
  WeightedChoice<std::int64_t> priority{0};
  WeightedChoice<ModelId> model{ModelId{}};
  /// With devices, types, model and training of its own, in place of those above; null: none.
  WeightedChoice<std::shared_ptr<const Arrival>> training{nullptr};
  Arrival common;                    ///< What all jobs have in common; the rest is drawn.
  std::optional<Duration> deadline;  ///< After submission.
  std::shared_ptr<const Models> models = std::make_shared<Models>();

  bool is_random() const;
};

/// Draws jobs as they are asked for: memory does not grow with their number. Ids are left at 0.
class JobGenerator final : public ArrivalSource {
 public:
  /// `settings` must outlive it.
  JobGenerator(const GeneratorSettings& settings, std::uint64_t seed);

  std::optional<Arrival> next() override;
  /// Without a number of jobs in the settings, draws all arrival times to count them.
  std::uint64_t count() const override;

 private:
  const GeneratorSettings& settings_;
  std::uint64_t seed_;
  ArrivalProcess arrivals_;
  Stream run_times_;
  Stream estimates_;
  Stream devices_;
  Stream tenants_;
  Stream priorities_;
  Stream models_;
  std::uint64_t made_ = 0;
  bool is_over_ = false;
};

}  // namespace tandem
