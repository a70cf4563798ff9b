// What will happen, by time: the master loop of a simulation.
//
// A binary heap that knows where each entry is, so that an event can be taken back (a gang whose
// node fails does not finish) without leaving its ghost behind. Equal times keep the order in which
// they were scheduled.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "policies/core/units.h"

namespace tandem {

template <class Payload>
class EventHeap {
 public:
  /// Names a scheduled event until it has been popped or cancelled; then used again.
  using Handle = std::uint32_t;

  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  Time next_time() const { return entry(0).time; }

  Handle schedule(Time time, Payload payload) {
    Handle handle = 0;
    if (free_.empty()) {
      handle = static_cast<Handle>(entries_.size());
      entries_.push_back({});
    } else {
      handle = free_.back();
      free_.pop_back();
    }
    entries_[handle] = {time, next_number_++, heap_.size(), std::move(payload)};
    heap_.push_back(handle);
    rise(heap_.size() - 1);
    return handle;
  }

  /// Removes and returns the earliest event. There must be one.
  Payload pop() {
    const Handle handle = heap_.front();
    Payload payload = std::move(entries_[handle].payload);
    remove(0);
    free_.push_back(handle);
    return payload;
  }

  /// Takes back an event that has not been popped.
  void cancel(Handle handle) {
    remove(entries_[handle].place);
    free_.push_back(handle);
  }

 private:
  struct Entry {
    Time time;
    std::uint64_t number = 0;  ///< Of scheduling; makes equal times distinct.
    std::size_t place = 0;     ///< In heap_.
    Payload payload{};
  };

  const Entry& entry(std::size_t place) const { return entries_[heap_[place]]; }
  bool before(std::size_t a, std::size_t b) const {
    return std::pair{entry(a).time, entry(a).number} < std::pair{entry(b).time, entry(b).number};
  }
  void swap(std::size_t a, std::size_t b) {
    std::swap(heap_[a], heap_[b]);
    entries_[heap_[a]].place = a;
    entries_[heap_[b]].place = b;
  }
  void rise(std::size_t place) {
    while (place > 0 && before(place, (place - 1) / 2)) {
      swap(place, (place - 1) / 2);
      place = (place - 1) / 2;
    }
  }
  void sink(std::size_t place) {
    while (true) {
      std::size_t least = place;
      for (std::size_t child = 2 * place + 1; child <= 2 * place + 2; ++child) {
        if (child < heap_.size() && before(child, least)) least = child;
      }
      if (least == place) return;
      swap(place, least);
      place = least;
    }
  }
  void remove(std::size_t place) {
    swap(place, heap_.size() - 1);
    heap_.pop_back();
    if (place == heap_.size()) return;
    rise(place);
    sink(place);
  }

  std::vector<Entry> entries_;
  std::vector<Handle> heap_;
  std::vector<Handle> free_;
  std::uint64_t next_number_ = 0;
};

}  // namespace tandem
