#include "executor/infer/block_cache.h"

#include <ATen/ops/zeros.h>

#include <algorithm>

#include "executor/train/check.h"

namespace tandem {

BlockCache::BlockCache(const CacheShape& shape, at::ScalarType type, std::int64_t blocks)
    : shape_(shape), numbers_(at::zeros({shape.layers, blocks, shape.layer_numbers()}, type)) {}

std::span<std::byte> BlockCache::bytes_of(std::int64_t layer, BlockNumber block) {
  CHECK(block < blocks(), "block {} of {}", block, blocks());
  const std::int64_t size = shape_.layer_numbers() * shape_.number_bytes;
  auto* const all = static_cast<std::byte*>(numbers_.data_ptr());
  return {all + (layer * blocks() + block) * size, static_cast<std::size_t>(size)};
}

std::vector<std::byte> BlockCache::copy_out(std::span<const BlockNumber> blocks) {
  std::vector<std::byte> saved;
  saved.reserve(blocks.size() * static_cast<std::size_t>(shape_.block_bytes()));
  for (std::int64_t layer = 0; layer < shape_.layers; ++layer) {
    for (const BlockNumber block : blocks) {
      const auto bytes = bytes_of(layer, block);
      saved.insert(saved.end(), bytes.begin(), bytes.end());
    }
  }
  return saved;
}

void BlockCache::copy_in(std::span<const std::byte> saved, std::span<const BlockNumber> blocks) {
  CHECK(saved.size() == blocks.size() * static_cast<std::size_t>(shape_.block_bytes()),
        "{} bytes are not {} blocks", saved.size(), blocks.size());
  for (std::int64_t layer = 0; layer < shape_.layers; ++layer) {
    for (const BlockNumber block : blocks) {
      const auto bytes = bytes_of(layer, block);
      std::ranges::copy(saved.first(bytes.size()), bytes.begin());
      saved = saved.subspan(bytes.size());
    }
  }
}

}  // namespace tandem
