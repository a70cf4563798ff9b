// Room that many share: who gets none has to come again.
#pragma once

#include <cstddef>
#include <utility>

namespace tandem {

class Budget {
 public:
  explicit Budget(std::size_t room) : free_(room) {}

  /// Part of a budget, given back when it goes.
  class Part {
   public:
    Part() = default;
    Part(Part&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), size_(other.size_) {}
    Part& operator=(Part&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(size_, other.size_);
      return *this;
    }
    ~Part() {
      if (budget_ != nullptr) budget_->free_ += size_;
    }
    explicit operator bool() const { return budget_ != nullptr; }

   private:
    friend class Budget;
    Part(Budget& budget, std::size_t size) : budget_(&budget), size_(size) {}
    Budget* budget_ = nullptr;
    std::size_t size_ = 0;
  };

  /// Nothing if there is not so much left. The budget must outlive its parts.
  Part take(std::size_t size) {
    if (size > free_) return {};
    free_ -= size;
    return {*this, size};
  }

 private:
  std::size_t free_;
};

}  // namespace tandem
