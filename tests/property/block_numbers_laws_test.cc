// Laws of numbered blocks, held against a memory in which every computed token leaves the hash of
// all that came before it: whoever looks at a wrong block finds another's history.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "policies/batch/batch_registry.h"
#include "policies/batch/engine.h"
#include "tests/support/every_batch_policy.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

using History = std::vector<std::uint64_t>;  ///< By position: the hash of the tokens up to it.

std::uint64_t extended(std::uint64_t hash, std::uint64_t token) {
  return Random(hash * 31 + token).next();
}

/// A request as its user knows it.
struct Asked {
  History history;
  std::uint32_t answer = 0;  ///< Tokens after which it ends.
};

/// Engines, their memory, and what every request should find there.
class Bench {
 public:
  Bench(std::uint64_t seed, const std::string& policy) : random_(seed) {
    for (int i = 0; i < 3; ++i) tenants_.add("t" + std::to_string(i));
    EngineSettings settings;
    settings.block_tokens = random_.chance(50) ? 4 : 2;
    settings.kv_blocks = random_.between(20, random_.chance(70) ? 60 : 400);
    settings.max_sequences = random_.between(1, 12);
    settings.batch_tokens = settings.max_sequences + random_.between(0, 60);
    settings.watermark_blocks = random_.chance(30) ? random_.between(1, 4) : 0;
    settings.chunked_prefill = random_.chance(80);
    settings.prefix_caching = random_.chance(80);
    settings.hash_tokens =
        settings.block_tokens * static_cast<std::uint32_t>(random_.between(0, 4));
    settings.swap_blocks = random_.chance(70) ? random_.between(5, 100) : 0;
    settings.tenants = tenants_.size();
    settings.number_blocks = true;
    policy_ = make_batch_policy(policy, tenants_);
    engine_ = std::make_unique<Engine>(settings, *policy_);
    memory_.resize(static_cast<std::size_t>(settings.kv_blocks), History(settings.block_tokens, 0));
  }

  void run(int requests) {
    while (requests > 0 || !engine_->idle()) {
      while (requests > 0 && random_.chance(30)) {
        submit(random_request());
        --requests;
      }
      if (random_.chance(4)) cancel_somebody();
      step();
      if (testing::Test::HasFatalFailure()) return;
    }
    EXPECT_EQ(engine_->cache().held(), 0);
  }

  /// One request that needs all the blocks there are.
  void fill() {
    Asked asked;
    asked.answer = 2;
    const EngineSettings& settings = engine_->settings();
    extend(asked, 77, settings.kv_blocks * settings.block_tokens - 1);
    submit(asked);
    while (!engine_->idle()) step();
    EXPECT_EQ(std::ssize(most_held_), settings.kv_blocks);
  }

 private:
  static void extend(Asked& asked, std::uint64_t with, std::int64_t tokens) {
    for (; tokens > 0; --tokens) {
      const std::uint64_t before = asked.history.empty() ? 0 : asked.history.back();
      asked.history.push_back(extended(before, with));
    }
  }

  Asked random_request() {
    Asked asked;
    const EngineSettings& settings = engine_->settings();
    const std::int64_t most =
        std::min<std::int64_t>(80, settings.kv_blocks * settings.block_tokens / 2);
    // The beginning of one of two conversations, and something of its own.
    extend(asked, random_.below(2), random_.between(1, most * 3 / 4));
    if (random_.chance(60)) extend(asked, 100 + asked_.size(), random_.between(1, most / 4));
    asked.answer = static_cast<std::uint32_t>(random_.between(1, most));
    return asked;
  }

  void submit(Asked asked) {
    Request request;
    request.tenant = {random_.below(3)};
    request.priority = random_.between(0, 3);
    request.arrival = now_;
    request.deadline = now_ + Duration{random_.between(1, 100)};
    request.prompt_tokens = static_cast<std::uint32_t>(asked.history.size());
    request.output_limit = asked.answer;
    request.predicted_output = random_.below(80);
    const std::size_t size = engine_->settings().hash_tokens;
    for (std::size_t end = size; size > 0 && end < asked.history.size() + size; end += size) {
      // Of the last, which may be begun only, the name is that of so much text.
      request.prefix.push_back(asked.history[std::min(end, asked.history.size()) - 1]);
    }
    const SequenceId id = engine_->submit(request, 0, now_);
    extend(asked, 1000 + id.value, asked.answer);
    asked_.emplace(id, std::move(asked));
  }

  void cancel_somebody() {
    if (asked_.empty()) return;
    auto at = asked_.begin();
    std::advance(at, random_.below(static_cast<std::uint32_t>(asked_.size())));
    engine_->cancel(at->first, now_);
    saved_.erase(at->first);
    asked_.erase(at);
  }

