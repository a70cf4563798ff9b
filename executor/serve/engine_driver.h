// One serving engine at work: requests become batches as the batch policy says, and batches tokens
// as the language model says. It decides nothing itself and looks at no clock of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "executor/serve/generation.h"
#include "executor/serve/language_model.h"
#include "executor/serve/prefix_hasher.h"
#include "executor/serve/step_outcome.h"
#include "policies/batch/recorded_engine.h"
#include "policies/core/paged_map.h"

namespace tandem {

/// What an engine holds and has done so far.
struct EngineFigures {
  std::int64_t waiting = 0;  ///< Requests that no batch has taken up, or that gave way.
  std::int64_t running = 0;  ///< That hold blocks.
  std::int64_t blocks_held = 0;
  std::int64_t blocks = 0;
  std::int64_t evictions = 0;      ///< Since the start,
  std::int64_t prompt_tokens = 0;  ///< of requests that were taken up,
  std::int64_t cached_tokens = 0;  ///< and how many of them were found in the cache.
  std::int64_t steps = 0;
  std::int64_t last_step_tokens = 0;  ///< Computed in it.
  Duration last_step{};               ///< From its decision to its tokens.
};

class EngineDriver {
 public:
  using Key = RequestKey;
  /// The time since the start of the run; never goes back.
  using Clock = std::function<Time()>;

  struct Settings {
    EngineSettings engine;  ///< As settings_for() has completed it.
    /// Each of them ends an answer.
    std::vector<TokenId> end_tokens;
    /// By when a first token is due, for orders by deadline.
    Duration first_token_limit = Duration::max();
    PrefixKey prefix_key{};  ///< Secret where tenants share an engine.
    /// Outcomes say which prefixes the cache has.
    bool tells_prefixes = false;
  };
  /// `settings` with the model's blocks, each named by hashes of its tokens if prefixes are kept.
  static EngineSettings settings_for(const LanguageModel& model, EngineSettings settings);

  /// `model` and `journal`, whose head has been written, must outlive this. Without a journal
  /// nothing is recorded.
  EngineDriver(Settings settings, std::unique_ptr<BatchPolicy> policy, LanguageModel& model,
               Clock clock, EngineJournalWriter* journal = nullptr);

  /// Takes a request of a tenant that exists in. False: it can never be served, since its prompt
  /// fills the model's context, prompt and answer exceed the cache, the prompt is empty or has ids
  /// beyond the vocabulary, or no token is wanted. An answer ends at the context even if more
  /// tokens are wanted.
  bool submit(Key key, Generation generation, Time arrival);
  /// Whoever asked wants no more of it. Of a request that is not here, nothing happens.
  void cancel(Key key);

  /// Computes one batch; does nothing if nobody is here. The outcome holds until the next call.
  /// What the model throws comes through, and leaves the engine unfit for anything more.
  const StepOutcome& step();

  bool idle() const { return engine().idle(); }
  EngineFigures figures() const;
  const Engine& engine() const { return engine_.engine(); }

 private:
  /// A request with all its tokens, prompt and answer.
  struct Served {
    Key key = 0;
    Sampling sampling;
    std::vector<TokenId> tokens;
    std::uint32_t prompt_tokens = 0;
    std::uint32_t most = 0;        ///< Of the answer.
    std::vector<std::byte> saved;  ///< Keys and values, while they are kept outside the cache.

    std::uint32_t generated() const {
      return static_cast<std::uint32_t>(tokens.size()) - prompt_tokens;
    }
  };

  std::optional<Request> request_of(const Generation& generation, Time arrival) const;
  void copy(const Batch& batch);
  void gather(const Batch& batch);
  /// Who is taken up for the first time.
  void greet(const Batch& batch, Time now);
  void add_part(SequenceId id, std::uint32_t computed, std::uint32_t tokens, bool gives);
  /// What the model has chosen for those who wanted a token.
  void give(std::vector<GivenToken> tokens);
  /// Whether this token, which follows all that are there, is the answer's end.
  std::optional<FinishReason> end_with(const Served& served, TokenId token) const;
  std::int64_t blocks_of(std::int64_t tokens) const;

  Settings settings_;
  std::unique_ptr<BatchPolicy> policy_;
  LanguageModel& model_;
  Clock clock_;
  RecordedEngine engine_;
  PagedMap<SequenceId, Served> served_;
  std::unordered_map<Key, SequenceId> ids_;  ///< Never walked.

  // Of one step.
  std::vector<SequenceId> decoding_;
  std::vector<StepPart> parts_;        ///< First those who decode.
  std::vector<SequenceId> receiving_;  ///< A token each, in the order of their parts.
  std::vector<SequenceId> ending_;
  StepOutcome outcome_;

  std::int64_t last_step_tokens_ = 0;
  Duration last_step_{};
};

}  // namespace tandem
