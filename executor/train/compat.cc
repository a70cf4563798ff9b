#include "executor/train/compat.h"

#include <torch/version.h>

#if TORCH_VERSION_MAJOR >= 2
#include <ATen/ops/scaled_dot_product_attention.h>
#else
#include <ATen/ops/_scaled_dot_product_attention.h>
#endif

namespace tandem {

at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            double dropout) {
#if TORCH_VERSION_MAJOR >= 2
  return at::scaled_dot_product_attention(q, k, v, {}, dropout, /*is_causal=*/true);
#else
  return std::get<0>(at::_scaled_dot_product_attention(
      q, k, v, {}, dropout, /*need_attn_weights=*/false, /*is_causal=*/true));
#endif
}

}  // namespace tandem
