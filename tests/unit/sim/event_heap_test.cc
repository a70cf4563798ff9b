// The heap against a sorted map.

#include "sim/event_heap.h"

#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <utility>

#include "tests/support/random.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

TEST(EventHeap, EqualTimesKeepTheOrderOfScheduling) {
  EventHeap<int> heap;
  heap.schedule(at_second(2), 1);
  heap.schedule(at_second(1), 2);
  const auto taken_back = heap.schedule(at_second(1), 3);
  heap.schedule(at_second(1), 4);
  heap.schedule(at_second(2), 5);
  heap.cancel(taken_back);
  for (const int expected : {2, 4, 1, 5}) EXPECT_EQ(heap.pop(), expected);
  EXPECT_TRUE(heap.empty());
}

TEST(EventHeap, AgreesWithASortedMap) {
  for (std::uint64_t seed = 1; seed <= seeds(100); ++seed) {
    Random random(seed);
    EventHeap<int> heap;
    std::map<std::pair<Time, int>, EventHeap<int>::Handle> model;
    for (int number = 0; number < 500; ++number) {
      const std::uint32_t what = random.below(10);
      if (what < 5) {
        const Time time = at_second(static_cast<double>(random.below(20)));
        model[{time, number}] = heap.schedule(time, number);
      } else if (what < 7 && !model.empty()) {
        const auto any =
            std::next(model.begin(), random.below(static_cast<std::uint32_t>(model.size())));
        heap.cancel(any->second);
        model.erase(any);
      } else if (!model.empty()) {
        ASSERT_EQ(heap.next_time(), model.begin()->first.first) << "seed " << seed;
        ASSERT_EQ(heap.pop(), model.begin()->first.second) << "seed " << seed;
        model.erase(model.begin());
      }
      ASSERT_EQ(heap.size(), model.size()) << "seed " << seed;
      ASSERT_EQ(heap.empty(), model.empty()) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace tandem
