#include "executor/worker/rehearsal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <zmq.hpp>
#include <zmq_addon.hpp>

#include "executor/protocol/replica_messages.h"
#include "policies/batch/batch_registry.h"
#include "policies/core/check.h"
#include "policies/core/mixed.h"

namespace tandem {

namespace {

constexpr std::int64_t kShortAnswer = 4;

std::int64_t longest_of(const LanguageModel& model, const ServingSpec& spec) {
  const std::int64_t blocks = model.blocks() - spec.engine.watermark_blocks;
  return std::min(model.context(), blocks * model.block_tokens()) - 1;
}

}  // namespace

/// The model, with a look at the clock around each batch.
class Rehearsal::TimedModel final : public LanguageModel {
 public:
  TimedModel(LanguageModel& model, const EngineDriver::Clock& clock)
      : model_(model), clock_(clock) {}

  std::uint32_t block_tokens() const override { return model_.block_tokens(); }
  std::int64_t blocks() const override { return model_.blocks(); }
  std::int64_t context() const override { return model_.context(); }
  std::int64_t vocabulary() const override { return model_.vocabulary(); }
  std::vector<std::byte> copy_out(std::span<const BlockNumber> blocks) override {
    return model_.copy_out(blocks);
  }
  void copy_in(std::span<const std::byte> saved, std::span<const BlockNumber> blocks) override {
    model_.copy_in(saved, blocks);
  }

  std::vector<GivenToken> compute(std::span<const StepPart> parts) override {
    last_.shape = shape_of(parts);
    const Time begun = clock_();
    std::vector<GivenToken> tokens = model_.compute(parts);
    last_.compute_s = to_seconds(clock_() - begun);
    return tokens;
  }
  /// Of the last batch; without the turn's time.
  const RehearsedTurn& last() const { return last_; }

 private:
  static BatchShape shape_of(std::span<const StepPart> parts) {
    BatchShape shape;
    for (const StepPart& part : parts) {
      const std::int64_t tokens = std::ssize(part.tokens);
      const std::int64_t known = part.computed;
      if (tokens == 1 && part.sampling != nullptr && part.generated > 0) {
        ++shape.decode_requests;
        shape.decode_context += known + 1;
      } else {
        ++shape.prefill_requests;
        shape.prefill_tokens += tokens;
        shape.prefill_pairs += tokens * known + tokens * (tokens + 1) / 2;
      }
      shape.sampled += part.sampling != nullptr ? 1 : 0;
    }
    return shape;
  }

  LanguageModel& model_;
  const EngineDriver::Clock& clock_;
  RehearsedTurn last_;
};

/// A front that a replica tells of its steps and that reads it meanwhile, and a look at whether it
/// has orders: what a turn of the loop costs besides the engine, on its processor and on the next.
class Rehearsal::ReadingFront {
 public:
  ReadingFront() {
    const std::string place =
        fmt::format("ipc://@tandem-rehearsal-{}-{}", getpid(), fmt::ptr(this));
    front_.set(zmq::sockopt::rcvhwm, 0);
    front_.bind(place);
    replica_.set(zmq::sockopt::sndhwm, 0);
    replica_.set(zmq::sockopt::linger, 0);
    replica_.connect(place);
    reader_ = std::jthread([this](const std::stop_token& stop) { read(stop); });
  }

  void tell(const EngineDriver& driver, const StepOutcome& outcome) {
    const EngineFigures figures = driver.figures();
    ReplicaNews news;
    static_cast<StepOutcome&>(news) = outcome;
    news.running = figures.running;
    news.blocks_held = figures.blocks_held;
    news.blocks = figures.blocks;
    news.last_step_s = to_seconds(figures.last_step);
    const std::string message = to_cbor(news);
    replica_.send(zmq::buffer(message), zmq::send_flags::none);
    zmq::pollitem_t item{replica_.handle(), 0, ZMQ_POLLIN, 0};
    zmq::poll(&item, 1, std::chrono::milliseconds(0));
  }

 private:
  void read(const std::stop_token& stop) {
    zmq::pollitem_t item{front_.handle(), 0, ZMQ_POLLIN, 0};
    while (!stop.stop_requested()) {
      zmq::poll(&item, 1, std::chrono::milliseconds(10));
      std::vector<zmq::message_t> parts;
      while (zmq::recv_multipart(front_, std::back_inserter(parts), zmq::recv_flags::dontwait)) {
        replica_news_of(parts.back().to_string_view());
        parts.clear();
      }
    }
  }

  zmq::context_t context_;
  zmq::socket_t front_{context_, zmq::socket_type::router};  ///< The reader's from its start on.
  zmq::socket_t replica_{context_, zmq::socket_type::dealer};
  std::jthread reader_;
};

Rehearsal::Rehearsal(LanguageModel& model, const ServingSpec& spec,
                     const EngineDriver::Clock& clock, std::int64_t users)
    : clock_(clock),
      longest_(longest_of(model, spec)),
      vocabulary_(model.vocabulary()),
      model_(std::make_unique<TimedModel>(model, clock_)),
      front_(std::make_unique<ReadingFront>()),
      journal_([](std::string_view) {}) {
  EngineDriver::Settings settings;
  settings.engine = EngineDriver::settings_for(model, spec.engine);
  journal_->begin({spec.batch_policy, settings.engine, spec.tenants});
  driver_ = std::make_unique<EngineDriver>(
      settings, make_batch_policy(spec.batch_policy, spec.tenants), *model_, clock_, &*journal_);
  for (std::int64_t i = 0; i < users; ++i) ask(longest_ / 4);
}

Rehearsal::~Rehearsal() = default;

void Rehearsal::ask(std::int64_t longest_answer) {
  const std::uint64_t key = asked_++;
  const auto up_to = [&](std::int64_t most, std::uint64_t what) {
    return 1 + static_cast<std::int64_t>(mixed(key, what) % static_cast<std::uint64_t>(most));
  };
  Generation generation;
  generation.prompt.resize(static_cast<std::size_t>(up_to(std::max(longest_ / 2, 1L), 0)));
  for (std::size_t i = 0; i < generation.prompt.size(); ++i) {
    generation.prompt[i] =
        static_cast<TokenId>(mixed(key, i + 2) % static_cast<std::uint64_t>(vocabulary_));
  }
  generation.max_tokens = static_cast<std::uint32_t>(up_to(std::max(longest_answer, 1L), 1));
  generation.sampling.temperature = 0;  // As the requests of a scenario are asked.
  generation.sampling.ignore_end = true;
  CHECK(driver_->submit(key, std::move(generation), clock_()), "a request was refused");
}

void Rehearsal::play(Duration length, std::vector<RehearsedTurn>& turns) {
  const Time begun = clock_();
  Time last = begun;
  while (last - begun < length || last == begun) {
    const StepOutcome& outcome = driver_->step();
    front_->tell(*driver_, outcome);
    for (std::size_t i = outcome.ended.size(); i > 0; --i) ask(longest_ / 4);
    const Time now = clock_();
    turns.push_back(model_->last());
    turns.back().turn_s = to_seconds(now - last);
    last = now;
  }
}

RehearsedTurn Rehearsal::first_after(const std::function<void()>& pause) {
  while (!driver_->idle()) front_->tell(*driver_, driver_->step());
  pause();
  const Time begun = clock_();
  ask(kShortAnswer);
  front_->tell(*driver_, driver_->step());
  RehearsedTurn turn = model_->last();
  turn.turn_s = to_seconds(clock_() - begun);
  return turn;
}

}  // namespace tandem
