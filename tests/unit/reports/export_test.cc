#include "reports/export.h"

#include <gtest/gtest.h>

#include "policies/core/error.h"
#include "tests/unit/reports/sample_results.h"
#include "tests/unit/reports/temporary_folder.h"

namespace tandem {
namespace {

ResultDocument two_policies() {
  ResultDocument document;
  document.scenario = {"lab", "12ab", nlohmann::ordered_json::object()};
  document.runs = {sample_run("fifo", 1, 23040), sample_run("easy", 1, 4320)};
  return document;
}

TEST(Export, CsvHasARowForEachRun) {
  RunResult bare;
  bare.policy = "a,b";
  ResultDocument document = two_policies();
  document.runs.push_back(bare);
  const std::string text = result_csv(document);
  EXPECT_EQ(text.substr(0, 60), "policy,seed,wait_s_mean,wait_s_p50,wait_s_p90,wait_s_p95,wai");
  EXPECT_NE(text.find("\neasy,1,4320,2160,8640,12960,17280,21600,7920,"), std::string::npos);
  EXPECT_NE(text.find("\n\"a,b\",0,,,,,,,"), std::string::npos);
}

TEST(Export, MarkdownBeginsWithTheAnswer) {
  const std::string text = result_markdown(two_policies());
  EXPECT_EQ(text.substr(0, text.find("| wait, p50")),
            "easy gives the shortest mean wait: 1.20 h, 5.3 times shorter than fifo (6.40 h), at "
            R"(93.0 % utilization.

- 1 of 100 jobs can never run here and were rejected
- 2 of 16 nodes have no price

| | fifo | easy |
|---|---:|---:|
| wait, mean | 6.40 h | **1.20 h** |
)");
}

TEST(Export, TheEndingSaysWhatIsWritten) {
  const TemporaryFolder folder;
  write_export(folder / "r.json", two_policies());
  write_export(folder / "r.csv", two_policies());
  write_export(folder / "r.md", two_policies());
  const auto json = nlohmann::ordered_json::parse(text_of(folder / "r.json"));
  EXPECT_EQ(document_from_json(json).runs, two_policies().runs);
  EXPECT_EQ(text_of(folder / "r.csv"), result_csv(two_policies()));
  EXPECT_EQ(text_of(folder / "r.md"), result_markdown(two_policies()));
}

TEST(Export, OtherEndingsAreRefusedByName) {
  try {
    check_export("out/result.xlsx");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "cannot tell from 'result.xlsx' what to write: supported are .json, .csv and .md");
  }
}

TEST(Export, NamesThatAreNotUtf8DoNotFail) {
  ResultDocument document = two_policies();
  document.runs[0].tenants[0].name = "caf\xe9";
  EXPECT_NE(json_text(to_json(document)).find("caf\xEF\xBF\xBD"), std::string::npos);
}

}  // namespace
}  // namespace tandem
