// What ranks compute together is what one computes alone: gradients of small models, on real
// processes.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_program.h"
#include "tests/support/temporary_folder.h"

namespace tandem {
namespace {

struct Case {
  int tensor, pipeline, data, zero;
};

class Gradients : public testing::TestWithParam<Case> {};

TEST_P(Gradients, OfRanksAreThoseOfOne) {
  const auto [tensor, pipeline, data, zero] = GetParam();
  const TemporaryFolder folder;
  std::vector<std::unique_ptr<ChildProgram>> ranks;
  for (int i = 0; i < tensor * pipeline * data; ++i) {
    const std::vector<std::string> arguments{folder.path(),          std::to_string(i),
                                             std::to_string(tensor), std::to_string(pipeline),
                                             std::to_string(data),   std::to_string(zero)};
    ranks.push_back(std::make_unique<ChildProgram>("gradients_program", arguments,
                                                   folder.path() / std::to_string(i)));
  }
  const std::string right = "loss true gradient true\nevaluation true\nrefreshed true\n";
  for (const auto& rank : ranks) {
    EXPECT_EQ(rank->wait(), 0);
    EXPECT_EQ(rank->output(), right + right) << "GPT-2, then LLaMA";
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, Gradients,
                         testing::Values(Case{2, 1, 1, 0}, Case{1, 4, 1, 0}, Case{1, 1, 2, 0},
                                         Case{1, 1, 4, 1}, Case{2, 2, 2, 1}),
                         [](const auto& test) {
                           return fmt::format("tp{}pp{}dp{}zero{}", test.param.tensor,
                                              test.param.pipeline, test.param.data,
                                              test.param.zero);
                         });

}  // namespace
}  // namespace tandem
