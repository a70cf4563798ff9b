// Where LibTorch 1.13 and 2.x spell the same thing in different ways. Nothing else asks which
// version it is.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace tandem {

/// softmax(q k^T / sqrt(head size)) v, where no query sees keys behind it; its probabilities are
/// dropped out with the device's default generator. All are [rows, heads, sequence, head size].
at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            double dropout);

/// out = a b, with sums and results in f32 whatever the type of `a` and `b` is.
void product_in_f32(const at::Tensor& a, const at::Tensor& b, at::Tensor& out);

/// From now on, devices other than processors compute the same numbers every time.
void compute_reproducibly();

/// Why nothing can be computed on a device of this name here; empty: it can.
std::string why_not_usable(const std::string& device);

/// The most memory that this process had at one time on a device other than a processor.
std::int64_t peak_device_memory_bytes(const at::Device& device);

}  // namespace tandem
