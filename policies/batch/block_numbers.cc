#include "policies/batch/block_numbers.h"

#include "policies/core/check.h"

namespace tandem {

BlockNumbers::BlockNumbers(std::int64_t blocks) {
  unused_.reserve(static_cast<std::size_t>(blocks));
  for (std::int64_t number = blocks; number-- > 0;) {
    unused_.push_back(static_cast<BlockNumber>(number));
  }
}

void BlockNumbers::give(std::int64_t count, std::vector<BlockNumber>& table) {
  CHECK(count <= unused(), "{} blocks wanted, {} unused", count, unused());
  for (; count > 0; --count) {
    table.push_back(unused_.back());
    unused_.pop_back();
  }
}

void BlockNumbers::share(std::uint32_t entry, std::int64_t count,
                         std::vector<BlockNumber>& table) const {
  const std::vector<BlockNumber>& blocks = of_entry_[entry];
  CHECK(count <= std::ssize(blocks), "{} blocks shared of {}", count, blocks.size());
  table.insert(table.end(), blocks.begin(), blocks.begin() + count);
}

void BlockNumbers::add(std::uint32_t entry, std::span<const BlockNumber> blocks) {
  if (entry >= of_entry_.size()) of_entry_.resize(entry + 1);
  of_entry_[entry].insert(of_entry_[entry].end(), blocks.begin(), blocks.end());
}

void BlockNumbers::shrink(std::uint32_t entry, std::int64_t count) {
  // An entry that never had a block is not known here.
  if (entry >= of_entry_.size()) return;
  std::vector<BlockNumber>& blocks = of_entry_[entry];
  const auto kept = static_cast<std::size_t>(count);
  CHECK(kept <= blocks.size(), "{} blocks kept of {}", kept, blocks.size());
  free(std::span(blocks).subspan(kept));
  blocks.resize(kept);
}

void BlockNumbers::hand_back(std::uint32_t entry, std::int64_t count,
                             std::vector<BlockNumber>& table) {
  share(entry, count, table);
  free(std::span(of_entry_[entry]).subspan(static_cast<std::size_t>(count)));
  of_entry_[entry].clear();
}

void BlockNumbers::free(std::span<const BlockNumber> blocks) {
  unused_.insert(unused_.end(), blocks.rbegin(), blocks.rend());
}

}  // namespace tandem
