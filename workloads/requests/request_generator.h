// Requests drawn one at a time from distributions, alone or as conversations.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <tuple>
#include <variant>
#include <vector>

#include "workloads/generators/arrival_process.h"
#include "workloads/generators/weighted_choice.h"
#include "workloads/requests/client_arrivals.h"
#include "workloads/requests/length_rule.h"
#include "workloads/requests/request_source.h"
#include "workloads/requests/terms.h"

namespace tandem {

/// What a measured client did, at another speed.
struct ClientRule {
  std::shared_ptr<const std::vector<ClientWindow>> windows;
  double rate = 1;  ///< All its times are divided by it.
};

/// Conversations: a prompt repeats all that was said before. A turn comes after the one before it
/// by a time to read the answer and to think, whether the answer has come by then or not.
struct SessionRule {
  Distribution turns;
  Distribution thinking_s;
};

struct RequestSettings {
  RequestTerms terms;
  std::optional<std::uint64_t> count;  ///< Of requests, not of conversations.
  std::optional<Time> until;           ///< No request arrives later.
  Time start;
  std::variant<ArrivalShape, ClientRule> arrival;  ///< Of requests, or of conversations.
  LengthRule lengths;                              ///< The prompt's: of what is new in a turn.
  WeightedChoice<TenantId> tenant{TenantId{}};
  WeightedChoice<std::int64_t> priority{0};
  std::uint32_t system_prompt_tokens = 0;  ///< In front of every prompt, the same for all.
  std::optional<SessionRule> sessions;
  std::uint32_t prefix_block_tokens = 16;

  bool is_random() const;
  /// Whether prompts have beginnings in common.
  bool has_prefixes() const { return system_prompt_tokens > 0 || sessions; }
};

/// Draws requests as they are asked for: memory does not grow with their number, only with the
/// conversations that are under way. Prompts are cut to what the context holds; a conversation
/// that has no room for another turn is over.
class RequestGenerator final : public RequestSource {
 public:
  RequestGenerator(std::shared_ptr<const RequestSettings> settings, std::uint64_t seed);

  bool next(RequestArrival& next) override;
  /// With an end in time, draws all requests to count them.
  std::uint64_t count() const override;
  std::uint32_t prefix_block_tokens() const override {
    return settings_->has_prefixes() ? settings_->prefix_block_tokens : 0;
  }

  /// How many prompts and answers were cut to the context so far.
  std::uint64_t cut_prompts() const { return cut_prompts_; }
  std::uint64_t cut_answers() const { return cut_answers_; }

 private:
  /// One turn of a conversation, or a request of none.
  struct Turn {
    Time arrival;
    std::uint32_t session = 0;  ///< In the order of their beginnings.
    std::uint32_t history = 0;  ///< Tokens of the turns before.
    std::uint64_t more = 0;     ///< Turns to come.
    TenantId tenant;
    std::int64_t priority = 0;

    friend bool operator>(const Turn& a, const Turn& b) {
      return std::tie(a.arrival, a.session) > std::tie(b.arrival, b.session);
    }
  };

  std::optional<Time> next_beginning();
  Turn begun(Time arrival);
  std::optional<Turn> next_turn();
  void fill(const Turn& turn, RequestArrival& next);
  void hash_prefix(const Turn& turn, Request& request) const;
  void plan_next(const Turn& turn, const RequestArrival& made);
  /// `time` as the windows of a client's lengths count it.
  Time own_time(Time time) const;

  std::shared_ptr<const RequestSettings> settings_;
  std::uint64_t seed_;
  std::variant<ArrivalProcess, ClientArrivals> arrivals_;
  LengthDraws lengths_;
  Stream tenants_;
  Stream priorities_;
  Stream predictions_;
  Stream turns_;
  Stream thinking_;
  PrefixHash salt_;
  std::optional<Time> beginning_;  // The next one, once it is known.
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> waiting_;
  std::uint64_t made_ = 0;
  std::uint32_t sessions_ = 0;
  std::uint64_t cut_prompts_ = 0;
  std::uint64_t cut_answers_ = 0;
};

}  // namespace tandem
