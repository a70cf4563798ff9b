// How much more load a service takes until a promise to its users breaks: what a search over loads
// has found, as an answer.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/service_result.h"

namespace tandem {

/// The search under one policy. A load is a multiple of the requests' rate in the scenario. More
/// load is taken to make nothing better, so the search halves what lies between a load that holds
/// and one that does not.
class SaturationSearch {
 public:
  explicit SaturationSearch(std::string policy) : policy_(std::move(policy)) {}

  /// The load to try next; nothing when the bounds are 2 % apart, or beyond what is looked at.
  std::optional<double> next() const;
  /// What the service came to under that load, with one seed each.
  void add(double load, const std::vector<ServiceResult>& results);

  const std::string& policy() const { return policy_; }
  /// The largest load known to hold all objectives, and the least known to break one.
  std::optional<double> holds() const { return holds_; }
  std::optional<double> breaks() const { return breaks_; }
  /// Of the latter: what is broken most, over its limit.
  const std::optional<ObjectiveResult>& broken() const { return broken_; }

 private:
  std::string policy_;
  std::optional<double> holds_;
  std::optional<double> breaks_;
  std::optional<ObjectiveResult> broken_;
};

/// The answer in a sentence for each policy, the best first.
std::string saturation_text(const std::string& service,
                            const std::vector<SaturationSearch>& searches, std::size_t width);
/// {"service", "policies": [{"policy", "holds", "breaks": loads or null, "broken": {"metric",
/// "percentile", "limit_ms", "value_ms"} or null}]}.
nlohmann::ordered_json saturation_json(const std::string& service,
                                       const std::vector<SaturationSearch>& searches);

}  // namespace tandem
