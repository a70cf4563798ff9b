// The requests of an engine that compute one token in each step, as far as they are alike: what so
// many steps take can be told without looking at each of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "policies/core/ids.h"

namespace tandem {

class DecodeGroup {
 public:
  DecodeGroup(std::uint32_t block_tokens, std::size_t tenants)
      : due_(block_tokens), of_tenant_(tenants) {}

  /// A request knows so many tokens, all but the last of them computed.
  void join(std::uint32_t known, TenantId tenant);
  void leave(std::uint32_t known, TenantId tenant);

  std::int64_t size() const { return size_; }
  /// Those who have requests in the group, in no particular order but always the same.
  std::span<const TenantId> tenants() const { return tenants_; }
  std::int64_t of_tenant(TenantId tenant) const { return of_tenant_[tenant.value]; }
  /// Tokens that they look back at in the next step, the new ones included.
  std::int64_t context() const { return context_; }
  /// Steps made since the beginning.
  std::int64_t steps() const { return steps_; }

  /// Blocks that the next `steps` steps need beyond what is held.
  std::int64_t blocks_for(std::int64_t steps) const;
  /// The most steps that need at most so many blocks; without end if the group is empty.
  std::int64_t steps_within(std::int64_t blocks) const;
  void advance(std::int64_t steps);

 private:
  std::int64_t block_tokens() const { return static_cast<std::int64_t>(due_.size()); }
  /// Requests that need a new block `ahead` steps from now, 0 being the next.
  std::int64_t due(std::int64_t ahead) const {
    return due_[static_cast<std::size_t>((steps_ + ahead) % block_tokens())];
  }
  std::int64_t& due_of(std::uint32_t known);

  std::int64_t size_ = 0;
  std::int64_t context_ = 0;
  std::int64_t steps_ = 0;
  /// By the step, modulo the tokens of a block, in which a request needs a new one.
  std::vector<std::int64_t> due_;
  std::vector<std::int64_t> of_tenant_;
  std::vector<TenantId> tenants_;
};

}  // namespace tandem
