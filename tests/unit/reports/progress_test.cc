#include "reports/progress.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace tandem {
namespace {

/// A progress line whose clock the test sets.
struct Watched {
  explicit Watched(std::size_t runs, Progress::Mode mode)
      : progress(
            runs, mode, [this] { return now; }, [this](std::string_view text) { said += text; }) {}
  std::string take() { return std::exchange(said, {}); }

  double now = 100;
  std::string said;
  Progress progress;
};

TEST(Progress, RedrawsOneLineAtMostFiveTimesASecond) {
  Watched watched(4, Progress::Mode::kTerminal);
  watched.progress.update(0, 0);
  EXPECT_EQ(watched.take(), "\r\x1b[K  0 %  0 of 4 runs  0.0 s");
  watched.now = 100.1;
  watched.progress.update(0, 0.5);
  EXPECT_EQ(watched.take(), "");
  // 1 + 0.6 of four runs are 40 %; 30 s for that leave 45 s.
  watched.now = 130;
  watched.progress.update(0, 1);
  watched.progress.update(1, 0.6);
  watched.now = 130.25;
  watched.take();
  watched.progress.update(1, 0.6);
  EXPECT_EQ(watched.take(), "\r\x1b[K 40 %  1 of 4 runs  30.2 s, about 45.4 s left");
  watched.progress.finish();
  EXPECT_EQ(watched.take(), "\r\x1b[K");
}

TEST(Progress, PlainLinesComeEveryTenSeconds) {
  Watched watched(1, Progress::Mode::kLines);
  watched.now = 109;
  watched.progress.update(0, 0.2);
  EXPECT_EQ(watched.take(), "");
  watched.now = 110;
  watched.progress.update(0, 0.25);
  EXPECT_EQ(watched.take(), " 25 %  10.0 s, about 30.0 s left\n");
  watched.now = 119;
  watched.progress.update(0, 0.5);
  watched.progress.finish();
  EXPECT_EQ(watched.take(), "");
}

TEST(Progress, NeverGoesBack) {
  Watched watched(1, Progress::Mode::kTerminal);
  watched.progress.update(0, 0.5);
  watched.now = 110;
  watched.take();
  watched.progress.update(0, 0.3);
  EXPECT_EQ(watched.take(), "\r\x1b[K 50 %  10.0 s, about 10.0 s left");
}

TEST(Progress, IsSilentWhenAsked) {
  Watched watched(1, Progress::Mode::kQuiet);
  watched.now = 200;
  watched.progress.update(0, 0.5);
  watched.progress.finish();
  EXPECT_EQ(watched.take(), "");
}

}  // namespace
}  // namespace tandem
