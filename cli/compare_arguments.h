// What the user asked of `tandem compare` and `tandem check`.
#pragma once

#include <string>
#include <vector>

namespace tandem {

struct CompareArguments {
  std::string base;
  std::string head;
  std::string suite;
  std::vector<std::string> cases;  ///< Of the suite; none: all.
  bool updates = false;
  std::vector<std::string> fail_on;
  std::vector<std::string> minimum_effects;
  std::string confidence = "95 %";
  bool is_exact = false;
};

}  // namespace tandem
