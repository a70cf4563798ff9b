// Policies in shared libraries, as --policy-plugin names them.
#pragma once

#include <string>
#include <vector>

namespace tandem {

/// Loads each library and adds its policy to those that can be named. Returns their names. Throws
/// InputError for what is no such library: the file, what is wrong, and what to do.
std::vector<std::string> load_policy_plugins(const std::vector<std::string>& files);

}  // namespace tandem
