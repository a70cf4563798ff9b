// Names that somebody may have meant.
#include "policies/core/nearest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tandem {
namespace {

const std::vector<std::string> kModels = {"gpt2", "gpt2-large", "gpt2-xl", "llama-3-8b",
                                          "llama-3-70b"};

TEST(Nearest, ASlipOfTheHand) {
  EXPECT_EQ(nearest("lama-3-8b", kModels), "llama-3-8b");
  EXPECT_EQ(nearest("GPT2-XL", kModels), "gpt2-xl");
  EXPECT_EQ(nearest("", kModels), "");
}

TEST(Nearest, WordsTooManyOrTooFew) {
  EXPECT_EQ(nearest("gpt2-small", kModels), "gpt2");
  EXPECT_EQ(nearest("gpt2-xl-chat-tuned", kModels), "gpt2-xl") << "the longest within";
  EXPECT_EQ(nearest("llama-3", kModels), "llama-3-8b") << "the shortest around";
  EXPECT_EQ(nearest("llama-31-instruct", kModels), "") << "3 is not 31";
}

TEST(Nearest, OfManyTheLikeliestAreNamed) {
  EXPECT_EQ(suggestion_of_many("gpt2-small", kModels), " (did you mean 'gpt2'?)");
  EXPECT_EQ(suggestion_of_many("llama-31-instruct", kModels),
            " (nearest: llama-3-70b, llama-3-8b, gpt2-large)");
  EXPECT_EQ(suggestion_of_many("x", std::vector<std::string>{}), "");
  EXPECT_TRUE(suggestion_of_many(std::string(1000, 'g'), kModels).starts_with(" (nearest: gpt2"));
}

}  // namespace
}  // namespace tandem
