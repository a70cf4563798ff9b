#include "executor/control/worker_settings.h"

#include <cstdlib>
#include <utility>

namespace tandem {

std::vector<std::string> worker_settings() {
  constexpr std::pair<const char*, const char*> kSettings[] = {
      {"OMP_WAIT_POLICY", "passive"}, {"GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"}};
  std::vector<std::string> settings;
  for (const auto& [name, value] : kSettings) {
    if (std::getenv(name) == nullptr) settings.push_back(std::string(name) + "=" + value);
  }
  return settings;
}

}  // namespace tandem
