// Policies composed in a scenario, and the texts they stand for.
#include <gtest/gtest.h>

#include "tests/unit/workloads/scenario_text.h"

namespace tandem {
namespace {

std::string text(const std::string& policies) {
  return with_jobs("  - job: { name: a, duration: 1 h }", "policies: [" + policies + "]");
}
std::vector<std::string> policies(const std::string& list) { return load(text(list)).policies; }
using Texts = std::vector<std::string>;

TEST(ComposedPolicy, IsAText) {
  EXPECT_EQ(policies("{ order: fifo }"), Texts{"fifo"});
  EXPECT_EQ(policies("{ order: fifo, backfill: easy }"), Texts{"fifo+easy"});
  EXPECT_EQ(
      policies("{ elastic: true, preempt: { by: order, min_runtime: 10 min }, placement: "
               "spread, backfill: easy, order: { fair-share: { half_life: 7 days, damping: 2 } "
               "} }"),
      Texts{"fair-share:half_life=7days:damping=2+easy+spread+preempt:by=order:min_runtime="
            "10min+elastic"});
  EXPECT_EQ(policies("{ order: fifo, preempt: false, elastic: { pause: 1 h } }"),
            Texts{"fifo+elastic:pause=1h"});
}

TEST(ComposedPolicy, StandsBesideTheOldForms) {
  EXPECT_EQ(policies("easy, { fair-share+easy: { half_life: 3 days } }, { order: sjf }"),
            (Texts{"easy", "fair-share:half_life=3days+easy", "sjf"}));
}

TEST(ComposedPolicy, MistakesAreExplained) {
  expect_error(text("{ order: fifoo }"), "unknown policy 'fifoo' (did you mean 'fifo'?)");
  expect_error(text("{ order: fifo, backfill: eazy }"), "unknown policy part 'eazy'");
  expect_error(text("{ order: fifo, backfil: easy }"),
               "policies.0: unknown key 'backfil' (did you mean 'backfill'?)");
  expect_error(text("{ order: fifo, preempt: { minruntime: 1 h } }"),
               "policy 'preempt' has no parameter 'minruntime'");
  expect_error(text("{ order: { fifo: {}, sjf: {} } }"), "order: name one part");
  expect_error(text("{ order: fifo, preempt: yes }"), "expected true or false");
  expect_error(text("{ order: fifo }, fifo"), "the policy 'fifo' is listed twice");
}

}  // namespace
}  // namespace tandem
