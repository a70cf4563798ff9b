#include "executor/train/gradient_buckets.h"

#include <algorithm>
#include <utility>

#include "policies/core/check.h"

namespace tandem {
namespace {

/// Shares of a bucket begin at whole cache lines, in 16 bits too.
constexpr std::int64_t kAlignment = 32;

/// The part that is done last of those with numbers in the range; 0 if one of them is late.
std::int64_t last_done(const NumberRange& range, const std::vector<Slot>& slots,
                       const std::string& late) {
  std::int64_t part = slots.back().part;
  for_slots_in(slots, range, [&](const Slot& slot, const NumberRange&) {
    part = std::min(part, slot.name == late ? 0 : slot.part);
  });
  return part;
}

}  // namespace

GradientBuckets::GradientBuckets(at::Tensor gradients, const std::vector<Slot>& slots, Group& data,
                                 const Options& options)
    : gradients_(std::move(gradients)), data_(data), options_(options) {
  const std::int64_t unit = kAlignment * data_.size();
  const std::int64_t total = gradients_.numel();
  CHECK(total % unit == 0, "{} gradients do not divide over {} ranks", total, data_.size());
  const std::int64_t wanted = options_.bytes / gradients_.element_size();
  const std::int64_t length = std::max<std::int64_t>(1, wanted / unit) * unit;
  for (std::int64_t begin = 0; begin < total; begin += length) {
    const NumberRange range{begin, std::min(length, total - begin)};
    buckets_.push_back({range, last_done(range, slots, options_.late)});
  }
  if (options_.shards) {
    for (const Bucket& bucket : buckets_) owned_.push_back(share(bucket));
  } else {
    owned_.push_back({0, total});
  }
  std::ranges::stable_sort(buckets_, [](const Bucket& a, const Bucket& b) {
    return std::pair(a.part, a.range.begin) > std::pair(b.part, b.range.begin);
  });
}

NumberRange GradientBuckets::share(const Bucket& bucket) const {
  const std::int64_t count = bucket.range.count / data_.size();
  return {bucket.range.begin + data_.rank() * count, count};
}

void GradientBuckets::begin_next() {
  const Bucket& bucket = buckets_[begun_.size()];
  const at::Tensor whole = gradients_.narrow(0, bucket.range.begin, bucket.range.count);
  if (options_.shards) {
    const NumberRange own = share(bucket);
    begun_.push_back(data_.begin_reduce_scatter(gradients_.narrow(0, own.begin, own.count), whole));
  } else {
    begun_.push_back(data_.begin_all_reduce(whole, Reduction::kSum));
  }
}

void GradientBuckets::part_done(std::int64_t part) {
  if (!options_.overlaps) return;
  while (begun_.size() < buckets_.size() && buckets_[begun_.size()].part >= part) begin_next();
}

void GradientBuckets::finish() {
  while (begun_.size() < buckets_.size()) begin_next();
  for (const auto& pending : begun_) pending->wait();
  begun_.clear();
}

void GradientBuckets::gather(const at::Tensor& flat) const {
  if (!options_.shards) return;
  for (const Bucket& bucket : buckets_) {
    const NumberRange own = share(bucket);
    data_.all_gather(flat.narrow(0, bucket.range.begin, bucket.range.count),
                     flat.narrow(0, own.begin, own.count));
  }
}

}  // namespace tandem
