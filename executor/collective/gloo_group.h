// Ranks on processors, over Gloo as LibTorch's c10d has it: TCP on loopback, found through a file.
#pragma once

#include "executor/collective/group.h"

namespace tandem {

/// See make_group.
std::unique_ptr<Group> make_gloo_group(const std::filesystem::path& folder, const std::string& name,
                                       int rank, int members, std::chrono::milliseconds patience);

}  // namespace tandem
