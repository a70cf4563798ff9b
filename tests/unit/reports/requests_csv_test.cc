#include "reports/requests_csv.h"

#include <gtest/gtest.h>

#include "tests/unit/reports/temporary_folder.h"
#include "tests/unit/reports/told_requests.h"

namespace tandem {
namespace {

TEST(RequestsCsvTest, ARowForEachRequestInTheOrderOfTheirEnds) {
  const TemporaryFolder folder;
  RequestsCsv csv(folder / "requests.csv", {"chat"}, two_tenants());
  tell_requests(csv);
  csv.finish();
  EXPECT_EQ(text_of(folder / "requests.csv"),
            R"(request_id,service,tenant,arrival_s,first_token_s,last_token_s,input_tokens,)"
            R"(output_tokens,state,cached_tokens,preemptions,cause
1,chat,"bob, jr",1,1.2,1.2,300,1,completed,0,0,
0,chat,ann,1,1.05,1.25,100,11,completed,50,0,
3,chat,"bob, jr",1.5,,,900,0,rejected,0,0,too long
4,chat,ann,1.6,,,70,4,failed,0,2,"lost, and lost again"
2,chat,ann,2,2.08,3,100,21,completed,0,1,
)");
}

TEST(RequestsCsvTest, AnInterruptedRunLeavesNoFile) {
  const TemporaryFolder folder;
  {
    RequestsCsv csv(folder / "requests.csv", {"chat"}, two_tenants());
    tell_requests(csv);
  }
  EXPECT_EQ(folder.file_count(), 0U);
}

}  // namespace
}  // namespace tandem
