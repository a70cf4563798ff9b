// Work done and work saved, at rates that change.
#include "sim/gang_progress.h"

#include <gtest/gtest.h>

#include "tests/support/runs.h"

namespace tandem {
namespace {

TEST(GangProgress, EndsWhenAllIsDone) {
  GangProgress progress(seconds(100));
  progress.run(at_second(10), Rate{});
  EXPECT_EQ(progress.end(), at_second(110));
  progress.change_rate(at_second(30), Rate{500'000});
  EXPECT_EQ(progress.end(), at_second(190)) << "80 left at half the pace";
}

TEST(GangProgress, LosesWhatIsNotSaved) {
  GangProgress progress(seconds(100));
  progress.run(at_second(0), Rate{});
  progress.pause(at_second(40));
  progress.saved();
  EXPECT_EQ(progress.kept(), seconds(40));
  progress.run(at_second(50), Rate{2'000'000});
  EXPECT_EQ(progress.next_save(seconds(15)), at_second(65));
  EXPECT_EQ(progress.end(), at_second(80));
  EXPECT_EQ(progress.interrupt(at_second(60)), seconds(10));
  EXPECT_EQ(progress.kept(), seconds(40));
  progress.run(at_second(100), Rate{});
  EXPECT_EQ(progress.end(), at_second(160));
}

TEST(GangProgress, SavesItselfEachIntervalWhateverItsRate) {
  GangProgress progress(seconds(100));
  progress.run(at_second(0), Rate{}, seconds(10));
  // Saved at 10 with 10 done, at 20 with 10 + 2 + 4: it slows down at 12.
  progress.change_rate(at_second(12), Rate{500'000});
  progress.change_rate(at_second(15), Rate{500'000});
  EXPECT_EQ(progress.interrupt(at_second(27)), seconds(7));
  EXPECT_EQ(progress.kept(), seconds(16));
}

}  // namespace
}  // namespace tandem
