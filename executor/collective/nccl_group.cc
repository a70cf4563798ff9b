#include "executor/collective/nccl_group.h"

#include <ATen/cuda/CUDAEvent.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "executor/collective/nccl_communicator.h"
#include "policies/core/check.h"

namespace tandem {
namespace {

ncclDataType_t type_of(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat: return ncclFloat32;
    case at::kDouble: return ncclFloat64;
    case at::kBFloat16: return ncclBfloat16;
    case at::kLong: return ncclInt64;
    default: CHECK(false, "numbers of a type that ranks do not exchange");
  }
}

std::size_t count_of(const at::Tensor& tensor) { return static_cast<std::size_t>(tensor.numel()); }

class NcclGroup final : public Group {
 public:
  NcclGroup(const c10::Device& device, const std::filesystem::path& folder, const std::string& name,
            int rank, int members, std::chrono::milliseconds patience)
      : rank_(rank),
        size_(members),
        device_(device),
        communicator_(folder / name, fmt::format("group {}, rank {} of {}", name, rank, members),
                      rank, members, patience),
        stream_(c10::cuda::getStreamFromPool(true, device.index())) {}

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  void all_reduce(at::Tensor tensor, Reduction reduction) override {
    in_line(reduce(std::move(tensor), reduction));
  }
  std::unique_ptr<Pending> begin_all_reduce(at::Tensor tensor, Reduction reduction) override {
    return pending(reduce(std::move(tensor), reduction));
  }
  std::unique_ptr<Pending> begin_reduce_scatter(at::Tensor part, at::Tensor whole) override {
    return pending(run({part, whole}, [&](ncclComm_t communicator) {
      return ncclReduceScatter(whole.data_ptr(), part.data_ptr(), count_of(part), type_of(part),
                               ncclSum, communicator, stream_);
    }));
  }
  void all_gather(at::Tensor whole, at::Tensor part) override {
    in_line(run({whole, part}, [&](ncclComm_t communicator) {
      return ncclAllGather(part.data_ptr(), whole.data_ptr(), count_of(part), type_of(part),
                           communicator, stream_);
    }));
  }
  void broadcast(at::Tensor tensor, int root) override {
    in_line(run({tensor}, [&](ncclComm_t communicator) {
      return ncclBroadcast(tensor.data_ptr(), tensor.data_ptr(), count_of(tensor), type_of(tensor),
                           root, communicator, stream_);
    }));
  }
  std::unique_ptr<Pending> begin_send(at::Tensor tensor, int to) override {
    return pending(run({tensor}, [&](ncclComm_t communicator) {
      return ncclSend(tensor.data_ptr(), count_of(tensor), type_of(tensor), to, communicator,
                      stream_);
    }));
  }
  void receive(at::Tensor tensor, int from) override {
    in_line(run({tensor}, [&](ncclComm_t communicator) {
      return ncclRecv(tensor.data_ptr(), count_of(tensor), type_of(tensor), from, communicator,
                      stream_);
    }));
  }
  void barrier() override {
    const auto options = at::TensorOptions(device_).dtype(at::kFloat);
    begin_all_reduce(at::empty({1}, options).zero_(), Reduction::kSum)->wait();
  }

 private:
  using Event = std::shared_ptr<at::cuda::CUDAEvent>;

  class NcclPending final : public Pending {
   public:
    NcclPending(NcclGroup& group, Event done) : group_(group), done_(std::move(done)) {}
    void wait() override {
      group_.communicator_.wait_until([this] { return done_->query(); });
      group_.in_line(done_);
    }

   private:
    NcclGroup& group_;
    Event done_;
  };

  /// On our own stream, behind what computes the tensors.
  Event run(const std::vector<at::Tensor>& tensors,
            const std::function<ncclResult_t(ncclComm_t)>& call) {
    const c10::cuda::CUDAGuard guard(device_);
    at::cuda::CUDAEvent computed;
    computed.record();
    computed.block(stream_);
    for (const at::Tensor& tensor : tensors) {
      CHECK(tensor.is_contiguous(), "a tensor in pieces");
      c10::cuda::CUDACachingAllocator::recordStream(tensor.storage().data_ptr(), stream_);
    }
    communicator_.call(call);
    const auto done = std::make_shared<at::cuda::CUDAEvent>();
    done->record(stream_);
    return done;
  }
  Event reduce(at::Tensor tensor, Reduction reduction) {
    return run({tensor}, [&](ncclComm_t communicator) {
      return ncclAllReduce(tensor.data_ptr(), tensor.data_ptr(), count_of(tensor), type_of(tensor),
                           reduction == Reduction::kSum ? ncclSum : ncclMax, communicator, stream_);
    });
  }
  /// What is computed from here on comes behind it.
  void in_line(const Event& done) { done->block(c10::cuda::getCurrentCUDAStream()); }
  std::unique_ptr<Pending> pending(Event done) {
    return std::make_unique<NcclPending>(*this, std::move(done));
  }

  int rank_;
  int size_;
  c10::Device device_;
  NcclCommunicator communicator_;
  c10::cuda::CUDAStream stream_;
};

}  // namespace

std::unique_ptr<Group> make_nccl_group(const std::string& device,
                                       const std::filesystem::path& folder, const std::string& name,
                                       int rank, int members, std::chrono::milliseconds patience) {
  const c10::cuda::CUDAGuard guard{c10::Device(device)};
  return std::make_unique<NcclGroup>(guard.current_device(), folder, name, rank, members, patience);
}

}  // namespace tandem
