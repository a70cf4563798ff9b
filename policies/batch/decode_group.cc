#include "policies/batch/decode_group.h"

#include <limits>

namespace tandem {

std::int64_t& DecodeGroup::due_of(std::uint32_t known) {
  // The token to compute is number known - 1, from 0; it opens a block if that is a multiple.
  const std::int64_t into = (std::int64_t{known} - 1) % block_tokens();
  const std::int64_t ahead = into == 0 ? 0 : block_tokens() - into;
  return due_[static_cast<std::size_t>((steps_ + ahead) % block_tokens())];
}

void DecodeGroup::join(std::uint32_t known, TenantId tenant) {
  ++size_;
  context_ += known;
  ++due_of(known);
  if (of_tenant_[tenant.value]++ == 0) tenants_.push_back(tenant);
}

void DecodeGroup::leave(std::uint32_t known, TenantId tenant) {
  --size_;
  context_ -= known;
  --due_of(known);
  if (--of_tenant_[tenant.value] == 0) std::erase(tenants_, tenant);
}

std::int64_t DecodeGroup::blocks_for(std::int64_t steps) const {
  std::int64_t blocks = steps / block_tokens() * size_;
  for (std::int64_t ahead = 0; ahead < steps % block_tokens(); ++ahead) blocks += due(ahead);
  return blocks;
}

std::int64_t DecodeGroup::steps_within(std::int64_t blocks) const {
  if (size_ == 0) return std::numeric_limits<std::int64_t>::max();
  std::int64_t steps = blocks / size_ * block_tokens();
  std::int64_t left = blocks % size_;
  // Less than one for each: somebody comes away empty-handed within a block's steps.
  for (std::int64_t ahead = 0; due(ahead) <= left; ++ahead) {
    left -= due(ahead);
    ++steps;
  }
  return steps;
}

void DecodeGroup::advance(std::int64_t steps) {
  steps_ += steps;
  context_ += steps * size_;
}

}  // namespace tandem
