#include "executor/serve/prefix_hasher.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

/// The key of the test vectors in SipHash's paper, bytes 0 to 15.
constexpr PrefixKey kKey{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
constexpr PrefixHash kFirst = 0x0706050403020100U;  ///< The message's first eight, bytes 0 to 7.

TEST(PrefixHasher, IsSipHash) {
  // Computed with OpenSSL 3: openssl mac -macopt hexkey:000102…0f -macopt size:8 SIPHASH.
  EXPECT_EQ(sip_hash(kKey, kFirst, {}), 0x93f5f5799a932462U);
  EXPECT_EQ(sip_hash(kKey, kFirst, std::vector<TokenId>{0x0b0a0908}), 0x751e8fbc860ee5fbU);
  EXPECT_EQ(sip_hash(kKey, kFirst, std::vector<TokenId>{0x0b0a0908, 0x0f0e0d0c}),
            0x3f2acc7f57c29bdbU);
}

TEST(PrefixHasher, NamesWholeBlocksAndAllBeforeThem) {
  const std::vector<TokenId> one{1, 2, 3, 4, 5, 6, 7};
  const std::vector<TokenId> other{1, 2, 3, 4, 5, 9, 7};
  const std::vector<TokenId> shifted{0, 2, 3, 4, 5, 6};
  const auto names = prefix_hashes(kKey, one, 2);
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(prefix_hashes(kKey, other, 2)[1], names[1]);
  EXPECT_NE(prefix_hashes(kKey, other, 2)[2], names[2]);
  EXPECT_NE(prefix_hashes(kKey, shifted, 2)[2], names[2]);
}

TEST(PrefixHasher, NamesFollowFromTheKey) {
  const std::vector<TokenId> prompt{1, 2};
  EXPECT_NE(prefix_hashes({1, 2}, prompt, 2), prefix_hashes({1, 3}, prompt, 2));
}

}  // namespace
}  // namespace tandem
