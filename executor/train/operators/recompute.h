// Activations that are thrown away and computed again when their gradients are due (Chen et al.
// 2016). Dropout follows from places, so nothing random need be restored.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace tandem {

using Block = std::function<at::Tensor(const at::Tensor&)>;

/// block(x), of which only x is kept.
at::Tensor recomputed(const Block& block, const at::Tensor& x);

}  // namespace tandem
