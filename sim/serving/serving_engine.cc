#include "sim/serving/serving_engine.h"

#include <algorithm>

#include "policies/core/check.h"

namespace tandem {
namespace {

/// So that a run of steps is told in 64 bits: 10 days at most.
constexpr std::int64_t kMostSteps = 4096;
constexpr std::int64_t kMostPicoseconds = 864'000'000'000'000'000;

BatchShape shape_of(const Batch& batch) {
  BatchShape shape;
  for (const Chunk& chunk : batch.chunks) {
    const std::int64_t tokens = chunk.tokens;
    shape.prefill_tokens += tokens;
    shape.prefill_pairs += tokens * chunk.computed + tokens * (tokens + 1) / 2;
    shape.sampled += chunk.completes;
  }
  shape.prefill_requests = std::ssize(batch.chunks);
  shape.decode_requests = batch.decodes;
  shape.decode_context = batch.decode_context;
  shape.sampled += batch.decodes;
  return shape;
}

}  // namespace

ServingEngine::ServingEngine(const Settings& settings, std::unique_ptr<BatchPolicy> policy,
                             const StepCost& cost, ServiceRecorder& recorder)
    : settings_(settings),
      policy_(std::move(policy)),
      cost_(cost),
      recorder_(recorder),
      engine_(settings.engine, *policy_) {}

bool ServingEngine::fits(const RequestArrival& arrival) const {
  return engine_.fits(std::int64_t{arrival.request.prompt_tokens} + arrival.output_tokens);
}

void ServingEngine::submit(ServedRequest request, Time now) {
  if (busy_) settle(now);
  const std::uint32_t generated = request.generated;
  const SequenceId id = engine_.submit(request.arrival.request, generated, now);
  served_.emplace(id, Served{.id = id, .request = std::move(request)});
  if (!busy_ && !is_halted_) {
    begins_ = true;
    end_ = {now, 0};
  }
  report_load(now);
}

void ServingEngine::settle(Time now) {
  const std::int64_t under_way = steps_until(now);
  const std::int64_t made = under_way - 1;
  if (made > 0) {
    end_ = start_.after(duration(made));
    steps_ = made;
    record_gaps(*batch_);
    engine_.complete(made, {}, end_.ceiling());
    start_ = end_;
    first_ps_ += made * growth_ps_;
  }
  steps_ = 1;
  end_ = start_.after(first_ps_);
}

void ServingEngine::advance(Time now, std::vector<ServedRequest>& ended) {
  if (begins_ && end_.time <= now) {
    begins_ = false;
    begin(end_);
    report_load(now);
  }
  while (busy_ && end_.ceiling() <= now) complete(ended);
}

void ServingEngine::begin(FineTime now) {
  const FineTime paused_from{idle_since_.time + kEnginePause, idle_since_.ps};
  const bool follows_pause = !busy_ && now >= paused_from;
  const Batch& batch = engine_.next(now.ceiling());
  batch_ = &batch;
  forget_evicted(batch);
  busy_ = !batch.empty();
  if (!busy_) {
    idle_since_ = now;
    return;
  }
  const BatchShape shape = shape_of(batch);
  const StepLine line = cost_.line(shape);
  const std::int64_t after_pause_ps = follows_pause ? cost_.after_pause_ps(shape) : 0;
  start_ = now;
  first_ps_ = line.at(shape.decode_context) + after_pause_ps +
              (batch.blocks_in + batch.blocks_out) * settings_.swap_ps_per_block;
  CHECK(first_ps_ > 0, "a step of {} ps", first_ps_);
  growth_ps_ = line.slope_ps * batch.decodes;
  steps_ = after_pause_ps > 0 ? 1 : most_steps(batch, line);
  end_ = start_.after(duration(steps_));
}

void ServingEngine::forget_evicted(const Batch& batch) {
  for (const Eviction& eviction : batch.evicted) {
    Served& served = served_.at(eviction.sequence);
    ++served.request.evictions;
    if (served.end_step == kNone) continue;
    served.end_step = kNone;
    FineTime& last = served.request.last_token;
    last = std::max(last, last_decode_);
    --std::ranges::find(cohorts_, last, &Cohort::last_token)->requests;
  }
}

std::int64_t ServingEngine::most_steps(const Batch& batch, const StepLine& line) {
  if (settings_.step_by_step || batch.repeats == 1) return 1;
  std::int64_t steps = std::min({batch.repeats, kMostSteps, kMostPicoseconds / first_ps_});
  const std::int64_t room = line.holds_below - batch.decode_context;
  steps = std::min(steps, (room + batch.decodes - 1) / batch.decodes);
  if (const Ending* next = next_ending()) {
    steps = std::min(steps, next->first - engine_.decoding().steps());
  }
  return std::max<std::int64_t>(steps, 1);
}

void ServingEngine::complete(std::vector<ServedRequest>& ended) {
  const Batch& batch = *batch_;
  const FineTime now = end_;
  if (batch.decodes > 0) record_gaps(batch);
  collect_endings(batch);
  give_tokens(batch);
  for (const SequenceId id : ending_) end(id, ended);
  engine_.complete(steps_, ending_, now.ceiling());
  const bool changes = !batch.chunks.empty() || !ending_.empty();
  begin(now);
  if (changes || !batch_->evicted.empty()) report_load(now.ceiling());
}

void ServingEngine::record_gaps(const Batch& batch) {
  // Who was left out of steps that computed prompts alone has waited longer for its first token.
  std::int64_t on_time = batch.decodes;
  for (const Cohort& cohort : cohorts_) {
    const std::int64_t waited = start_.since(cohort.last_token);
    if (cohort.requests == 0 || waited == 0) continue;
    recorder_.gave_tokens(settings_.service, {cohort.requests, 1, waited + first_ps_, 0});
    on_time -= cohort.requests;
  }
  if (on_time == batch.decodes) {
    recorder_.gave_tokens(settings_.service, {on_time, steps_, first_ps_, growth_ps_});
  } else {
    if (on_time > 0) recorder_.gave_tokens(settings_.service, {on_time, 1, first_ps_, 0});
    const std::int64_t second = first_ps_ + growth_ps_;
    recorder_.gave_tokens(settings_.service, {batch.decodes, steps_ - 1, second, growth_ps_});
  }
  cohorts_.assign(1, {end_, batch.decodes});
  last_decode_ = end_;
}

void ServingEngine::collect_endings(const Batch& batch) {
  ending_.clear();
  if (batch.decodes == 0) return;
  const std::int64_t steps = engine_.decoding().steps() + steps_;
  for (const Ending* next = next_ending(); next != nullptr && next->first <= steps;
       next = next_ending()) {
    ending_.push_back(next->second);
    served_.at(next->second).end_step = kNone;
    endings_.pop();
    --cohorts_.back().requests;
  }
}

void ServingEngine::give_tokens(const Batch& batch) {
  const std::int64_t steps = engine_.decoding().steps() + (batch.decodes > 0 ? steps_ : 0);
  for (const Chunk& chunk : batch.chunks) {
    if (!chunk.completes) continue;
    Served& served = served_.at(chunk.sequence);
    ServedRequest& request = served.request;
    if (request.first_token) {
      const std::int64_t gap = end_.since(request.last_token);
      recorder_.gave_tokens(settings_.service, {1, 1, gap, 0});
    } else {
      request.first_token = end_.ceiling();
      ++first_tokens_.given;
      const Duration took = *request.first_token - request.arrival.request.arrival;
      first_tokens_.in_time += took <= settings_.first_token_limit;
    }
    request.last_token = end_;
    const Sequence& sequence = engine_.sequence(chunk.sequence);
    const std::int64_t left =
        std::int64_t{request.arrival.output_tokens} - sequence.generated() - 1;
    if (left <= 0) {
      ending_.push_back(chunk.sequence);
      continue;
    }
    served.end_step = steps + left;
    endings_.emplace(served.end_step, chunk.sequence);
    if (cohorts_.empty() || cohorts_.back().last_token != end_) cohorts_.push_back({end_, 0});
    ++cohorts_.back().requests;
  }
}

void ServingEngine::end(SequenceId id, std::vector<ServedRequest>& ended) {
  Served& served = served_.at(id);
  served.request.cached += engine_.sequence(id).cached;
  served.request.blocks_found += engine_.sequence(id).hashes_found;
  served.request.generated = served.request.arrival.output_tokens;
  served.request.last_token = end_;
  ended.push_back(std::move(served.request));
  served_.erase(id);
}

const ServingEngine::Ending* ServingEngine::next_ending() {
  while (!endings_.empty()) {
    const Ending& next = endings_.top();
    const Served* served = served_.find(next.second);
    if (served != nullptr && served->end_step == next.first) return &next;
    endings_.pop();
  }
  return nullptr;
}

std::int64_t ServingEngine::duration(std::int64_t steps) const {
  return steps * first_ps_ + growth_ps_ * (steps * (steps - 1) / 2);
}

std::int64_t ServingEngine::steps_until(Time now) const {
  std::int64_t least = 1;
  std::int64_t most = steps_;
  while (least < most) {
    const std::int64_t middle = least + (most - least) / 2;
    if (start_.after(duration(middle)).ceiling() < now) {
      least = middle + 1;
    } else {
      most = middle;
    }
  }
  return least;
}

std::int64_t ServingEngine::tokens(Time now) const {
  const std::int64_t made = busy_ ? steps_until(now) - 1 : 0;
  return engine_.tokens() + (made > 0 ? made * batch_->decodes : 0);
}

void ServingEngine::halt(Time now) {
  if (busy_) settle(now);
  busy_ = begins_ = false;
  is_halted_ = true;
}

std::vector<ServedRequest> ServingEngine::abandon(Time now) {
  halt(now);
  recorder_.load(settings_.service, settings_.number, now, {});
  std::vector<ServedRequest> left;
  served_.for_each([&](const Served& served) {
    ServedRequest& request = left.emplace_back(served.request);
    request.generated =
        engine_.known(engine_.sequence(served.id)) - request.arrival.request.prompt_tokens;
  });
  return left;
}

void ServingEngine::report_load(Time now) {
  recorder_.load(
      settings_.service, settings_.number, now,
      {engine_.waiting(), engine_.running(), engine_.cache().held(), engine_.cache().blocks()});
}

}  // namespace tandem
