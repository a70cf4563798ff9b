#include "executor/infer/gpu_model.h"

#include "executor/infer/device/kernels.h"
#include "executor/train/compat.h"
#include "policies/core/error.h"

#ifdef TANDEM_CUDA
#include "executor/infer/cuda/cuda_runner.h"
#endif
// After LibTorch's.
#include "executor/train/check.h"

namespace tandem {
namespace {

std::unique_ptr<KernelRunner> runner_on([[maybe_unused]] const std::string& device) {
#ifdef TANDEM_CUDA
  return make_cuda_runner(device);
#else
  CHECK(false, "device {}: this build knows processors alone", device);
#endif
}

}  // namespace

std::unique_ptr<DeviceModel> make_gpu_model(const WeightSource& weights,
                                            const PagedModelOptions& options,
                                            const std::string& device) {
  const std::string why = why_not_usable(device);
  if (!why.empty()) throw InputError(why);
  return std::make_unique<DeviceModel>(weights, options, device, runner_on(device));
}

}  // namespace tandem
