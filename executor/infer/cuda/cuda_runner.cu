#include "executor/infer/cuda/cuda_runner.h"

#include <c10/core/Device.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace tandem {
namespace {

/// A block of threads.
struct CudaTeam {
  __device__ __forceinline__ int thread() const { return static_cast<int>(threadIdx.x); }
  __device__ __forceinline__ int threads() const { return kTeamThreads; }
  __device__ __forceinline__ void meet() const { __syncthreads(); }
};

template <class Body>
__global__ void __launch_bounds__(kTeamThreads) work(const Body body) {
  extern __shared__ __align__(16) std::byte shared[];
  body(CudaTeam{}, static_cast<std::int64_t>(blockIdx.x), shared);
}

/// What a block of threads may share without being asked for.
constexpr std::size_t kSharedBytes = 48 * 1024;

class CudaRunner final : public KernelRunner {
 public:
  explicit CudaRunner(const std::string& device) : device_(device) {}

  void run(const Kernel& kernel) override {
    const c10::cuda::CUDAGuard guard(device_);
    std::visit([](const auto& body) { begin(body); }, kernel);
  }

 private:
  template <class Body>
  static void begin(const Body& body) {
    if (body.teams() == 0) return;
    const std::size_t bytes = body.shared_bytes();
    if (bytes > kSharedBytes) {
      C10_CUDA_CHECK(cudaFuncSetAttribute(work<Body>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                          static_cast<int>(bytes)));
    }
    work<<<static_cast<unsigned>(body.teams()), kTeamThreads, bytes,
           c10::cuda::getCurrentCUDAStream()>>>(body);
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  }

  const c10::Device device_;
};

}  // namespace

std::unique_ptr<KernelRunner> make_cuda_runner(const std::string& device) {
  return std::make_unique<CudaRunner>(device);
}

}  // namespace tandem
