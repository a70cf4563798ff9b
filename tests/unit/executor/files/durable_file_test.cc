#include "executor/files/durable_file.h"

#include <gtest/gtest.h>

#include <atomic>
#include <system_error>
#include <thread>

#include "executor/files/file_lock.h"
#include "tests/support/temporary_file.h"
#include "workloads/traces/mapped_file.h"

namespace tandem {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::ptrdiff_t files_in(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

TEST(DurableFile, IsThereWholeOrNotAtAll) {
  const TemporaryFile old("state", "old");
  {
    DurableFile file(old.path());
    file.write(bytes_of("new"));
    EXPECT_EQ(MappedFile(old.path()).bytes(), "old") << "until it is committed";
    file.write(bytes_of("er"));
    file.commit();
  }
  EXPECT_EQ(MappedFile(old.path()).bytes(), "newer");
  EXPECT_EQ(files_in(old.folder()), 1);
}

TEST(DurableFile, LeavesNothingWhenGivenUp) {
  const TemporaryFile old("state", "old");
  {
    DurableFile file(old.path());
    file.write(bytes_of("half of"));
  }
  EXPECT_EQ(MappedFile(old.path()).bytes(), "old");
  EXPECT_EQ(files_in(old.folder()), 1);
}

TEST(DurableFile, SaysWhyThereCanBeNone) {
  EXPECT_THROW(DurableFile("/nowhere/at/all"), std::system_error);
}

TEST(FileLock, IsHeldByOneAtATime) {
  const TemporaryFile name("lock", "");
  std::atomic<int> inside = 0;
  std::atomic<bool> was_alone = true;
  const auto work = [&] {
    for (int i = 0; i < 200; ++i) {
      const FileLock lock(name.path());
      if (++inside > 1) was_alone = false;
      std::this_thread::yield();
      --inside;
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_TRUE(was_alone);
}

TEST(MappedFile, ShowsAnEmptyFile) {
  const TemporaryFile file("empty", "");
  EXPECT_TRUE(MappedFile(file.path()).bytes().empty());
}

}  // namespace
}  // namespace tandem
