#include "executor/collective/ranks.h"

#include <fmt/format.h>

#include "policies/core/check.h"

namespace tandem {
namespace {

struct AxisMember {
  const char* name;
  int RankCoordinates::*place;
};

AxisMember member_of(Axis axis) {
  switch (axis) {
    case Axis::kTensor: return {"tensor", &RankCoordinates::tensor};
    case Axis::kData: return {"data", &RankCoordinates::data};
    case Axis::kPipeline: return {"pipeline", &RankCoordinates::pipeline};
  }
  CHECK(false, "no axis {}", static_cast<int>(axis));
}

}  // namespace

int Ranks::size(Axis axis) const { return sizes_.*member_of(axis).place; }

RankCoordinates Ranks::coordinates(int rank) const {
  CHECK(rank >= 0 && rank < count(), "rank {} of {}", rank, count());
  return {.tensor = rank % sizes_.tensor,
          .data = rank / sizes_.tensor % sizes_.data,
          .pipeline = rank / (sizes_.tensor * sizes_.data)};
}

int Ranks::rank(const RankCoordinates& at) const {
  return at.tensor + sizes_.tensor * (at.data + sizes_.data * at.pipeline);
}

std::vector<int> Ranks::members(Axis axis, int rank) const {
  std::vector<int> members;
  RankCoordinates at = coordinates(rank);
  for (int i = 0; i < size(axis); ++i) {
    at.*member_of(axis).place = i;
    members.push_back(this->rank(at));
  }
  return members;
}

std::string Ranks::group_name(Axis axis, int rank) const {
  return fmt::format("{}-{}", member_of(axis).name, members(axis, rank).front());
}

}  // namespace tandem
