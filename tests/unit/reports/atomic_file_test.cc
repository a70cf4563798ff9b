#include "reports/atomic_file.h"

#include <gtest/gtest.h>

#include "policies/core/error.h"
#include "tests/unit/reports/temporary_folder.h"

namespace tandem {
namespace {

TEST(AtomicFile, AppearsWhenItIsCommitted) {
  const TemporaryFolder folder;
  AtomicFile file(folder / "a.csv");
  file.write("one\n");
  file.write(std::string(200'000, 'x'));
  EXPECT_FALSE(std::filesystem::exists(folder / "a.csv"));
  file.commit();
  EXPECT_EQ(text_of(folder / "a.csv"), "one\n" + std::string(200'000, 'x'));
  EXPECT_EQ(folder.file_count(), 1u);
}

TEST(AtomicFile, LeavesNothingWhenItIsNotCommitted) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a.csv") << "before";
  {
    AtomicFile file(folder / "a.csv");
    file.write("half of i");
  }
  EXPECT_EQ(text_of(folder / "a.csv"), "before");
  EXPECT_EQ(folder.file_count(), 1u);
}

TEST(AtomicFile, ALinkStaysALink) {
  const TemporaryFolder folder;
  std::ofstream(folder / "real.csv") << "before";
  std::filesystem::create_symlink(folder / "real.csv", folder / "link.csv");
  AtomicFile file(folder / "link.csv");
  file.write("after");
  file.commit();
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link.csv"));
  EXPECT_EQ(text_of(folder / "real.csv"), "after");
}

TEST(AtomicFile, SaysWhatIsInTheWay) {
  const TemporaryFolder folder;
  const auto message = [](const std::filesystem::path& path) -> std::string {
    try {
      AtomicFile file(path);
    } catch (const InputError& error) {
      return error.what();
    }
    return "nothing";
  };
  EXPECT_EQ(message(folder / "no/a.csv"), "cannot write " + (folder / "no/a.csv").string() +
                                              ": there is no folder " + (folder / "no").string());
  std::filesystem::create_directory(folder / "sub.csv");
  EXPECT_EQ(message(folder / "sub.csv"),
            "cannot write " + (folder / "sub.csv").string() + ": it is a folder");
  EXPECT_EQ(message("/dev/null"), "cannot write /dev/null: it is no regular file");
}

}  // namespace
}  // namespace tandem
