// The ledger of one serving engine: which requests wait, which hold blocks of the cache, how far
// each has come. It asks the policy what to compute next and checks the answer; computing is the
// business of whoever drives it, a cost model or a transformer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "policies/batch/batch.h"
#include "policies/batch/batch_policy.h"
#include "policies/batch/decode_group.h"
#include "policies/batch/kv_cache.h"
#include "policies/batch/sequence.h"
#include "policies/core/paged_map.h"

namespace tandem {

struct EngineSettings {
  std::int64_t kv_blocks = 0;
  std::uint32_t block_tokens = 16;
  std::int64_t batch_tokens = 2048;   ///< The most that one step computes; at least max_sequences.
  std::int64_t max_sequences = 256;   ///< That hold blocks at one time.
  std::int64_t watermark_blocks = 0;  ///< That must stay available when somebody is admitted.
  bool chunked_prefill = true;        ///< If not, all that is known is computed in one step.
  /// Whether blocks that were given back are used again: for the prefix of another prompt, or by a
  /// request that had to give way.
  bool prefix_caching = false;
  std::uint32_t hash_tokens = 0;  ///< Prompt tokens of a prefix hash; 0: none are known.
  std::int64_t swap_blocks = 0;   ///< Places outside the cache for evicted requests.
  std::size_t tenants = 1;
  /// Whether it is known which blocks are whose; a batch is then never repeated.
  bool number_blocks = false;
};

/// Counts of a whole run.
struct EngineCounts {
  std::int64_t steps = 0;
  std::int64_t evictions = 0;
  std::int64_t swaps = 0;           ///< Evictions that kept what was computed.
  std::int64_t prompt_tokens = 0;   ///< Of first admissions,
  std::int64_t cached_tokens = 0;   ///< and how many of them were found in the cache.
  std::int64_t computed_again = 0;  ///< Tokens computed once more after an eviction.
};

class Engine {
 public:
  /// `policy` must outlive this. A request's tokens never exceed what kv_blocks can hold: fits().
  Engine(const EngineSettings& settings, BatchPolicy& policy);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// As KvCache::tell().
  void tell_prefixes(std::vector<PrefixChange>& changes) { cache_.tell(changes); }

  const EngineSettings& settings() const { return settings_; }
  /// Whether a request of so many tokens, prompt and answer, can ever be served.
  bool fits(std::int64_t tokens) const;

  /// Takes a request in, with `generated` tokens of its answer known already, all of whose keys and
  /// values but the last are at hand, if there are any.
  SequenceId submit(Request request, std::uint32_t generated, Time now);
  /// Withdraws a request, wherever it stands; nothing is under way.
  void cancel(SequenceId sequence, Time now);
  /// What to compute next; empty: there is nothing to do until somebody comes. Holds until the next
  /// call. It must be followed by complete(), unless it is empty.
  const Batch& next(Time now);
  /// The batch was computed `steps` times, at most Batch::repeats in all calls for it together,
  /// and `ended` have all their tokens. Everybody who computed what was left of him has been given
  /// a token in each step. If somebody has ended or computed a chunk, the next call is next().
  void complete(std::int64_t steps, std::span<const SequenceId> ended, Time now);

  const Sequence& sequence(SequenceId id) const { return sequences_.at(id); }
  bool has(SequenceId id) const { return sequences_.contains(id); }
  /// The blocks of one that runs, in order, if they are numbered: behind next() enough for all that
  /// is computed and for what is computed now.
  std::span<const BlockNumber> blocks(SequenceId id) const { return sequence(id).holding.table; }
  /// Tokens of a request, those included that it has been given while it decoded.
  std::uint32_t known(const Sequence& sequence) const;
  std::uint32_t computed(const Sequence& sequence) const;
  /// Blocks that become available if a running request gives way: at least its own.
  std::int64_t own_blocks(const Sequence& sequence) const;
  std::int64_t waiting() const { return static_cast<std::int64_t>(sequences_.size()) - running_; }
  std::int64_t running() const { return running_; }
  bool idle() const { return sequences_.empty(); }
  const KvCache& cache() const { return cache_; }
  const DecodeGroup& decoding() const { return decoding_; }
  /// Those that hold blocks, the last admitted first: follow Sequence::earlier.
  const Sequence* last_admitted() const { return last_; }
  /// Those of them that prefill, in order of admission.
  std::span<const SequenceId> prefilling() const { return prefilling_; }
  const EngineCounts& counts() const { return counts_; }
  /// Tokens known of all requests that are here.
  std::int64_t tokens() const { return apart_tokens_ + decoding_.context(); }

 private:
  friend class BatchPlan;

  void append(Sequence& sequence);
  void unlink(Sequence& sequence);
  std::int64_t blocks_of(std::int64_t tokens) const;
  /// Says where those who decode write in the step that is planned.
  void number_decodes();
  void start_decoding(Sequence& sequence);
  /// Brings all figures of one that decodes up to date, and takes it out of the group.
  void stop_decoding(Sequence& sequence);
  /// Takes a running request's place and blocks.
  void take_out(Sequence& sequence);
  void end(SequenceId id, Time now);
  /// Others may find what is computed of a prompt.
  void publish(Sequence& sequence, std::int64_t computed);

  EngineSettings settings_;
  BatchPolicy& policy_;
  KvCache cache_;
  DecodeGroup decoding_;
  PagedMap<SequenceId, Sequence> sequences_;
  std::vector<SequenceId> prefilling_;
  Sequence* last_ = nullptr;
  std::int64_t running_ = 0;
  std::int64_t swapped_ = 0;  ///< Blocks kept outside.
  std::int64_t admissions_ = 0;
  std::int64_t apart_tokens_ = 0;  ///< Known, of those that do not decode.
  std::uint32_t next_id_ = 0;
  Batch batch_;
  EngineCounts counts_;
};

}  // namespace tandem
