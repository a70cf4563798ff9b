// The journal's form, and everything that can be wrong with one.

#include "policies/core/journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "policies/core/replay_world.h"
#include "tests/support/error_of.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

/// One of everything: types, CPUs, memory, a quota, a failure, a change, a rejection.
Scenario sample() {
  Cluster cluster;
  const DeviceTypeId a = cluster.add_type("a");
  const DeviceTypeId b = cluster.add_type("b");
  cluster.add_node("n0", a, 4, {8000}, {64});
  cluster.add_node("n1", b, 2);
  auto jobs = arrivals_of({{0, 10, 2, 3}, {0, 4, 3}, {1, 5, 0}, {1, 5, 9}, {2, 7, 1}});
  Demand& demand = jobs[0].job.demand;
  demand.one_node = true;
  demand.types = 1;
  demand.cpus_per_rank = {500};
  demand.memory_per_rank = {8};
  jobs[0].job.kind = JobKind::kBatchInfer;
  Scenario scenario = scenario_of(cluster, jobs);
  scenario.tenants.add("team", {}, 0.5);
  scenario.tenants.add("team/a", TenantId{1}, 1, 7);
  scenario.failures.outages.push_back({{0}, at_second(2), at_second(3)});
  scenario.changes.push_back({at_second(2.5), "j1", 9});
  scenario.changes.push_back({at_second(2.5), "j4", std::nullopt});
  return scenario;
}

TEST(Journal, HasThisForm) {
  EXPECT_EQ(journal_of(sample(), "sjf:size=oracle"),
            R"(tandem-journal 1
scenario test
hash 0123456789abcdef
seed 1
policy sjf:size=oracle
build test
interval 0
tenant 0 - 1 - default
tenant 1 - 0.5 - team
tenant 2 1 1 7 team/a
type 0 a
type 1 b
node 0 0 4 8000 64 n0
node 1 1 2 - - n1
run
@ 0
+ submit 0 0 batch-infer 2 3 10000000000 j0 types=1 cpus=500 memory=8 one-node run=10000000000
+ submit 1 0 train 3 0 4000000000 j1 run=4000000000
- start 1 0-2 shortest true run time, 4 s
@ 0
+ start 1
@ 1000000000
+ submit 2 0 train 0 0 5000000000 j2 run=5000000000
+ submit 3 0 train 9 0 5000000000 j3 run=5000000000
- reject 3 needs 9 devices of one acceptable type, the whole cluster has 4
- start 2 node0 shortest true run time, 5 s
@ 1000000000
+ start 2
@ 2000000000
+ stop 1 node-down 2000000000
+ stop 2 node-down 1000000000
+ down 0
+ submit 4 0 train 1 0 7000000000 j4 run=7000000000
@ 2500000000
+ priority 1 9
+ cancel 4
@ 3000000000
+ up 0
- start 1 0-2 lost a node, goes before gangs that never started
- start 2 node0 lost a node, goes before gangs that never started
@ 3000000000
+ start 1
+ start 2
@ 7000000000
+ finish 1
- start 0 0-1 shortest true run time, 10 s
@ 7000000000
+ start 0
@ 8000000000
+ finish 2
@ 17000000000
+ finish 0
)");
}

TEST(Journal, DeviceRangesKeepRankOrder) {
  EXPECT_EQ(device_ranges({{0}, {1}, {2}, {8}, {5}, {6}}), "0-2,8,5-6");
  EXPECT_EQ(device_ranges({}), "-");
}

TEST(Journal, ReadAndWrittenAgainItIsTheSame) {
  const std::string journal = journal_of(sample(), "easy+spread");
  std::istringstream in(journal);
  JournalReader reader([&](std::string& line) { return bool(std::getline(in, line)); }, "j");
  std::string again;
  JournalWriter writer([&](std::string_view text) { again += text; });
  read_journal(reader, writer);
  writer.flush();
  EXPECT_EQ(again, journal);
}

