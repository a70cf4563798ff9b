// What kernels must know of a step, as whole numbers that go to their device in one copy: where
// each token stands, whose blocks are where, and how attention is divided among teams.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "executor/infer/device/join_parts.h"
#include "executor/infer/device/row_kernels.h"
#include "executor/infer/step_rows.h"

namespace tandem {

/// Where a step's numbers lie on its device, until the next step.
struct DeviceStep {
  const TokenPlace* places = nullptr;    ///< Of each row.
  const std::int32_t* wanted = nullptr;  ///< Rows.
  const std::int32_t* table = nullptr;   ///< Blocks of all requests.
  const AttentionTile* tiles = nullptr;
  const AttentionPiece* pieces = nullptr;
};

/// Keeps its memory from step to step.
class StepPlan {
 public:
  /// `group` heads share keys and values.
  StepPlan(const at::Device& device, std::int32_t group) : device_(device), group_(group) {}

  /// What a request's queries see, and how it is divided, follows from its own part alone: if its
  /// queries are one tile, its tokens are divided into parts of kPartTokens, else they are not.
  void set(const StepRows& rows);
  /// Copies it.
  DeviceStep on_device();

  static constexpr std::int32_t kPartTokens = 256;

  std::int64_t tiles() const { return static_cast<std::int64_t>(tiles_.size()); }
  std::int64_t pieces() const { return static_cast<std::int64_t>(pieces_.size()); }
  std::int64_t partials() const { return partials_; }
  /// The most queries of a tile: 1, 2, 4, 8 or 16.
  std::int32_t tile_queries() const { return tile_queries_; }

 private:
  void divide(const RequestRows& request);
  /// Where they begin.
  template <class Part>
  std::size_t pack(const std::vector<Part>& parts);

  const at::Device device_;
  const std::int32_t group_;
  std::vector<TokenPlace> places_;
  std::vector<std::int32_t> wanted_, table_;
  std::vector<AttentionTile> tiles_;
  std::vector<AttentionPiece> pieces_;
  std::int64_t partials_ = 0;
  std::int32_t tile_queries_ = 1;
  std::vector<std::int32_t> packed_;
  at::Tensor on_device_;
};

}  // namespace tandem