  void step() {
    now_ += Duration{1};
    const Batch& batch = engine_->next(now_);
    copy(batch);
    if (batch.empty()) return;
    std::vector<Chunk> parts = batch.chunks;
    for (const Sequence* at = engine_->last_admitted(); at != nullptr; at = at->earlier) {
      if (batch.decodes == 0 || at->state != Sequence::State::kDecoding) continue;
      parts.push_back({at->id, engine_->computed(*at), 1, true});
    }
    ASSERT_EQ(std::ssize(parts), std::ssize(batch.chunks) + batch.decodes);
    ASSERT_EQ(batch.repeats, 1);
    std::set<BlockNumber> written;
    for (const Chunk& part : parts) write(part, written);
    for (const Chunk& part : parts) read(part);
    std::vector<SequenceId> ended;
    for (const Chunk& part : parts) {
      if (!part.completes) continue;
      const Asked& asked = asked_.at(part.sequence);
      // Its last token is not computed.
      if (part.computed + part.tokens == asked.history.size() - 1) ended.push_back(part.sequence);
    }
    engine_->complete(1, ended, now_);
    for (const SequenceId id : ended) asked_.erase(id);
    count();
  }

  void copy(const Batch& batch) {
    for (const Eviction& eviction : batch.evicted) {
      saved_.erase(eviction.sequence);
      if (!eviction.kept) continue;
      for (const BlockNumber block : eviction.blocks) {
        saved_[eviction.sequence].push_back(memory_[block]);
      }
    }
    for (const Chunk& chunk : batch.chunks) {
      ASSERT_EQ(chunk.restores, saved_.contains(chunk.sequence));
      if (!chunk.restores) continue;
      const auto blocks = engine_->blocks(chunk.sequence);
      const std::vector<History>& saved = saved_.at(chunk.sequence);
      for (std::size_t i = 0; i < saved.size(); ++i) memory_[blocks[i]] = saved[i];
      saved_.erase(chunk.sequence);
    }
  }

  History::reference slot(SequenceId id, std::size_t position) {
    const std::size_t size = engine_->settings().block_tokens;
    return memory_.at(engine_->blocks(id)[position / size])[position % size];
  }

  void write(const Chunk& part, std::set<BlockNumber>& written) {
    const std::size_t size = engine_->settings().block_tokens;
    const std::size_t end = part.computed + part.tokens;
    ASSERT_GE(engine_->blocks(part.sequence).size() * size, end);
    for (std::size_t i = part.computed / size; i * size < end; ++i) {
      ASSERT_TRUE(written.insert(engine_->blocks(part.sequence)[i]).second);
    }
    for (std::size_t i = part.computed; i < end; ++i) {
      slot(part.sequence, i) = asked_.at(part.sequence).history.at(i);
    }
  }

  void read(const Chunk& part) {
    for (std::size_t i = 0; i < part.computed + part.tokens; ++i) {
      ASSERT_EQ(slot(part.sequence, i), asked_.at(part.sequence).history.at(i))
          << "request " << part.sequence.value << ", position " << i;
    }
  }

  /// Blocks in somebody's table are held, each in one place of the prompts that share it.
  void count() {
    std::map<BlockNumber, std::size_t> place;
    for (const Sequence* at = engine_->last_admitted(); at != nullptr; at = at->earlier) {
      const auto blocks = engine_->blocks(at->id);
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        ASSERT_EQ(place.emplace(blocks[i], i).first->second, i);
      }
    }
    if (place.size() > most_held_.size()) {
      most_held_.clear();
      for (const auto& [block, index] : place) most_held_.insert(block);
    }
    // Entries of several blocks are held whole by who has the beginning of one.
    const EngineSettings& settings = engine_->settings();
    const bool exact = settings.hash_tokens <= settings.block_tokens || !settings.prefix_caching;
    const std::int64_t held = engine_->cache().held();
    ASSERT_LE(std::ssize(place), held);
    ASSERT_TRUE(std::ssize(place) == held || !exact);
  }

  Random random_;
  Tenants tenants_;
  std::unique_ptr<BatchPolicy> policy_;
  std::unique_ptr<Engine> engine_;
  std::vector<History> memory_;
  std::map<SequenceId, Asked> asked_;
  std::map<SequenceId, std::vector<History>> saved_;
  std::set<BlockNumber> most_held_;
  Time now_{};
};

class NumberedBlocks : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, NumberedBlocks, testing::ValuesIn(every_batch_policy()), test_name);

TEST_P(NumberedBlocks, HoldTheHistoryOfWhoeverLooksAtThem) {
  for (std::uint64_t seed = 1; seed <= seeds(50); ++seed) {
    SCOPED_TRACE(seed);
    Bench bench(seed, GetParam());
    bench.run(60);
    if (HasFailure()) return;
    bench.fill();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace tandem