/// A pipeline submitted twice, of which the second stage is cut into two slices.
Scenario with_pipeline() {
  auto jobs = arrivals_of(std::vector<JobRow>(7, {0, 1, 1}));
  for (std::uint32_t i = 0; i < 6; ++i) {
    const std::uint32_t place = i % 3;
    jobs[i].part = PipelinePart{{0}, i / 3, place == 0 ? 0U : 1U, place == 2 ? 1U : 0U};
    if (place > 0) jobs[i].after = {{i - place}};
  }
  Scenario scenario = scenario_of(nodes(1, 8), jobs);
  scenario.pipelines = {
      {"p", 2, {{"prep", 0, seconds(1), {}}, {"eval", 2, seconds(1), seconds(0.5)}}}};
  return scenario;
}

TEST(Journal, ListsPipelinesAndSaysWhichPartAJobIs) {
  const std::vector<std::string> lines = lines_of(journal_of(with_pipeline(), "fifo"));
  const auto head = std::ranges::find(lines, "pipeline 0 2 p");
  ASSERT_NE(head, lines.end());
  EXPECT_EQ(head[1], "stage 0 0 1000000000 0 prep");
  EXPECT_EQ(head[2], "stage 0 2 1000000000 500000000 eval");
  EXPECT_EQ(head[3], "run");
  EXPECT_EQ(head[5], "+ submit 0 0 train 1 0 1000000000 j0 part=0,0,0,0");
  EXPECT_EQ(head[10], "+ submit 5 0 train 1 0 1000000000 j5 part=0,1,1,1 after=3");
  EXPECT_EQ(head[11], "+ submit 6 0 train 1 0 1000000000 j6") << "of no pipeline";
}

TEST(Journal, OfPipelinesReadsAndReplaysToTheSame) {
  const std::string journal = journal_of(with_pipeline(), "easy");
  std::istringstream in(journal);
  JournalReader reader([&](std::string& line) { return bool(std::getline(in, line)); }, "j");
  EXPECT_EQ(reader.header().pipelines, with_pipeline().pipelines);
  std::string again;
  JournalWriter writer([&](std::string_view text) { again += text; });
  read_journal(reader, writer);
  writer.flush();
  EXPECT_EQ(again, journal);
  EXPECT_EQ(replay_of(journal), journal);
}

/// The complaint about the journal with pipelines after a text in it has been replaced.
std::string pipeline_complaint(const std::string& text, const std::string& by) {
  std::string journal = journal_of(with_pipeline(), "fifo");
  const std::size_t at = journal.find(text);
  if (at == std::string::npos) return "there is no such text";
  return error_of([&] { replay_of(journal.replace(at, text.size(), by)); });
}

TEST(JournalReader, SaysWhereAPipelineIsWrong) {
  const std::string unknown = "this part of a pipeline does not exist";
  EXPECT_EQ(pipeline_complaint("pipeline 0 2 p", "pipeline 1 2 p"),
            "journal:11:10: pipelines are not numbered through");
  EXPECT_EQ(pipeline_complaint("pipeline 0 2 p", "pipeline 0 2"), "journal:11:13: expected a name");
  EXPECT_EQ(pipeline_complaint("stage 0 0 1", "stage 1 0 1"),
            "journal:12:7: pipeline 1 does not exist");
  EXPECT_EQ(pipeline_complaint("1000000000 0 prep", "-1 0 prep"),
            "journal:12:11: expected a run time, found -1");
  EXPECT_EQ(pipeline_complaint("1000000000 0 prep", "1 2 prep"),
            "journal:12:13: the overhead is more than the run time");
  EXPECT_EQ(pipeline_complaint("part=0,0,0,0", "part=0,0,0"),
            "journal:16:38: expected pipeline, run, stage and slice");
  for (const char* part : {"part=1,0,0,0", "part=0,2,0,0", "part=0,0,2,0", "part=0,0,1,2"}) {
    EXPECT_EQ(pipeline_complaint("part=0,0,0,0", part), "journal:16:38: " + unknown);
  }
}

/// An elastic job beside a rigid one.
Scenario with_elastic(const Elastic& elastic) {
  auto jobs = arrivals_of({{0, 10, 2}, {1, 5, 3}});
  jobs[0].job.elastic = std::make_shared<Elastic>(elastic);
  return scenario_of(nodes(1, 4), jobs);
}

