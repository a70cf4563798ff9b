#include "executor/train/compat.h"

#include <ATen/Context.h>
#include <ATen/ops/mm.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <cstdlib>

#include "policies/core/check.h"

#if TORCH_VERSION_MAJOR >= 2
#include <ATen/ops/scaled_dot_product_attention.h>
#else
#include <ATen/ops/_scaled_dot_product_attention.h>
#endif
#ifdef TANDEM_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
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

void product_in_f32(const at::Tensor& a, const at::Tensor& b, at::Tensor& out) {
#if TORCH_VERSION_MAJOR * 100 + TORCH_VERSION_MINOR >= 208
  if (a.is_cuda() && a.scalar_type() != at::kFloat) {
    at::mm_out(out, a, b, at::kFloat);
    return;
  }
#endif
  at::mm_out(out, a.to(at::kFloat), b.to(at::kFloat));
}

void compute_reproducibly() {
  // NVIDIA, cuBLAS, "Results reproducibility": a workspace of its own for each stream.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  // Only warned about: a scatter whose indices never meet is taken for one whose indices do.
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
#if TORCH_VERSION_MAJOR >= 2
  at::globalContext().setDeterministicFillUninitializedMemory(false);
#endif
}

#ifdef TANDEM_CUDA

std::string why_not_usable(const std::string& name) {
  const at::Device device(name);
  if (device.is_cpu()) return "";
  const int count = c10::cuda::device_count();
  if (!device.is_cuda()) return fmt::format("device {}: expected cpu or cuda:0", name);
  if (device.index() >= count) return fmt::format("device {}: this machine has {}", name, count);
  at::globalContext().lazyInitCUDA();
  c10::cuda::set_device(std::max<c10::DeviceIndex>(device.index(), 0));
  return "";
}

std::int64_t peak_device_memory_bytes(const at::Device& device) {
  const auto statistics = c10::cuda::CUDACachingAllocator::getDeviceStats(device.index());
  return statistics.allocated_bytes[0].peak;
}

#else

std::string why_not_usable(const std::string& name) {
  if (name == "cpu") return "";
  return fmt::format(
      "device {}: this build knows processors alone; for GPUs build with a LibTorch "
      "that has CUDA (TORCH_ROOT, TANDEM_CUDA)",
      name);
}

std::int64_t peak_device_memory_bytes(const at::Device&) {
  CHECK(false, "this build knows processors alone");
}

#endif

}  // namespace tandem
