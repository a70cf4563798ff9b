// Values by dense, growing ids, of which only a moving part is alive.
//
// Lookup is two array accesses, addresses are stable, and a page is given back when the last of
// its values is erased: memory follows what is active, not what has passed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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
    std::optional<Value>& slot = pages_[page]->slots[key.value % kPageSize];
    slot.emplace(std::forward<Args>(args)...);
    ++pages_[page]->alive;
    ++size_;
    return *slot;
  }

  Value* find(Key key) {
    const std::size_t page = key.value / kPageSize;
    if (page >= pages_.size() || !pages_[page]) return nullptr;
    std::optional<Value>& slot = pages_[page]->slots[key.value % kPageSize];
    return slot ? &*slot : nullptr;
  }
  const Value* find(Key key) const { return const_cast<PagedMap*>(this)->find(key); }
  bool contains(Key key) const { return find(key) != nullptr; }

  /// The value under a key that is there.
  Value& at(Key key) { return *pages_[key.value / kPageSize]->slots[key.value % kPageSize]; }
  const Value& at(Key key) const { return const_cast<PagedMap*>(this)->at(key); }

  /// Erases a key that is there.
  void erase(Key key) {
    std::unique_ptr<Page>& page = pages_[key.value / kPageSize];
    page->slots[key.value % kPageSize].reset();
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
      for (const auto& slot : page->slots) {
        if (slot) visit(*slot);
      }
    }
  }

 private:
  static constexpr std::size_t kPageSize = 64;
  struct Page {
    std::array<std::optional<Value>, kPageSize> slots;
    std::uint32_t alive = 0;
  };
  std::vector<std::unique_ptr<Page>> pages_;
  std::size_t size_ = 0;
};

}  // namespace tandem
