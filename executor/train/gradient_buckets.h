// Gradients summed over the data parallel ranks, in buckets that start as soon as the backward pass
// is through with them (Li et al. 2020, "PyTorch Distributed"). With ZeRO-1 (Rajbhandari et al.
// 2020) each rank gets the sum of its share of every bucket alone, updates it, and hands it on.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "executor/collective/group.h"
#include "executor/train/slots.h"

namespace tandem {

class GradientBuckets {
 public:
  struct Options {
    std::int64_t bytes = 4 << 20;  ///< Of a bucket, about.
    bool shards = false;           ///< ZeRO-1.
    /// Begin while the backward pass goes on; otherwise all in finish().
    bool overlaps = true;
    /// A parameter whose gradient is complete only after the backward pass, though its part is
    /// done before; empty: none.
    std::string late = {};
  };

  /// `gradients` is the flat buffer with `slots` in it, as long as FlatParameters makes it for
  /// data.size() shards. `data` lives longer.
  GradientBuckets(at::Tensor gradients, const std::vector<Slot>& slots, Group& data,
                  const Options& options);

  /// All gradients of this part and those behind it are complete. In a step's last micro-batch
  /// alone, in falling order.
  void part_done(std::int64_t part);
  /// All gradients are complete: waits until they are summed over all ranks, those that this rank
  /// owns. Must be called once each step.
  void finish();

  /// What this rank updates: all, or under ZeRO-1 its share of every bucket.
  const std::vector<NumberRange>& owned() const { return owned_; }
  /// Every rank has what it owns in `flat`: afterwards all have everything.
  void gather(const at::Tensor& flat) const;

 private:
  struct Bucket {
    NumberRange range;
    std::int64_t part = 0;  ///< The last of those with a gradient in it to be done.
  };

  NumberRange share(const Bucket& bucket) const;
  void begin_next();

  at::Tensor gradients_;
  Group& data_;
  const Options options_;
  std::vector<Bucket> buckets_;  ///< In the order in which they are done.
  std::vector<NumberRange> owned_;
  std::vector<std::unique_ptr<Group::Pending>> begun_;
};

}  // namespace tandem
