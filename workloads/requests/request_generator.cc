#include "workloads/requests/request_generator.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "workloads/requests/prefix_hash.h"

namespace tandem {
namespace {

/// Request ids have 32 bits.
constexpr std::uint64_t kMostRequests = 4'000'000'000;

std::variant<ArrivalProcess, ClientArrivals> arrivals_of(const RequestSettings& settings,
                                                         std::uint64_t seed) {
  Stream stream = make_stream(seed, settings.terms.source, Purpose::kArrival);
  if (const auto* client = std::get_if<ClientRule>(&settings.arrival)) {
    return ClientArrivals(*client->windows, stream);
  }
  return ArrivalProcess(std::get<ArrivalShape>(settings.arrival), settings.start, stream);
}

}  // namespace

bool RequestSettings::is_random() const {
  const auto* shape = std::get_if<ArrivalShape>(&arrival);
  return shape == nullptr || tandem::is_random(*shape) || tandem::is_random(lengths) ||
         tandem::is_random(terms.prediction) || tenant.is_random() || priority.is_random() ||
         (sessions && (sessions->turns.is_random() || sessions->thinking_s.is_random()));
}

RequestGenerator::RequestGenerator(std::shared_ptr<const RequestSettings> settings,
                                   std::uint64_t seed)
    : settings_(std::move(settings)),
      seed_(seed),
      arrivals_(arrivals_of(*settings_, seed)),
      lengths_(settings_->lengths, seed, settings_->terms.source),
      tenants_(make_stream(seed, settings_->terms.source, Purpose::kTenant)),
      priorities_(make_stream(seed, settings_->terms.source, Purpose::kPriority)),
      predictions_(make_stream(seed, settings_->terms.source, Purpose::kPrediction)),
      turns_(make_stream(seed, settings_->terms.source, Purpose::kTurns)),
      thinking_(make_stream(seed, settings_->terms.source, Purpose::kThinking)),
      salt_(stream_key(0, settings_->terms.source, Purpose::kPrefix)) {}

std::uint64_t RequestGenerator::count() const {
  const std::uint64_t most = settings_->count.value_or(kMostRequests);
  if (!settings_->until) {
    const auto* client = std::get_if<ClientRule>(&settings_->arrival);
    return client != nullptr ? std::min(most, ClientArrivals::count(*client->windows)) : most;
  }
  RequestGenerator again(settings_, seed_);
  RequestArrival request;
  while (again.next(request)) {
  }
  return again.made_;
}

bool RequestGenerator::next(RequestArrival& next) {
  if (made_ == settings_->count.value_or(kMostRequests)) return false;
  const auto turn = next_turn();
  if (!turn || (settings_->until && turn->arrival > *settings_->until)) return false;
  fill(*turn, next);
  if (turn->more > 0) plan_next(*turn, next);
  ++made_;
  return true;
}

std::optional<RequestGenerator::Turn> RequestGenerator::next_turn() {
  if (!beginning_) beginning_ = next_beginning();
  if (!waiting_.empty() && (!beginning_ || waiting_.top().arrival <= *beginning_)) {
    const Turn turn = waiting_.top();
    waiting_.pop();
    return turn;
  }
  if (!beginning_) return std::nullopt;
  return begun(*std::exchange(beginning_, std::nullopt));
}

std::optional<Time> RequestGenerator::next_beginning() {
  if (auto* process = std::get_if<ArrivalProcess>(&arrivals_)) return process->next();
  const auto time = std::get<ClientArrivals>(arrivals_).next();
  if (!time) return std::nullopt;
  const double rate = std::get<ClientRule>(settings_->arrival).rate;
  const auto passed = static_cast<double>(time->time_since_epoch().count());
  return later(settings_->start, Duration{std::llround(std::min(4e18, passed / rate))});
}

Time RequestGenerator::own_time(Time time) const {
  const auto* client = std::get_if<ClientRule>(&settings_->arrival);
  if (client == nullptr) return time;
  const auto passed = static_cast<double>((time - settings_->start).count());
  return Time{Duration{std::llround(std::min(9e18, passed * client->rate))}};
}

RequestGenerator::Turn RequestGenerator::begun(Time arrival) {
  Turn turn;
  turn.arrival = arrival;
  turn.session = sessions_++;
  turn.tenant = settings_->tenant.draw(tenants_);
  turn.priority = settings_->priority.draw(priorities_);
  if (settings_->sessions) turn.more = whole_tokens(settings_->sessions->turns.draw(turns_)) - 1;
  return turn;
}

void RequestGenerator::fill(const Turn& turn, RequestArrival& next) {
  const RequestTerms& terms = settings_->terms;
  const Lengths drawn = lengths_.draw(own_time(turn.arrival));
  const std::uint32_t before = settings_->system_prompt_tokens + turn.history;
  const std::uint32_t room = terms.limits.context - 1 - before;
  cut_prompts_ += drawn.prompt_tokens > room ? 1 : 0;

  Request& request = next.request;
  request.id = RequestId{static_cast<std::uint32_t>(made_)};
  request.tenant = turn.tenant;
  request.session = SessionId{settings_->sessions ? turn.session + 1 : 0};
  request.priority = turn.priority;
  request.arrival = turn.arrival;
  request.deadline = terms.deadline ? later(turn.arrival, *terms.deadline) : kForever;
  request.prompt_tokens = before + std::min(drawn.prompt_tokens, room);
  request.output_limit = terms.limits.output_to(request.prompt_tokens);
  cut_answers_ += drawn.output_tokens > terms.limits.context - request.prompt_tokens ? 1 : 0;
  next.output_tokens = std::min(drawn.output_tokens, request.output_limit);
  request.predicted_output = predicted(next.output_tokens, terms.prediction, predictions_);
  request.prefix.clear();
  if (settings_->has_prefixes()) hash_prefix(turn, request);
}

/// A block within the system prompt is the same for all; what follows is the session's own, in
/// which equal places are equal text, so that a place and an end name a whole prefix.
void RequestGenerator::hash_prefix(const Turn& turn, Request& request) const {
  const std::uint32_t block = settings_->prefix_block_tokens;
  const std::uint32_t shared = settings_->system_prompt_tokens / block;
  const PrefixHash own = extended(salt_, std::uint64_t{turn.session} + 1);
  const std::uint32_t blocks = blocks_of(request.prompt_tokens, block);
  request.prefix.reserve(blocks);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    const std::uint32_t end = std::min(request.prompt_tokens, (i + 1) * block);
    request.prefix.push_back(extended(i < shared ? salt_ : own, end));
  }
}

void RequestGenerator::plan_next(const Turn& turn, const RequestArrival& made) {
  const std::uint32_t known = made.request.prompt_tokens + made.output_tokens;
  if (known + 1 >= settings_->terms.limits.context) return;
  Turn next = turn;
  next.history = known - settings_->system_prompt_tokens;
  --next.more;
  const double seconds = settings_->sessions->thinking_s.draw(thinking_);
  next.arrival = later(turn.arrival, Duration{std::llround(std::min(4e18, seconds * 1e9))});
  waiting_.push(next);
}

}  // namespace tandem
