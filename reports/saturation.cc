#include "reports/saturation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/human.h"
#include "reports/json_parts.h"
#include "reports/service_json.h"

namespace tandem {
namespace {

constexpr double kClose = 1.02;
constexpr double kMost = 1024;

/// How far over its limit; infinite where nothing was completed to tell.
double excess(const ObjectiveResult& result) {
  if (!result.value_ms) return HUGE_VAL;
  return *result.value_ms / (to_seconds(result.objective.limit) * 1000);
}

std::string load_text(double load) { return fmt::format("{:.3g} times the load", load); }

std::string reason(const SaturationSearch& search) {
  if (!search.broken()) return {};
  const ObjectiveResult& broken = *search.broken();
  const std::string value =
      broken.value_ms ? human(*broken.value_ms / 1000, Unit::kSeconds) : "unknown";
  return fmt::format("at {:.3g} the {} is {}, its limit {}", *search.breaks(),
                     objective_name(broken.objective), value,
                     human(to_seconds(broken.objective.limit), Unit::kSeconds));
}

std::string sentence(const std::string& service, const SaturationSearch& search) {
  const std::string under = fmt::format("{} under {}: ", service, search.policy());
  if (!search.holds()) {
    return fmt::format("{}its objectives hold under no load; {}.", under, reason(search));
  }
  if (!search.breaks()) {
    return fmt::format("{}its objectives still hold under {}.", under, load_text(*search.holds()));
  }
  return fmt::format("{}its objectives hold up to {}; {}.", under, load_text(*search.holds()),
                     reason(search));
}

}  // namespace

std::optional<double> SaturationSearch::next() const {
  if (!holds_ && !breaks_) return 1;
  if (!breaks_) return *holds_ < kMost ? std::optional(*holds_ * 2) : std::nullopt;
  if (!holds_) return *breaks_ > 1 / kMost ? std::optional(*breaks_ / 2) : std::nullopt;
  if (*breaks_ <= *holds_ * kClose) return std::nullopt;
  return std::sqrt(*holds_ * *breaks_);
}

void SaturationSearch::add(double load, const std::vector<ServiceResult>& results) {
  const ObjectiveResult* worst = nullptr;
  for (const ServiceResult& result : results) {
    for (const ObjectiveResult& objective : result.objectives) {
      if (objective.is_met) continue;
      if (worst == nullptr || excess(objective) > excess(*worst)) worst = &objective;
    }
  }
  if (worst == nullptr) {
    holds_ = std::max(holds_.value_or(0), load);
  } else if (!breaks_ || load < *breaks_) {
    breaks_ = load;
    broken_ = *worst;
  }
}

std::string saturation_text(const std::string& service,
                            const std::vector<SaturationSearch>& searches, std::size_t width) {
  std::vector<const SaturationSearch*> best;
  for (const SaturationSearch& search : searches) best.push_back(&search);
  std::ranges::stable_sort(best, std::greater<>(),
                           [](const auto* search) { return search->holds().value_or(0); });
  std::string text;
  for (const SaturationSearch* search : best)
    text += wrapped(sentence(service, *search), width, "  ");
  return text;
}

nlohmann::ordered_json saturation_json(const std::string& service,
                                       const std::vector<SaturationSearch>& searches) {
  Json policies = Json::array();
  for (const SaturationSearch& search : searches) {
    Json broken = nullptr;
    if (search.broken()) {
      broken = {{"metric", name_of(search.broken()->objective.metric)},
                {"percentile", search.broken()->objective.percentile},
                {"limit_ms", to_seconds(search.broken()->objective.limit) * 1000},
                {"value_ms", number(search.broken()->value_ms)}};
    }
    policies.push_back({{"policy", search.policy()},
                        {"holds", number(search.holds())},
                        {"breaks", number(search.breaks())},
                        {"broken", std::move(broken)}});
  }
  return {{"service", service}, {"policies", std::move(policies)}};
}

}  // namespace tandem
