// Values by dense, growing ids, of which only a part is alive.
//
// Ids lead to slots through small pages, which are given back when the last of their ids is erased;
// slots are used again. So memory follows what is active at one time, not what has passed, however
// the survivors are scattered. Addresses of values are stable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tandem {

template <class Key, class Value>
class PagedMap {
 public:
  /// Inserts under a key that is not there.
  template <class... Args>
  Value& emplace(Key key, Args&&... args) {
    const std::size_t page = key.value / kPageSize;
    if (page >= pages_.size()) pages_.resize(page + 1);
    if (!pages_[page]) pages_[page] = std::make_unique<Page>();
    std::uint32_t slot = static_cast<std::uint32_t>(slots_.size());
    if (free_.empty()) {
      slots_.emplace_back();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    pages_[page]->slots[key.value % kPageSize] = slot + 1;
    ++pages_[page]->alive;
    ++size_;
    return slots_[slot].emplace(std::forward<Args>(args)...);
  }

  Value* find(Key key) {
    const std::size_t page = key.value / kPageSize;
    if (page >= pages_.size() || !pages_[page]) return nullptr;
    const std::uint32_t slot = pages_[page]->slots[key.value % kPageSize];
    return slot == kNone ? nullptr : &*slots_[slot - 1];
  }
  const Value* find(Key key) const { return const_cast<PagedMap*>(this)->find(key); }
  bool contains(Key key) const { return find(key) != nullptr; }

  /// The value under a key that is there.
  Value& at(Key key) {
    return *slots_[pages_[key.value / kPageSize]->slots[key.value % kPageSize] - 1];
  }
  const Value& at(Key key) const { return const_cast<PagedMap*>(this)->at(key); }

  /// Erases a key that is there.
  void erase(Key key) {
    std::unique_ptr<Page>& page = pages_[key.value / kPageSize];
    const std::uint32_t slot = std::exchange(page->slots[key.value % kPageSize], kNone) - 1;
    slots_[slot].reset();
    free_.push_back(slot);
    --size_;
    if (--page->alive == 0) page.reset();
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Calls `visit(value)` for all values in the order of their keys. Walks every page ever used:
  /// for the end of a run, not for a step.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& page : pages_) {
      if (!page) continue;
      for (const std::uint32_t slot : page->slots) {
        if (slot != kNone) visit(*slots_[slot - 1]);
      }
    }
  }

 private:
  static constexpr std::size_t kPageSize = 64;
  static constexpr std::uint32_t kNone = 0;
  struct Page {
    std::array<std::uint32_t, kPageSize> slots{};  ///< Number of the slot plus one; 0: not there.
    std::uint32_t alive = 0;
  };
  std::vector<std::unique_ptr<Page>> pages_;
  std::deque<std::optional<Value>> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace tandem
