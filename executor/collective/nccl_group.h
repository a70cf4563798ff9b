// Ranks on GPUs, over NCCL itself: c10d's wrapper changes from version to version, and its watchdog
// ends the process. Only where TANDEM_CUDA is on.
#pragma once

#include "executor/collective/group.h"

namespace tandem {

/// See make_group.
std::unique_ptr<Group> make_nccl_group(const std::string& device,
                                       const std::filesystem::path& folder, const std::string& name,
                                       int rank, int members, std::chrono::milliseconds patience);

}  // namespace tandem
