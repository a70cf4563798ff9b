// The journal of an engine, to the letter.
#include "policies/batch/engine_journal.h"

#include <gtest/gtest.h>

#include "policies/batch/batch_registry.h"
#include "policies/batch/engine_replay.h"
#include "policies/batch/recorded_engine.h"
#include "policies/core/replay_world.h"
#include "tests/support/error_of.h"

namespace tandem {
namespace {

Time at(std::int64_t ns) { return Time{Duration{ns}}; }

/// Two requests of eight tokens on a cache for one and a bit; the second gives way.
std::string recorded() {
  std::string text;
  EngineJournalWriter writer([&text](std::string_view lines) { text += lines; });
  EngineJournalHead head{"fifo+swap",
                         {.kv_blocks = 4,
                          .block_tokens = 4,
                          .batch_tokens = 10,
                          .max_sequences = 3,
                          .prefix_caching = true,
                          .hash_tokens = 4,
                          .swap_blocks = 4},
                         {}};
  head.tenants.add("a", {}, 2.5);
  writer.begin(head);
  const auto policy = make_batch_policy(head.policy, head.tenants);
  RecordedEngine engine(head.settings, *policy, &writer);
  Request request;
  request.priority = -1;
  request.prompt_tokens = 7;
  request.output_limit = 3;
  request.prefix = {0xab, 0xcd};
  engine.submit(request, 0, at(10));
  request.prefix = {};
  request.deadline = at(99);
  engine.submit(request, 0, at(10));
  const std::vector<std::vector<SequenceId>> endings{{}, {}, {{0}}, {{1}}};
  for (std::int64_t step = 0; step < 4; ++step) {
    engine.next(at(20 + 10 * step));
    engine.complete(1, endings[static_cast<std::size_t>(step)], at(28 + 10 * step));
  }
  engine.submit(request, 0, at(70));
  engine.cancel({2}, at(71));
  writer.finish();
  return text;
}

constexpr const char* kJournal =
    "tandem-engine-journal 1\npolicy fifo+swap\nblocks 4\nblock-tokens 4\nbatch-tokens 10\n"
    "max-sequences 3\nwatermark-blocks 0\nchunked-prefill 1\nprefix-caching 1\nhash-tokens 4\n"
    "swap-blocks 4\ntenant 0 2.5 a\nrun\n"
    "@ 10\n+ submit 0 0 -1 0 0 7 3 prefix=ab,cd\n+ submit 1 0 -1 0 0 7 3 deadline=99\n"
    "@ 20\n- admit 0 0 7 last\n- admit 1 0 3\n@ 28\n+ computed 1\n"
    "@ 30\n- chunk 1 3 4 last\n- decode 1 8\n@ 38\n+ computed 1\n"
    "@ 40\n- evict 1 kept\n- decode 1 9\n- copy 2 0\n@ 48\n+ computed 1 0\n"
    "@ 50\n- admit 1 7 1 last restored\n- copy 0 2\n@ 58\n+ computed 1 1\n"
    "@ 70\n+ submit 2 0 -1 0 0 7 3 deadline=99\n@ 71\n+ cancel 2\nend\n";

TEST(EngineJournal, ReadsAsItIsWritten) { EXPECT_EQ(recorded(), kJournal); }

std::string with(std::string text, const std::string& old, const std::string& changed) {
  const std::size_t place = text.find(old);
  EXPECT_NE(place, std::string::npos) << old;
  return text.replace(place, old.size(), changed);
}

/// How often a batch was decided again, and whether the journal has its end.
std::pair<std::size_t, bool> replayed(const std::string& text) {
  EngineJournalReader reader(whole_lines(text), "j");
  EngineReplay replay(reader);
  while (replay.step()) {
  }
  return {replay.batches(), reader.complete()};
}

TEST(EngineJournal, IsDecidedAgain) { EXPECT_EQ(replayed(kJournal), std::pair(4UL, true)); }

TEST(EngineJournal, OfStepsMadeTogetherIsDecidedAgain) {
  std::string text;
  EngineJournalWriter writer([&text](std::string_view lines) { text += lines; });
  EngineJournalHead head{"fifo", {.kv_blocks = 10, .block_tokens = 4}, {}};
  head.tenants.add("a");
  writer.begin(head);
  const auto policy = make_batch_policy(head.policy, head.tenants);
  RecordedEngine engine(head.settings, *policy, &writer);
  Request request;
  request.prompt_tokens = 6;
  request.output_limit = 20;
  engine.submit(request, 0, at(0));
  engine.next(at(0));
  engine.complete(1, {}, at(1));
  ASSERT_GE(engine.next(at(1)).repeats, 10);
  engine.complete(6, {}, at(7));
  request.arrival = at(8);
  engine.submit(request, 0, at(8));  // During a step, which is the last of this batch.
  engine.complete(1, {}, at(9));
  engine.next(at(9));
  engine.complete(1, std::vector<SequenceId>{{0}, {1}}, at(10));
  writer.finish();
  EXPECT_EQ(replayed(text), std::pair(3UL, true));
}

TEST(EngineJournal, OfAKilledWorkerIsReadUpToItsLastWholeFact) {
  const std::string whole(kJournal);
  const std::size_t head = whole.find("@ 10");
  for (std::size_t length = head; length < whole.size(); ++length) {
    SCOPED_TRACE(length);
    const auto [batches, complete] = replayed(whole.substr(0, length));
    EXPECT_FALSE(complete);
    // A batch that may lack lines is not there.
    EXPECT_TRUE(batches == 0 || length > whole.find("@ 28\n") + 4);
    EXPECT_TRUE(batches >= 2 || length < whole.find("@ 38\n") + 5);
  }
}

TEST(EngineJournal, SaysWhereReplayDiffers) {
  const auto message = [](const std::string& text) -> std::string {
    try {
      replayed(text);
    } catch (const ReplayMismatch& mismatch) {
      return mismatch.what();
    }
    return "none";
  };
  EXPECT_EQ(message(with(kJournal, "- admit 1 0 3", "- admit 1 0 4")),
            "j:19: recorded '- admit 1 0 4', replay did '- admit 1 0 3'");
  EXPECT_EQ(message(with(kJournal, "- copy 2 0\n", "")),
            "j:30: recorded 'nothing more', replay did '- copy 2 0'");
  EXPECT_EQ(message(with(kJournal, "- decode 1 9\n", "- decode 1 9\n- evict 0 lost\n")),
            "j:30: recorded '- evict 0 lost', replay did '- copy 2 0'");
}

TEST(EngineJournal, WhatIsWrongIsSaidWithItsPlace) {
  const auto error = [](const std::string& old, const std::string& changed) {
    return error_of([&] { replayed(with(kJournal, old, changed)); });
  };
  EXPECT_EQ(error("journal 1", "journal 2"),
            "j:1:1: not an engine's journal of this version: expected 'tandem-engine-journal 1'");
  EXPECT_EQ(error("blocks 4\n", ""), "j:12:1: there is no line 'blocks'");
  EXPECT_EQ(error("blocks 4", "block 4"),
            "j:3:1: unknown line 'block' in the head of an engine's journal");
  EXPECT_EQ(error("blocks 4", "blocks 0"), "j:3:8: expected 1 to 2147483648, found 0");
  EXPECT_EQ(error("fifo", "fufo"), "unknown batch policy 'fufo' (did you mean 'fifo'?)");
  EXPECT_EQ(error("@ 30", "@ 3"), "j:22:3: time goes back");
  EXPECT_EQ(error("+ submit 0 0", "+ submit 0 1"), "j:15:12: tenant 1 does not exist");
  EXPECT_EQ(error("+ submit 0", "+ submit 5"), "j:15: requests are not numbered through");
  EXPECT_EQ(error(" 7 3 prefix", " 7 13 prefix"),
            "j:15: no engine of these settings serves 20 "
            "tokens");
  EXPECT_EQ(error("computed 1 0", "computed 1"), "j:32: request 0 goes on behind its last token");
  EXPECT_EQ(error("computed 1 0", "computed 1 1"), "j:32: request 0 goes on behind its last token");
  EXPECT_EQ(error("computed 1 0", "computed 2 0"), "j:32: this batch may be computed 1 times");
  EXPECT_EQ(error("+ cancel 2", "+ cancel 1"), "j:41: request 1 is not there");
  EXPECT_EQ(error("@ 28\n+ computed 1\n", ""), "j:21: a batch is being computed");
  EXPECT_EQ(error("end\n", "end\nend\n"), "j:43:1: there is more after the end");
}

}  // namespace
}  // namespace tandem
