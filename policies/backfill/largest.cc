#include "policies/backfill/largest.h"

#include <algorithm>
#include <vector>

namespace tandem {
namespace {

/// The gang with the most devices, of several the first; the queue is not empty.
JobId widest(const Queue& queue) {
  std::uint32_t most = 0;
  for (const std::uint32_t shape : queue.waiting_shapes()) {
    most = std::max(most, queue.demand(shape).devices);
  }
  std::vector<Queue::Candidate> candidates;
  for (const std::uint32_t shape : queue.waiting_shapes()) {
    if (queue.demand(shape).devices == most) candidates.push_back({shape, Duration::max()});
  }
  return *queue.first_among(candidates);
}

}  // namespace

void Largest::fill(Filling& filling, JobId) {
  while (!filling.queue().empty() && fill_beside(filling, widest(filling.queue()))) {
  }
}

}  // namespace tandem
