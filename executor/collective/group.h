// What ranks of a gang say to each other: the few collectives that training needs, over Gloo on
// processors and NCCL on GPUs. Includes ATen's tensor alone.
#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tandem {

enum class Reduction { kSum, kMax };

/// Ranks that compute together. Calls are collective: all members make the same ones in the same
/// order. A member that is lost, or takes longer than the patience it was made with, makes calls
/// throw.
class Group {
 public:
  virtual ~Group() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// Waits for what was begun. Must be called; throws if a member was lost.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual void wait() = 0;
  };

  /// In place.
  virtual void all_reduce(at::Tensor& tensor, Reduction reduction) = 0;
  /// Begins; `tensor` must stay until it has been waited for.
  virtual std::unique_ptr<Pending> begin_all_reduce(at::Tensor tensor, Reduction reduction) = 0;
  /// `whole` is size() equal parts, in rank order; this rank's is `part`, which may lie inside it.
  virtual void all_gather(at::Tensor& whole, const at::Tensor& part) = 0;
  virtual void reduce_scatter(at::Tensor& part, const at::Tensor& whole) = 0;
  virtual void broadcast(at::Tensor& tensor, int root) = 0;
  virtual void send(const at::Tensor& tensor, int to) = 0;
  virtual void receive(at::Tensor& tensor, int from) = 0;
  virtual void barrier() = 0;
};

/// Makes the group of `members` ranks in which this is `rank`, over Gloo on loopback or NCCL. The
/// folder is theirs alone and empty before the first comes; `name` tells several groups in it
/// apart.
std::unique_ptr<Group> make_group(const std::string& device, const std::filesystem::path& folder,
                                  const std::string& name, int rank, int members,
                                  std::chrono::milliseconds patience);

}  // namespace tandem
