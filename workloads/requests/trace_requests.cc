#include "workloads/requests/trace_requests.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "policies/core/error.h"
#include "workloads/generators/arrival_process.h"
#include "workloads/generators/shaken.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

class TraceRequests final : public RequestSource {
 public:
  TraceRequests(std::shared_ptr<const TracePlay> play, std::uint64_t seed)
      : play_(std::move(play)),
        salt_(stream_key(0, play_->terms.source, Purpose::kPrefix)),
        predictions_(make_stream(seed, play_->terms.source, Purpose::kPrediction)) {}

  bool next(RequestArrival& next) override {
    const RequestTrace& trace = play_->trace;
    if (next_ == trace.requests.size()) return false;
    const RecordedRequest& recorded = trace.requests[next_];
    const RequestTerms& terms = play_->terms;
    Request& request = next.request;
    request.id = RequestId{static_cast<std::uint32_t>(next_)};
    request.tenant = play_->tenants[trace.tenant.empty() ? 0 : trace.tenant[next_]];
    request.session = SessionId{trace.session.empty() ? 0 : trace.session[next_]};
    request.priority = play_->priority.value_or(trace.priority.empty() ? 0 : trace.priority[next_]);
    request.arrival = played(recorded.arrival);
    request.deadline = deadline_of(request.arrival);
    request.prompt_tokens = recorded.prompt_tokens;
    request.output_limit = terms.limits.output_to(recorded.prompt_tokens);
    next.output_tokens = std::min(recorded.output_tokens, request.output_limit);
    request.predicted_output = predicted(next.output_tokens, terms.prediction, predictions_);
    request.prefix.clear();
    // Salted: the ids of different traces mean different texts.
    for (const PrefixHash hash : trace.prefix(next_)) request.prefix.push_back(hash ^ salt_);
    ++next_;
    return true;
  }

  std::uint64_t count() const override { return play_->trace.requests.size(); }
  std::uint32_t prefix_block_tokens() const override { return play_->trace.prefix_block_tokens; }

 private:
  Time played(Time time) const {
    const double moved = static_cast<double>(time.time_since_epoch().count()) / play_->rate;
    const auto left = static_cast<double>((ArrivalProcess::kEnd - play_->start).count());
    return moved < left ? play_->start + Duration{std::llround(moved)} : ArrivalProcess::kEnd;
  }

  Time deadline_of(Time arrival) const {
    const auto& column = play_->trace.deadline;
    if (play_->terms.deadline) return later(arrival, *play_->terms.deadline);
    return column.empty() ? kForever : later(arrival, column[next_]);
  }

  std::shared_ptr<const TracePlay> play_;
  PrefixHash salt_;
  Stream predictions_;
  std::size_t next_ = 0;
};

/// The same, each request sooner or later than it came.
class ShakenRequests final : public RequestSource {
 public:
  ShakenRequests(std::unique_ptr<RequestSource> source, Duration shake, Stream stream)
      : source_(std::move(source)),
        shaken_([this] { return following(); }, shake, std::move(stream)) {}

  bool next(RequestArrival& next) override {
    auto shaken = shaken_.next();
    if (!shaken) return false;
    next = std::move(shaken->second);
    Request& request = next.request;
    if (request.deadline != kForever) request.deadline += shaken->first - request.arrival;
    request.arrival = shaken->first;
    request.id = RequestId{next_id_++};
    return true;
  }
  std::uint64_t count() const override { return source_->count(); }
  std::uint32_t prefix_block_tokens() const override { return source_->prefix_block_tokens(); }

 private:
  struct Coming {
    Time operator()(const RequestArrival& arrival) const { return arrival.request.arrival; }
  };
  std::optional<RequestArrival> following() {
    RequestArrival arrival;
    return source_->next(arrival) ? std::optional(std::move(arrival)) : std::nullopt;
  }

  std::unique_ptr<RequestSource> source_;
  Shaken<RequestArrival, Coming> shaken_;
  std::uint32_t next_id_ = 0;
};

/// Keeps the requests for which `keeps` holds. Returns how many others there were.
template <class Keeps>
std::size_t keep(RequestTrace& trace, Keeps keeps) {
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < trace.requests.size(); ++i) {
    if (keeps(trace.requests[i])) rows.push_back(static_cast<std::uint32_t>(i));
  }
  const std::size_t left_out = trace.requests.size() - rows.size();
  if (left_out > 0) take_rows(trace, rows);
  return left_out;
}

}  // namespace

void cut_to_times(RequestTrace& trace, Time from, Time until) {
  const std::size_t left_out = keep(trace, [&](const RecordedRequest& request) {
    return request.arrival >= from && request.arrival < until;
  });
  if (trace.requests.empty()) throw InputError("no request of the trace came in that time");
  for (RecordedRequest& request : trace.requests) request.arrival -= from - kStartOfTime;
  if (left_out == 0) return;
  trace.warnings.push_back(
      fmt::format("left out {} before 'from' or from 'until' on", counted(left_out, "request")));
}

void cut_to_limits(RequestTrace& trace, const TokenLimits& limits) {
  const std::size_t left_out = keep(
      trace, [&](const RecordedRequest& request) { return limits.fits(request.prompt_tokens); });
  if (trace.requests.empty()) {
    throw InputError(
        fmt::format("no prompt of the trace fits the context of {} tokens", limits.context));
  }
  std::size_t shortened = 0;
  for (RecordedRequest& request : trace.requests) {
    const std::uint32_t room = limits.context - request.prompt_tokens;
    shortened += request.output_tokens > room ? 1 : 0;
    request.output_tokens = std::min(request.output_tokens, room);
  }
  if (left_out > 0) {
    trace.warnings.push_back(
        fmt::format("left out {} whose prompt leaves no room in the context of {} tokens",
                    counted(left_out, "request"), limits.context));
  }
  if (shortened > 0) {
    trace.warnings.push_back(fmt::format("shortened {} to the context of {} tokens",
                                         counted(shortened, "answer"), limits.context));
  }
}

std::unique_ptr<RequestSource> trace_requests(std::shared_ptr<const TracePlay> play,
                                              std::uint64_t seed) {
  if (play->shake == 0) return std::make_unique<TraceRequests>(std::move(play), seed);
  const TracePlay& how = *play;
  const Duration shake =
      shake_of(how.shake / how.rate, how.trace.requests.back().arrival, how.trace.requests.size());
  Stream stream = make_stream(seed, how.terms.source, Purpose::kShake);
  return std::make_unique<ShakenRequests>(std::make_unique<TraceRequests>(std::move(play), seed),
                                          shake, std::move(stream));
}

}  // namespace tandem
