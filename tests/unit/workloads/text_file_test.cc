#include "workloads/traces/text_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <memory>

#include "tests/support/error_of.h"
#include "tests/support/temporary_file.h"

namespace tandem {
namespace {

/// As the zstd program packs: with a checksum.
std::string packed(std::string_view text) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> packer(ZSTD_createCCtx(),
                                                                    &ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(packer.get(), ZSTD_c_checksumFlag, 1);
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  bytes.resize(ZSTD_compress2(packer.get(), bytes.data(), bytes.size(), text.data(), text.size()));
  return bytes;
}

std::string error_in(const std::filesystem::path& path) {
  return error_of([&] { const TextFile file(path); });
}

/// A text that does not pack well, so that its packed form has something to cut off.
std::string long_text() {
  std::string text;
  std::uint64_t state = 1;
  for (int i = 0; i < 100'000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    text += std::to_string(state >> 40U) + "\n";
  }
  return text;
}

TEST(TextFile, ShowsAFileAsItIs) {
  const TemporaryFile file("jobs.csv", "job_id\n1\n");
  EXPECT_EQ(TextFile(file.path()).text(), "job_id\n1\n");
}

TEST(TextFile, UnpacksByNameAndByMagic) {
  const std::string text = long_text();
  const TemporaryFile named("jobs.csv.zst", packed(text));
  const TemporaryFile unnamed("jobs.csv", packed(text));
  EXPECT_EQ(TextFile(named.path()).text(), text);
  EXPECT_EQ(TextFile(unnamed.path()).text(), text);
}

TEST(TextFile, UnpacksSeveralFrames) {
  const TemporaryFile file("jobs.csv.zst", packed("one\n") + packed("two\n"));
  EXPECT_EQ(TextFile(file.path()).text(), "one\ntwo\n");
}

TEST(TextFile, UnpacksOnlyTheBeginning) {
  const TemporaryFile file("jobs.csv.zst", packed(std::string(10'000'000, 'x')));
  const TextFile beginning(file.path(), 1'000);
  EXPECT_GE(beginning.text().size(), 1'000U);
  EXPECT_LT(beginning.text().size(), 1'000'000U);
}

TEST(TextFile, SaysWhatIsWrongWithTheFile) {
  const TemporaryFile empty("empty.csv", "");
  const TemporaryFile secret("secret.csv", "a\n");
  const std::string missing = (empty.folder() / "missing.csv").string();
  EXPECT_EQ(error_in(missing), missing + ": cannot open it: No such file or directory");
  EXPECT_EQ(error_in(empty.folder()), empty.folder().string() + ": is a directory, not a file");
  EXPECT_EQ(error_in(empty.path()), empty.path().string() + ": the file is empty");
  ::chmod(secret.path().c_str(), 0);
  if (::geteuid() != 0) {
    EXPECT_EQ(error_in(secret.path()),
              secret.path().string() + ": cannot open it: Permission denied");
  }
}

TEST(TextFile, TakesNoPipeAndWaitsForNone) {
  const TemporaryFile neighbour("neighbour", "");
  const std::string pipe = (neighbour.folder() / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(error_in(pipe), pipe + ": is not a regular file: save it to one first");
}

TEST(TextFile, SaysWhatIsWrongWithTheZst) {
  const std::string whole = packed(long_text());
  const TemporaryFile cut("cut.csv.zst", std::string_view(whole).substr(0, whole.size() / 2));
  const TemporaryFile plain("plain.csv.zst", "job_id,submit_time\n");
  const TemporaryFile nothing("nothing.csv.zst", packed(""));
  const TemporaryFile blank("blank.csv.zst", "");
  std::string flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 0x55);
  const TemporaryFile broken("broken.csv", flipped);

  EXPECT_EQ(error_in(cut.path()),
            cut.path().string() + ": the .zst file ends too early: it was cut off");
  EXPECT_EQ(error_in(plain.path()),
            plain.path().string() + ": the .zst file is broken: Unknown frame descriptor");
  EXPECT_EQ(error_in(nothing.path()),
            nothing.path().string() + ": there is nothing in the .zst file");
  EXPECT_EQ(error_in(blank.path()), blank.path().string() + ": the file is empty");
  EXPECT_EQ(error_in(broken.path()), broken.path().string() +
                                         ": the .zst file is broken: Restored data doesn't match "
                                         "checksum");
}

TEST(UnpackZst, EndsEarlyWhereverItIsCut) {
  const std::string whole = packed("job_id,submit_time,num_gpu,duration\n");
  for (std::size_t size = 4; size < whole.size(); ++size) {
    EXPECT_NE(error_of([&] { unpack_zst(whole.substr(0, size), "t.zst"); }), "no error") << size;
  }
}

TEST(UnpackZst, RefusesBombs) {
  const std::string bomb = packed(std::string(50'000'000, 'x'));
  ASSERT_LT(bomb.size(), 10'000U);
  EXPECT_EQ(error_of([&] { unpack_zst(bomb, "bomb.zst", 1'000'000); }),
            "bomb.zst: the .zst file unpacks to more than 1000000 bytes");
  EXPECT_EQ(unpack_zst(bomb, "bomb.zst", 50'000'000).size(), 50'000'000U);
}

}  // namespace
}  // namespace tandem
