// Which rank of a gang does what. Ranks are numbered as Megatron-LM does (workloads/perf/layout.h):
// tensor parallel ranks are neighbours, then data parallel ones, then pipeline stages.
#pragma once

#include <string>
#include <vector>

namespace tandem {

enum class Axis { kTensor, kData, kPipeline };

/// A rank's place on every axis, each from 0.
struct RankCoordinates {
  int tensor = 0;
  int data = 0;
  int pipeline = 0;
  friend bool operator==(const RankCoordinates&, const RankCoordinates&) = default;
};

/// A gang of tensor x data x pipeline ranks.
class Ranks {
 public:
  Ranks(int tensor, int data, int pipeline) : sizes_{tensor, data, pipeline} {}

  int count() const { return sizes_.tensor * sizes_.data * sizes_.pipeline; }
  int size(Axis axis) const;
  RankCoordinates coordinates(int rank) const;
  int rank(const RankCoordinates& at) const;
  /// Ranks that differ from `rank` on this axis alone, itself among them, in the order of the axis.
  std::vector<int> members(Axis axis, int rank) const;
  /// The same for all members, and for nobody else: "data-1", after the first of them.
  std::string group_name(Axis axis, int rank) const;

 private:
  RankCoordinates sizes_;
};

}  // namespace tandem
