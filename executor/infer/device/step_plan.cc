#include "executor/infer/device/step_plan.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace tandem {

void StepPlan::set(const StepRows& rows) {
  places_.clear();
  for (std::size_t row = 0; row < rows.tokens.size(); ++row) {
    places_.push_back({static_cast<std::int32_t>(rows.tokens[row]),
                       static_cast<std::int32_t>(rows.positions[row]),
                       static_cast<std::int32_t>(rows.blocks[row]),
                       static_cast<std::int32_t>(rows.offsets[row])});
  }
  wanted_.assign(rows.wanted.begin(), rows.wanted.end());
  table_.clear();
  tiles_.clear();
  pieces_.clear();
  partials_ = 0;
  tile_queries_ = 1;
  for (const RequestRows& request : rows.requests) divide(request);
}

void StepPlan::divide(const RequestRows& request) {
  AttentionTile tile;
  tile.first_row = static_cast<std::int32_t>(request.first);
  tile.computed = static_cast<std::int32_t>(request.computed);
  tile.blocks = static_cast<std::int32_t>(table_.size());
  table_.insert(table_.end(), request.blocks.begin(), request.blocks.end());
  const auto queries = static_cast<std::int32_t>(request.count) * group_;
  for (; tile.first < queries; tile.first += kTileQueries) {
    tile.count = std::min(kTileQueries, queries - tile.first);
    const std::int32_t tokens = tile.seen(tile.count - 1, group_);
    const std::int32_t part_tokens = queries <= kTileQueries ? kPartTokens : tokens;
    tile.parts = (tokens + part_tokens - 1) / part_tokens;
    tile.first_partial = static_cast<std::int32_t>(partials_);
    if (tile.parts > 1) partials_ += tile.parts;
    for (std::int32_t part = 0; part < tile.parts; ++part) {
      pieces_.push_back({static_cast<std::int32_t>(tiles_.size()), part, part * part_tokens,
                         std::min(tokens, (part + 1) * part_tokens)});
    }
    tiles_.push_back(tile);
    const auto power = std::bit_ceil(static_cast<std::uint32_t>(tile.count));
    tile_queries_ = std::max(tile_queries_, static_cast<std::int32_t>(power));
  }
}

template <class Part>
std::size_t StepPlan::pack(const std::vector<Part>& parts) {
  static_assert(sizeof(Part) % sizeof(std::int32_t) == 0);
  const std::size_t begin = packed_.size();
  packed_.resize(begin + parts.size() * (sizeof(Part) / sizeof(std::int32_t)));
  if (!parts.empty()) {
    std::memcpy(&packed_[begin], parts.data(), parts.size() * sizeof(Part));
  }
  return begin;
}

DeviceStep StepPlan::on_device() {
  packed_.clear();
  const std::size_t places = pack(places_);
  const std::size_t wanted = pack(wanted_);
  const std::size_t table = pack(table_);
  const std::size_t tiles = pack(tiles_);
  const std::size_t pieces = pack(pieces_);
  const auto size = static_cast<std::int64_t>(packed_.size());
  if (!on_device_.defined() || on_device_.numel() < size) {
    on_device_ = at::empty({2 * size}, at::TensorOptions(device_).dtype(at::kInt));
  }
  on_device_.narrow(0, 0, size).copy_(at::from_blob(packed_.data(), {size}, at::kInt));
  const std::int32_t* const all = on_device_.data_ptr<std::int32_t>();
  return {reinterpret_cast<const TokenPlace*>(all + places), all + wanted, all + table,
          reinterpret_cast<const AttentionTile*>(all + tiles),
          reinterpret_cast<const AttentionPiece*>(all + pieces)};
}

}  // namespace tandem
