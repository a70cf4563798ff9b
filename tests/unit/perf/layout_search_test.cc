// The search against asking for each layout by hand.
#include "workloads/perf/layout_search.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

Machine machine_of(const char* device) {
  return usual_machine(built_in_catalog(), built_in_catalog().device(device));
}

Layout wanted(std::int64_t batch, std::int64_t sequence) {
  Layout layout;
  layout.batch = batch;
  layout.sequence = sequence;
  return layout;
}

TEST(LayoutSearch, FindsWhatFitsFastestFirst) {
  const Architecture& model = built_in_catalog().model("llama-3.1-70b");
  const Machine machine = machine_of("h100-sxm");
  const LayoutSearch search = search_layouts(model, machine, 512, wanted(1024, 8192), 10);
  ASSERT_EQ(search.best.size(), 10U);
  EXPECT_GT(search.tried, search.fitting);
  double last = 0;
  for (const FoundLayout& found : search.best) {
    EXPECT_EQ(found.layout.devices(), 512);
    EXPECT_EQ(obstacle(model, machine, found.layout), "");
    EXPECT_TRUE(memory_use(model, machine, found.layout).fits());
    const double seconds = step_time(model, machine, found.layout).seconds();
    EXPECT_EQ(seconds, found.time.seconds());
    EXPECT_GE(seconds, last);
    last = seconds;
  }
}

TEST(LayoutSearch, ASmallModelNeedsNoSplitting) {
  const LayoutSearch search = search_layouts(built_in_catalog().model("gpt2"),
                                             machine_of("a100-sxm-80g"), 8, wanted(64, 1024), 1);
  ASSERT_EQ(search.best.size(), 1U);
  EXPECT_EQ(search.best[0].layout.data, 8);
}

TEST(LayoutSearch, NothingFits) {
  const LayoutSearch search = search_layouts(built_in_catalog().model("llama-3.1-70b"),
                                             machine_of("a100-sxm-40g"), 8, wanted(8, 8192), 10);
  EXPECT_TRUE(search.best.empty());
  EXPECT_GT(search.tried, 0U);
  EXPECT_GT(search.leanest.memory.total(), 40e9);
}

TEST(LayoutSearch, NothingDivides) {
  // 7 devices, a batch of one.
  const LayoutSearch search = search_layouts(built_in_catalog().model("llama-3.1-70b"),
                                             machine_of("a100-sxm-40g"), 7, wanted(1, 8192), 10);
  EXPECT_EQ(search.tried, 0U);
}

TEST(LayoutSearch, SpreadsExperts) {
  const LayoutSearch search = search_layouts(built_in_catalog().model("mixtral-8x7b"),
                                             machine_of("h100-sxm"), 64, wanted(256, 4096), 100);
  ASSERT_FALSE(search.best.empty());
  bool some_spread = false;
  for (const FoundLayout& found : search.best) some_spread |= found.layout.expert == 8;
  EXPECT_TRUE(some_spread);
}

}  // namespace
}  // namespace tandem
