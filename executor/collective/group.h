// What ranks of a gang say to each other: the few collectives that training needs, over Gloo on
// processors and NCCL on GPUs. Includes ATen's tensor alone.
#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace tandem {

enum class Reduction { kSum, kMax };

/// A member was lost, or took longer than the others' patience. What the calls in flight had in
/// their hands is not to be used; ranks that still compute meet again in a new group.
class GroupLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Ranks that compute together. Calls are collective: all members make the same ones in the same
/// order, with contiguous tensors of the same shape. Where a member is lost, or slower than the
/// patience of the group, calls throw GroupLost, on processors all of them. On a GPU they are put
/// in line with its other work, as kernels are; there it is wait() that notices and throws.
class Group {
 public:
  virtual ~Group() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// Waits for what was begun. Must be called, also on a GPU before the tensor is used there.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual void wait() = 0;
  };

  /// In place.
  virtual void all_reduce(at::Tensor tensor, Reduction reduction) = 0;
  /// `tensor` must stay as it is until it has been waited for.
  virtual std::unique_ptr<Pending> begin_all_reduce(at::Tensor tensor, Reduction reduction) = 0;
  /// Sums `whole`, size() equal parts in rank order, over all members; this rank gets its part of
  /// the sum in `part`, which may lie inside `whole`. Sums in rank order.
  virtual std::unique_ptr<Pending> begin_reduce_scatter(at::Tensor part, at::Tensor whole) = 0;
  /// The reverse: `whole` becomes the members' parts in rank order; `part` may lie inside it.
  virtual void all_gather(at::Tensor whole, at::Tensor part) = 0;
  virtual void broadcast(at::Tensor tensor, int root) = 0;
  /// What is sent to a rank arrives in the order in which it was begun. It may be done only when
  /// the other receives it: two that wait for their sends to each other wait for ever.
  virtual std::unique_ptr<Pending> begin_send(at::Tensor tensor, int to) = 0;
  virtual void receive(at::Tensor tensor, int from) = 0;
  virtual void barrier() = 0;
};

/// Makes the group of `members` ranks in which this is `rank`: over Gloo on loopback for the device
/// "cpu", over NCCL for "cuda:N". The folder is theirs alone and empty before the first comes;
/// `name` tells several groups in it apart. Throws GroupLost if they do not come together within
/// `patience`. From here on the process ignores SIGPIPE.
std::unique_ptr<Group> make_group(const std::string& device, const std::filesystem::path& folder,
                                  const std::string& name, int rank, int members,
                                  std::chrono::milliseconds patience);

}  // namespace tandem
