// Sorting again what was in order a moment ago.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace tandem {

/// Sorts by `less`, in about one comparison an item when few are out of place, and never much worse
/// than std::sort. No two items may be equal.
template <class Item, class Less>
void resort(std::vector<Item>& items, Less less) {
  std::size_t moves_left = 8 * items.size();
  for (std::size_t i = 1; i < items.size(); ++i) {
    if (!less(items[i], items[i - 1])) continue;
    Item item = std::move(items[i]);
    std::size_t place = i;
    for (; place > 0 && less(item, items[place - 1]); --place) {
      items[place] = std::move(items[place - 1]);
    }
    items[place] = std::move(item);
    if (i - place > moves_left) {
      std::sort(items.begin(), items.end(), less);
      return;
    }
    moves_left -= i - place;
  }
}

}  // namespace tandem
