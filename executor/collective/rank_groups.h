// All groups of which one rank of a gang is a member.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "executor/collective/group.h"
#include "executor/collective/ranks.h"

namespace tandem {

struct RankGroups {
  RankCoordinates place;
  std::unique_ptr<Group> world, tensor, data;
  /// Of the pipeline's stages: one for what goes to the next stage, and one for what comes back.
  std::unique_ptr<Group> forward, backward;
  /// The first and the last stage; of stages between them, the rank itself alone.
  std::unique_ptr<Group> ends;
};

/// Makes them together with all other ranks of the gang; see make_group.
RankGroups make_rank_groups(const Ranks& ranks, int rank, const std::string& device,
                            const std::filesystem::path& folder,
                            std::chrono::milliseconds patience);

}  // namespace tandem
