// What must survive a controller: the journal's remains, what people have handed in, the locks.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "executor/control/job_store.h"
#include "executor/control/journal_log.h"
#include "executor/control/run_folder.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_file.h"

namespace tandem {
namespace {

TEST(JournalRemains, LacksTheLastHalfLine) {
  const TemporaryFile file("journal", "tandem-journal 1\nrun\n@ 5\n+ start 0\n@ 70\n+ finis");
  const auto remains = read_remains(file.path());
  ASSERT_TRUE(remains);
  EXPECT_EQ(remains->text, "tandem-journal 1\nrun\n@ 5\n+ start 0\n@ 70\n");
  EXPECT_EQ(remains->text.substr(remains->last_step), "@ 70\n");
  EXPECT_EQ(remains->last_time, Time{Duration{70}});
  EXPECT_FALSE(remains->complete);
}

TEST(JournalRemains, WithoutAWholeHeadNothingWasDecided) {
  const TemporaryFile file("journal", "tandem-journal 1\ntenant 0 - 1 - default\nru");
  EXPECT_FALSE(read_remains(file.path()));
  EXPECT_FALSE(read_remains(file.folder() / "none"));
}

TEST(JournalRemains, KnowsTheEnd) {
  const TemporaryFile file("journal", "tandem-journal 1\nrun\n@ 5\n+ start 0\nend\n");
  EXPECT_TRUE(read_remains(file.path())->complete);
}

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(JournalLog, GoesOnWhereItIsToldTo) {
  const TemporaryFile file("journal", "kept\nnot kept\n");
  JournalLog log(file.path(), 5);
  log.mute(true);
  log.begin_step(Time{Duration{1}});
  log.mute(false);
  log.begin_step(Time{Duration{2}});
  log.event(Finished{{3}});
  log.sync();
  EXPECT_EQ(text_of(file.path()), "kept\n@ 2\n+ finish 3\n");
  log.replace_end(5, "@ 2\n+ finish 4\n");
  EXPECT_EQ(text_of(file.path()), "kept\n@ 2\n+ finish 4\n");
}

TEST(JobStore, KeepsWhatWasAccepted) {
  const TemporaryFile place("unused", "");
  const auto path = place.folder() / "accepted.sqlite";
  {
    JobStore store(path);
    EXPECT_EQ(store.run_began(1000), 1000);
    store.add({{7}, "- train: a"});
    store.add({{5}, "- train: b"});
    store.cancel({7});
    store.cancel({7});
  }
  JobStore store(path);
  EXPECT_EQ(store.run_began(2000), 1000);
  ASSERT_EQ(store.submissions().size(), 2U);
  EXPECT_EQ(store.submissions()[0].id, JobId{5});
  EXPECT_EQ(store.submissions()[1].text, "- train: a");
  EXPECT_EQ(store.cancellations(), std::vector<JobId>{{7}});
}

TEST(JobStore, ADamagedOneIsAnError) {
  const TemporaryFile file("accepted.sqlite", std::string(4096, 'x'));
  EXPECT_TRUE(error_of([&] { JobStore store(file.path()); }).find("damaged") != std::string::npos);
}

TEST(ControllerLock, OneAtATime) {
  const TemporaryFile place("unused", "");
  const RunFolder folder(place.folder());
  folder.create();
  const ControllerLock first(folder);
  const std::string why = error_of([&] { ControllerLock second(folder); });
  EXPECT_TRUE(
      why.ends_with("a controller works here already (process " + std::to_string(getpid()) + ")"))
      << why;
}

TEST(RunFolder, SocketsOfALongPathLieElsewhere) {
  const RunFolder brief("/tmp/run");
  EXPECT_EQ(brief.worker_endpoint(), "ipc:///tmp/run/control/workers");
  const RunFolder lengthy("/tmp/" + std::string(200, 'x'));
  EXPECT_LT(lengthy.worker_endpoint().size(), 100U);
  EXPECT_NE(lengthy.worker_endpoint(),
            RunFolder("/tmp/" + std::string(201, 'x')).worker_endpoint());
}

TEST(RunFolder, OnlyItsOwnerGetsToTheSockets) {
  const TemporaryFile place("unused", "");
  const RunFolder folder(place.folder());
  folder.create();
  const auto status = std::filesystem::status(place.folder() / "control");
  EXPECT_EQ(status.permissions(), std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace tandem
