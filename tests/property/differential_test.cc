// Two worlds that share no code but the failures must give the same bytes.

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/check/random_scenario.h"
#include "tests/support/random.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

/// The first line that differs, with the lines before it.
std::string difference(const std::string& a, const std::string& b) {
  const auto lines_a = lines_of(a);
  const auto lines_b = lines_of(b);
  const auto [at_a, at_b] = std::ranges::mismatch(lines_a, lines_b);
  std::string text;
  for (auto line = at_a - std::min<std::ptrdiff_t>(8, at_a - lines_a.begin()); line != at_a;
       ++line) {
    text += *line + "\n";
  }
  text += "simulated: " + (at_a == lines_a.end() ? "the end" : *at_a) + "\n";
  return text + "fake:      " + (at_b == lines_b.end() ? "the end" : *at_b) + "\n";
}

class Differential : public testing::TestWithParam<std::string> {};

TEST_P(Differential, FakeAndSimulatedWorldWriteTheSameJournal) {
  for (std::uint64_t seed = 1; seed <= seeds(300); ++seed) {
    const Scenario scenario = random_scenario(seed);
    const std::string simulated = journal_of(scenario, GetParam(), In::kSimulated, seed);
    const std::string fake = journal_of(scenario, GetParam(), In::kFake, seed);
    ASSERT_TRUE(simulated == fake) << "seed " << seed << "\n" << difference(simulated, fake);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryPolicy, Differential, testing::ValuesIn(every_policy()));

}  // namespace
}  // namespace tandem
