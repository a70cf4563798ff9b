#include "reports/requests_csv.h"

#include <gtest/gtest.h>

#include "reports/growing_file.h"
#include "tests/support/error_of.h"
#include "tests/unit/reports/temporary_folder.h"
#include "tests/unit/reports/told_requests.h"

namespace tandem {
namespace {

TEST(RequestsCsvTest, ARowForEachRequestInTheOrderOfTheirEnds) {
  std::string text;
  RequestsCsv csv([&](std::string_view row) { text += row; }, {"chat"}, two_tenants());
  tell_requests(csv);
  EXPECT_EQ(text, R"(request_id,service,tenant,arrival_s,first_token_s,last_token_s,input_tokens,)"
                  R"(output_tokens,state,cached_tokens,preemptions,cause
1,chat,"bob, jr",1,1.2,1.2,300,1,completed,0,0,
0,chat,ann,1,1.05,1.25,100,11,completed,50,0,
3,chat,"bob, jr",1.5,,,900,0,rejected,0,0,too long
4,chat,ann,1.6,,,70,4,failed,0,2,"lost, and lost again"
2,chat,ann,2,2.08,3,100,21,completed,0,1,
)");
}

TEST(RequestsCsvTest, GoesOnWithoutAnotherHead) {
  std::string text;
  RequestsCsv csv([&](std::string_view row) { text += row; }, {"chat"}, two_tenants(), true);
  tell_requests(csv);
  EXPECT_TRUE(text.starts_with("1,chat,"));
}

TEST(GrowingFile, GoesOnBehindTheLastWholeLine) {
  const TemporaryFolder folder;
  const auto path = folder / "rows.csv";
  GrowingFile(path).write("one\ntwo\nthr");
  EXPECT_EQ(text_of(path), "one\ntwo\nthr");
  {
    GrowingFile again(path);
    EXPECT_FALSE(again.is_new());
    EXPECT_EQ(text_of(path), "one\ntwo\n");
    again.write("three\n");
  }
  EXPECT_EQ(text_of(path), "one\ntwo\nthree\n");
}

TEST(GrowingFile, AFileWithoutAWholeLineIsNew) {
  const TemporaryFolder folder;
  GrowingFile(folder / "rows.csv").write("on");
  EXPECT_TRUE(GrowingFile(folder / "rows.csv").is_new());
  EXPECT_EQ(text_of(folder / "rows.csv"), "");
}

TEST(GrowingFile, SaysWhyItCannotBe) {
  EXPECT_EQ(error_of([] { GrowingFile("/nowhere/rows.csv"); }),
            "cannot write /nowhere/rows.csv: No such file or directory");
}

}  // namespace
}  // namespace tandem
