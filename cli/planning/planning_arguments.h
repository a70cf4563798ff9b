// What the user asked of `tandem plan`, `sweep` and `cache`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem {

struct PlanningArguments {
  std::vector<std::string> slos;
  std::vector<std::string> vary;
  std::string aim = "auto";  ///< cost, devices, energy, or auto: cost if there are prices.
  std::string budget;        ///< "200000 USD", "/month" or "/year" after it; empty: none.
  double confidence = 0.95;
  std::string growth;           ///< "8 %/month"; empty: none.
  std::string horizon;          ///< "18 months"
  std::optional<double> shake;  ///< Mean gaps by which recorded arrivals move; nothing: one.
  bool is_exhaustive = false;

  std::string cache;  ///< Folder; empty: the user's.
  bool has_no_cache = false;
  std::string cache_action;  ///< Of `cache`: show, clear.
  std::string engine = "local";
  std::uint32_t chunk = 0;  ///< Simulations of a task of a job array; 0: as it fits.
  std::string part;         ///< "3/20": only these; empty: all.
};

}  // namespace tandem
