#include "executor/collective/rank_groups.h"

namespace tandem {

RankGroups make_rank_groups(const Ranks& ranks, int rank, const std::string& device,
                            const std::filesystem::path& folder,
                            std::chrono::milliseconds patience) {
  const RankCoordinates place = ranks.coordinates(rank);
  const auto make = [&](const std::string& name, int member, int members) {
    return make_group(device, folder, name, member, members, patience);
  };
  const int stages = ranks.size(Axis::kPipeline);
  const bool first = place.pipeline == 0;
  const bool is_end = stages > 1 && (first || place.pipeline == stages - 1);
  const std::string pipeline = ranks.group_name(Axis::kPipeline, rank);
  // All ranks make them in this order, so that nobody waits for who waits for it.
  RankGroups groups;
  groups.place = place;
  groups.world = make("world", rank, ranks.count());
  groups.tensor =
      make(ranks.group_name(Axis::kTensor, rank), place.tensor, ranks.size(Axis::kTensor));
  groups.data = make(ranks.group_name(Axis::kData, rank), place.data, ranks.size(Axis::kData));
  groups.forward = make(pipeline + "-forward", place.pipeline, stages);
  groups.backward = make(pipeline + "-backward", place.pipeline, stages);
  groups.ends = make(pipeline + "-ends", is_end && !first ? 1 : 0, is_end ? 2 : 1);
  return groups;
}

}  // namespace tandem