TEST(Journal, HasTheSizesOfElasticJobs) {
  const auto written = [](const Elastic& elastic) {
    const std::string journal = journal_of(with_elastic(elastic), "fifo+elastic:pause=0s");
    EXPECT_EQ(replay_of(journal), journal);
    const std::size_t at = journal.find(" elastic=");
    return journal.substr(at + 1, journal.find('\n', at) - at - 1);
  };
  EXPECT_EQ(written({1, 4, {}, {}}), "elastic=1-4");
  EXPECT_EQ(written({1, 4, {}, {{1, 1'000'000}, {4, 3'000'000}}}),
            "elastic=1-4,1:1000000,4:3000000");
  EXPECT_EQ(written({1, 4, {1, 2, 4}, {{1, 500'000}, {2, 1'000'000}, {4, 900'000}}}),
            "elastic=1/2/4,1:500000,2:1000000,4:900000");
}

TEST(JournalReader, SaysWhereSizesAreWrong) {
  const std::string journal = journal_of(with_elastic({1, 4, {1, 2, 4}, {}}), "fifo");
  const auto complaint_of = [&](const std::string& sizes) {
    std::string text = journal;
    text.replace(text.find("1/2/4"), 5, sizes);
    return error_of([&] { replay_of(text); });
  };
  const std::string where = "journal:13:39: ";
  const std::string rise = where + "expected a range of devices, or sizes that rise";
  for (const char* sizes : {"1/2/2", "2/1", "0/2", "4-1", "0-4"}) {
    EXPECT_EQ(complaint_of(sizes), rise) << sizes;
  }
  EXPECT_EQ(complaint_of("1/x"), where + "expected devices, found 'x'");
  EXPECT_EQ(complaint_of("1/4"), where + "the preferred size is none of the elastic ones");
  EXPECT_EQ(complaint_of("1/2,2:1,2:3"),
            where + "expected speed-ups of numbers of devices that rise");
  EXPECT_EQ(complaint_of("1/2,2:0"), where + "expected speed-ups of numbers of devices that rise");
}

/// The complaint about a journal of which one line has been replaced.
std::string complaint(const std::string& line, const std::string& by) {
  std::vector<std::string> lines = lines_of(journal_of(sample(), "sjf:size=oracle"));
  const auto at = std::ranges::find(lines, line);
  if (at == lines.end()) return "there is no such line";
  *at = by;
  std::string text;
  for (const std::string& l : lines) text += l + "\n";
  try {
    return error_of([&] { replay_of(text); });
  } catch (const std::runtime_error& error) {  // A mismatch, or an impossible world.
    return error.what();
  }
}

TEST(JournalReader, SaysWhereTheHeadIsWrong) {
  EXPECT_EQ(complaint("tandem-journal 1", "tandem-journal 2"),
            "journal:1:1: not a journal of this version: expected 'tandem-journal 1'");
  EXPECT_EQ(complaint("seed 1", "seed x"), "journal:4:6: expected a seed, found 'x'");
  EXPECT_EQ(complaint("seed 1", "sed 1"),
            "journal:4:1: unknown line 'sed' in the head of a journal");
  EXPECT_EQ(complaint("interval 0", "interval -1"), "journal:7:10: expected an interval, found -1");
  EXPECT_EQ(complaint("tenant 0 - 1 - default", "tenant 1 - 1 - default"),
            "journal:8:8: tenants are not numbered through");
  EXPECT_EQ(complaint("tenant 0 - 1 - default", "tenant 0 0 1 - default"),
            "journal:8:10: a parent comes after its child");
  for (const char* shares : {"nan", "inf", "-1"}) {
    EXPECT_EQ(complaint("tenant 0 - 1 - default", fmt::format("tenant 0 - {} - default", shares)),
              fmt::format("journal:8:12: expected shares, found '{}'", shares));
  }
  EXPECT_EQ(complaint("type 1 b", "type 2 b"), "journal:12:6: at most 64 types, numbered through");
  EXPECT_EQ(complaint("type 1 b", "type 1 a"), "journal:12:8: this type is there already");
  EXPECT_EQ(complaint("node 1 1 2 - - n1", "node 1 2 2 - - n1"),
            "journal:14:8: type 2 does not exist");
  EXPECT_EQ(complaint("node 1 1 2 - - n1", "node 1 1 16777216 - - n1"),
            "journal:14:10: no cluster has so many devices");
  EXPECT_EQ(complaint("node 0 0 4 8000 64 n0", "node 0 0 4 8000 -64 n0"),
            "journal:13:17: expected bytes, found -64");
}

