// The seam between the model that serves and the device it computes on: matrix products are
// LibTorch's, everything else is one of these kernels, which something runs in the order in which
// they come.
#pragma once

#include <c10/util/BFloat16.h>

#include <variant>

#include "executor/infer/device/attend.h"
#include "executor/infer/device/join_parts.h"
#include "executor/infer/device/place_keys.h"
#include "executor/infer/device/row_kernels.h"

namespace tandem {

using Kernel =
    std::variant<Embed<float>, Embed<c10::BFloat16>, AddAndNorm<float>, AddAndNorm<c10::BFloat16>,
                 PlaceKeys<float>, PlaceKeys<c10::BFloat16>, Attend<float, 1>, Attend<float, 2>,
                 Attend<float, 4>, Attend<float, 8>, Attend<float, 16>, Attend<c10::BFloat16, 1>,
                 Attend<c10::BFloat16, 2>, Attend<c10::BFloat16, 4>, Attend<c10::BFloat16, 8>,
                 Attend<c10::BFloat16, 16>, JoinParts<float>, JoinParts<c10::BFloat16>,
                 Activate<float>, Activate<c10::BFloat16>, Likeliest>;

class KernelRunner {
 public:
  virtual ~KernelRunner() = default;
  /// Begins `kernel`, on memory of the runner's device, behind those that were begun before and
  /// before LibTorch's operators that are called later.
  virtual void run(const Kernel& kernel) = 0;
};

}  // namespace tandem
