// Kernels on a GPU: each team is a block of threads. Only where TANDEM_CUDA is on.
#pragma once

#include <memory>
#include <string>

#include "executor/infer/device/kernels.h"

namespace tandem {

/// On the current stream of `device`, "cuda:0". A kernel that could not be begun is thrown as
/// c10::Error; one that fails later by whatever waits for it.
std::unique_ptr<KernelRunner> make_cuda_runner(const std::string& device);

}  // namespace tandem