TEST(JournalReader, SaysWhereAStepIsWrong) {
  EXPECT_EQ(complaint("@ 2500000000", "@ -5"), "journal:34:3: expected a time, found -5");
  EXPECT_EQ(complaint("@ 2500000000", "@ 2500000000 x"),
            "journal:34:14: expected the end of the line, found 'x'");
  EXPECT_EQ(complaint("+ up 0", "+ up 2"), "journal:38:6: node 2 does not exist");
  EXPECT_EQ(complaint("+ up 0", "* up 0"),
            "journal:38:1: expected '+' and an event, or '-' and an action");
  EXPECT_EQ(complaint("+ up 0", "+ wake 0"), "journal:38:3: unknown event 'wake'");
  EXPECT_EQ(complaint("+ stop 2 node-down 1000000000", "+ stop 2 node-gone 1000000000"),
            "journal:31:10: unknown cause 'node-gone'");
  EXPECT_EQ(complaint("+ priority 1 9", "+ priority 1"), "journal:35:13: expected a priority");
  EXPECT_EQ(complaint("- start 0 0-1 shortest true run time, 10 s", "- start 0 1-0 x"),
            "journal:46:11: devices 1-0 do not exist");
  EXPECT_EQ(complaint("- start 0 0-1 shortest true run time, 10 s", "- start 0 0-3,0-3 x"),
            "journal:46:11: devices 0-3 do not exist");
  EXPECT_EQ(complaint("- start 0 0-1 shortest true run time, 10 s", "- share 0 1,1,1 x"),
            "journal:46:11: more shares than device types");
  EXPECT_EQ(complaint("- start 2 node0 shortest true run time, 5 s", "- start 2 node7 x"),
            "journal:26:11: node 7 does not exist");
}

TEST(JournalReader, SaysWhereASubmissionIsWrong) {
  const std::string line = "+ submit 1 0 train 3 0 4000000000 j1 run=4000000000";
  EXPECT_EQ(complaint(line, "+ submit 1 9 train 3 0 4 j1"),
            "journal:18:12: tenant 9 does not exist");
  EXPECT_EQ(complaint(line, "+ submit 1 0 serving 3 0 4 j1"),
            "journal:18:14: unknown job kind 'serving'");
  EXPECT_EQ(complaint(line, "+ submit 1 0 train 3 0 -4 j1"),
            "journal:18:24: expected an estimate, found -4");
  EXPECT_EQ(complaint(line, "+ submit 1 0 train 3 0 4 j1 gpus=2"),
            "journal:18:29: unknown option 'gpus=2'");
  EXPECT_EQ(complaint(line, "+ submit 1 0 train 3 0 4 j1 cpus=-2"),
            "journal:18:29: expected milli-CPUs, found -2");
  EXPECT_EQ(complaint(line, "+ submit 1 0 train 3 0 4 j1"),
            "job 1 came without its true run time, which this policy needs");
}

TEST(ReplayWorld, NamesTheLineThatCameOutOtherwise) {
  EXPECT_EQ(complaint("- start 0 0-1 shortest true run time, 10 s", "- start 0 2-3 moved"),
            "journal:46: recorded '- start 0 2-3 moved', replay did '- start 0 0-1 shortest true "
            "run time, 10 s'");
  EXPECT_EQ(complaint("+ priority 1 9", "- start 0 0-1 early"),
            "journal:36:1: expected '+' and an event, or '-' and an action")
      << "an event after an action";
}

}  // namespace
}  // namespace tandem
