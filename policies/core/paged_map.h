// Values by dense, growing ids, of which only some are alive.
//
// Pages say in which slot the value of an id is; a page is given back when the last of its values
// is erased, and a slot is used again by the next value. So memory follows the most that were alive
// at one time, not what has passed, however scattered the survivors are. Lookup is three array
// accesses, and addresses are stable.
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
    const std::size_t number = key.value / kPageSize;
    if (number >= pages_.size()) pages_.resize(number + 1);
    if (!pages_[number]) pages_[number] = std::make_unique<Page>();
    if (free_.empty()) add_slots();
    std::optional<Value>& value = slot(free_.back());
    value.emplace(std::forward<Args>(args)...);
    Page& page = *pages_[number];
    page.slot_of[key.value % kPageSize] = free_.back() + 1;
    free_.pop_back();
    ++page.alive;
    ++size_;
    return *value;
  }

  Value* find(Key key) {
    const std::size_t page = key.value / kPageSize;
    if (page >= pages_.size() || !pages_[page]) return nullptr;
    const std::uint32_t above = pages_[page]->slot_of[key.value % kPageSize];
    return above == 0 ? nullptr : &*slot(above - 1);
  }
  const Value* find(Key key) const { return const_cast<PagedMap*>(this)->find(key); }
  bool contains(Key key) const { return find(key) != nullptr; }

  /// The value under a key that is there.
  Value& at(Key key) {
    return *slot(pages_[key.value / kPageSize]->slot_of[key.value % kPageSize] - 1);
  }
  const Value& at(Key key) const { return const_cast<PagedMap*>(this)->at(key); }

  /// Erases a key that is there.
  void erase(Key key) {
    std::unique_ptr<Page>& page = pages_[key.value / kPageSize];
    std::uint32_t& above = page->slot_of[key.value % kPageSize];
    slot(above - 1).reset();
    free_.push_back(above - 1);
    above = 0;
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
      for (const std::uint32_t above : page->slot_of) {
        if (above != 0) visit(*slot(above - 1));
      }
    }
  }

 private:
  static constexpr std::size_t kPageSize = 64;
  struct Page {
    std::array<std::uint32_t, kPageSize> slot_of{};  ///< Plus 1; 0 under keys that are not there.
    std::uint32_t alive = 0;
  };
  using Slots = std::array<std::optional<Value>, kPageSize>;

  std::optional<Value>& slot(std::uint32_t number) {
    return (*slots_[number / kPageSize])[number % kPageSize];
  }
  const std::optional<Value>& slot(std::uint32_t number) const {
    return (*slots_[number / kPageSize])[number % kPageSize];
  }
  void add_slots() {
    const auto first = static_cast<std::uint32_t>(slots_.size() * kPageSize);
    slots_.push_back(std::make_unique<Slots>());
    for (std::uint32_t i = kPageSize; i-- > 0;) free_.push_back(first + i);
  }

  std::vector<std::unique_ptr<Page>> pages_;
  std::vector<std::unique_ptr<Slots>> slots_;
  std::vector<std::uint32_t> free_;  ///< The one to be used next is the last.
  std::size_t size_ = 0;
};

}  // namespace tandem
