// Values by id: found as in a map, however they come and go, and at the same address meanwhile.
#include "policies/core/paged_map.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "policies/core/ids.h"
#include "sim/check/random.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

TEST(PagedMap, IsAMap) {
  for (std::uint64_t seed = 1; seed <= seeds(50); ++seed) {
    Random random(seed);
    PagedMap<JobId, std::string> paged;
    std::map<std::uint32_t, std::pair<std::string, const std::string*>> plain;
    for (std::uint32_t next = 0; next < 2'000; ++next) {
      const std::string text = std::to_string(random.below(1'000'000));
      plain.emplace(next, std::pair(text, &paged.emplace(JobId{next}, text)));
      while (!plain.empty() && random.chance(48)) {
        auto gone = plain.lower_bound(random.below(next + 1));
        if (gone == plain.end()) gone = plain.begin();
        paged.erase(JobId{gone->first});
        EXPECT_FALSE(paged.contains(JobId{gone->first}));
        plain.erase(gone);
      }
      ASSERT_EQ(paged.size(), plain.size());
    }
    auto expected = plain.begin();
    paged.for_each([&](const std::string& value) {
      ASSERT_NE(expected, plain.end());
      EXPECT_EQ(value, expected->second.first);
      EXPECT_EQ(&value, expected->second.second);
      EXPECT_EQ(&value, paged.find(JobId{expected->first}));
      ++expected;
    });
    EXPECT_EQ(expected, plain.end());
  }
}

}  // namespace
}  // namespace tandem
