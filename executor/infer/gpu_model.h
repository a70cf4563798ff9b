// The model that serves on a GPU. No LibTorch in this header.
#pragma once

#include <memory>
#include <string>

#include "executor/infer/device/device_model.h"

namespace tandem {

/// On `device`, "cuda:0". Throws InputError where nothing can be computed there, and as DeviceModel
/// does.
std::unique_ptr<DeviceModel> make_gpu_model(const WeightSource& weights,
                                            const PagedModelOptions& options,
                                            const std::string& device);

}  // namespace tandem
