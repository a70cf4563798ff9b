#include "executor/infer/cuda/cuda_runner.h"
#include "executor/train/compat.h"
#include "tests/unit/executor/infer/kernel_runners.h"

namespace tandem {

TestDevice test_device() {
  if (!why_not_usable("cuda:0").empty()) return {"cuda:0", nullptr};
  return {"cuda:0", make_cuda_runner("cuda:0")};
}
TestDevice kernel_test_device() { return test_device(); }

}  // namespace tandem
