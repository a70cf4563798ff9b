#include <fmt/format.h>

#include "policies/backfill/backfill.h"

namespace tandem {

void FirstFit::fill(Filling& filling, JobId head) {
  std::vector<Queue::Candidate> candidates;
  for (const std::uint32_t shape : filling.queue().waiting_shapes()) {
    candidates.push_back({shape, Duration::max()});
  }
  while (true) {
    // Free devices only become fewer here: a shape that does not fit any more is out for good.
    std::erase_if(candidates, [&](const Queue::Candidate& candidate) {
      return !filling.free().fits(filling.queue().demand(candidate.shape));
    });
    const auto next = filling.queue().first_among(candidates);
    if (!next) return;
    filling.start(*next,
                  fmt::format("fits now, while job {} ahead does not", filling.job(head).name));
  }
}

}  // namespace tandem
