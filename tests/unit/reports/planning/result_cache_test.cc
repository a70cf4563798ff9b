#include "reports/planning/result_cache.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "policies/core/error.h"
#include "tests/support/temporary_folder.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

const SimulationKey kKey{"0123456789abcdef", "fifo+easy", 7, "0.1 ff"};

TEST(ResultCache, FindsWhatItStored) {
  const TemporaryFolder folder;
  const ResultCache cache(folder.path() / "new" / "cache");
  EXPECT_EQ(cache.find(kKey), std::nullopt);
  cache.store(kKey, "{\"a\": 1}\n\nend\n");
  EXPECT_EQ(cache.find(kKey), "{\"a\": 1}\n\nend\n");
  EXPECT_EQ(cache.size().simulations, 1U);
}

TEST(ResultCache, EveryPartOfTheKeyCounts) {
  const TemporaryFolder folder;
  const ResultCache cache(folder.path());
  cache.store(kKey, "x");
  for (const SimulationKey& other : {SimulationKey{"f123456789abcdef", "fifo+easy", 7, "0.1 ff"},
                                     SimulationKey{"0123456789abcdef", "fifo", 7, "0.1 ff"},
                                     SimulationKey{"0123456789abcdef", "fifo+easy", 8, "0.1 ff"},
                                     SimulationKey{"0123456789abcdef", "fifo+easy", 7, "0.1 fe"}}) {
    EXPECT_EQ(cache.find(other), std::nullopt);
  }
}

TEST(ResultCache, DamagedEntriesAreNone) {
  const TemporaryFolder folder;
  const ResultCache cache(folder.path());
  cache.store(kKey, "whole");
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    if (entry.is_regular_file()) fs::resize_file(entry.path(), entry.file_size() - 3);
  }
  EXPECT_EQ(cache.find(kKey), std::nullopt);
  cache.store(kKey, "again");
  EXPECT_EQ(cache.find(kKey), "again");
}

TEST(ResultCache, WhatWasUsedLongestAgoGoesFirst) {
  const TemporaryFolder folder;
  const ResultCache cache(folder.path());
  SimulationKey key = kKey;
  for (key.seed = 0; key.seed < 4; ++key.seed) {
    cache.store(key, std::string(1000, 'x'));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  key.seed = 0;
  EXPECT_TRUE(cache.find(key));  // Used now.
  EXPECT_EQ(cache.shrink(2500).simulations, 2U);
  EXPECT_TRUE(cache.find(key));
  key.seed = 1;
  EXPECT_FALSE(cache.find(key));
  EXPECT_EQ(cache.shrink(0).simulations, 2U);
  EXPECT_EQ(cache.size().bytes, 0U);
}

TEST(ResultCache, ManyMayWriteAtOnce) {
  const TemporaryFolder folder;
  const ResultCache cache(folder.path());
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&, i] {
      SimulationKey key = kKey;
      for (key.seed = 0; key.seed < 50; ++key.seed) {
        if (key.seed % 4 == static_cast<std::uint64_t>(i)) cache.store(key, std::string(5000, 'y'));
        if (const auto found = cache.find(key)) {
          EXPECT_EQ(*found, std::string(5000, 'y'));
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(cache.size().simulations, 50U);
}

TEST(ResultCache, WhatKilledProcessesLeftIsClearedAway) {
  const TemporaryFolder folder;
  const ResultCache cache(folder.path());
  const fs::path old = folder.path() / "a.result.1.tmp";
  const fs::path fresh = folder.path() / "b.result.2.tmp";
  std::ofstream(old) << "half";
  std::ofstream(fresh) << "half";
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(2));
  cache.shrink(0);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(fresh)) << "somebody may be writing it";
}

TEST(ResultCache, AFileIsNoFolder) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  EXPECT_THROW(ResultCache(folder.path() / "file"), InputError);
}

}  // namespace
}  // namespace tandem
