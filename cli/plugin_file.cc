#include "cli/plugin_file.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>

#include "policies/core/error.h"
#include "policies/plugin/plugin_policy.h"

namespace tandem {
namespace {

std::string load(const std::string& file) {
  const std::filesystem::path path = std::filesystem::absolute(file);
  if (!std::filesystem::is_regular_file(path)) {
    throw InputError(fmt::format("{}: there is no such file", file));
  }
  // Stays loaded: the policy's functions are called until the program ends.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw InputError(fmt::format("cannot load {}: {}", file, dlerror()));
  void* symbol = dlsym(library, TANDEM_POLICY_FUNCTION);
  if (symbol == nullptr) {
    throw InputError(
        fmt::format("{}: no policy plug-in, it exports no function '{}'; see "
                    "policies/plugin/tandem_policy.h",
                    file, TANDEM_POLICY_FUNCTION));
  }
  const TandemPolicy* description = reinterpret_cast<TandemPolicyFunction>(symbol)();
  if (description == nullptr) {
    throw InputError(fmt::format("{}: '{}' answers with null", file, TANDEM_POLICY_FUNCTION));
  }
  Part<Policy> part = plugin_part(*description, file);
  std::string name = part.info.name;
  add_policy(std::move(part), file);
  return name;
}

}  // namespace

std::vector<std::string> load_policy_plugins(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  for (const std::string& file : files) names.push_back(load(file));
  return names;
}

}  // namespace tandem
