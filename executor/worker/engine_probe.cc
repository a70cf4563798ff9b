#include "executor/worker/engine_probe.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <numeric>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <zmq.hpp>
#include <zmq_addon.hpp>

#include "executor/protocol/replica_messages.h"
#include "policies/batch/batch_registry.h"
#include "policies/core/check.h"

namespace tandem {
namespace {

/// As the requests of a scenario are asked.
Sampling greedy() {
  Sampling sampling;
  sampling.temperature = 0;
  sampling.ignore_end = true;
  return sampling;
}

/// A front that a replica tells of its steps and that reads it meanwhile, and a look at whether it
/// has orders: what a turn of the loop costs besides the engine, on its processor and on the next.
class ReadingFront {
 public:
  ReadingFront() {
    const std::string place = fmt::format("ipc://@tandem-probe-{}", getpid());
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

}  // namespace

EngineProbe::EngineProbe(LanguageModel& model, const ServingSpec& spec, EngineDriver::Clock clock,
                         Duration least)
    : model_(model),
      spec_(spec),
      clock_(std::move(clock)),
      least_(least),
      tokens_(static_cast<std::size_t>(longest())) {
  std::iota(tokens_.begin(), tokens_.end(), TokenId{0});
  for (TokenId& token : tokens_) token %= static_cast<TokenId>(model.vocabulary());
}

std::int64_t EngineProbe::longest() const {
  return std::min(model_.context() - 1, model_.blocks() * model_.block_tokens());
}

std::int64_t EngineProbe::blocks_of(const AlikeParts& parts) const {
  const std::int64_t size = model_.block_tokens();
  return parts.requests * ((parts.known + parts.tokens + size - 1) / size);
}

bool EngineProbe::fits(std::span<const AlikeParts> parts) const {
  std::int64_t blocks = 0;
  for (const AlikeParts& alike : parts) {
    if (alike.known + alike.tokens > longest()) return false;
    blocks += blocks_of(alike);
  }
  return blocks <= model_.blocks();
}

double EngineProbe::step_s(std::span<const AlikeParts> parts) {
  CHECK(fits(parts), "a batch that does not fit is to be timed");
  const Sampling sampling = greedy();
  std::vector<BlockNumber> blocks(static_cast<std::size_t>(model_.blocks()));
  std::iota(blocks.begin(), blocks.end(), BlockNumber{0});
  std::vector<StepPart> step;
  std::span<const BlockNumber> left = blocks;
  for (const AlikeParts& alike : parts) {
    const auto each = static_cast<std::size_t>(blocks_of(alike) / alike.requests);
    for (std::int64_t i = 0; i < alike.requests; ++i) {
      step.push_back({.tokens = std::span(tokens_).first(static_cast<std::size_t>(alike.tokens)),
                      .computed = static_cast<std::uint32_t>(alike.known),
                      .blocks = left.first(each),
                      .sampling = alike.sampled ? &sampling : nullptr,
                      .generated = 0});
      left = left.subspan(each);
    }
  }
  const Time begun = clock_();
  std::int64_t steps = 0;
  do {
    model_.compute(step);
    ++steps;
  } while (clock_() - begun < least_);
  return to_seconds(clock_() - begun) / static_cast<double>(steps);
}

bool EngineProbe::can_loop(std::int64_t requests) const {
  const AlikeParts all{requests, kLoopTokens, 0, true};
  return requests <= spec_.engine.max_sequences && fits({&all, 1}) &&
         blocks_of(all) + spec_.engine.watermark_blocks <= model_.blocks();
}

EngineProbe::Loop EngineProbe::loop(std::int64_t requests) {
  CHECK(can_loop(requests), "{} requests are to be timed, and do not fit", requests);
  EngineDriver::Settings settings;
  settings.engine = EngineDriver::settings_for(model_, spec_.engine);
  EngineJournalWriter journal([](std::string_view) {});
  journal.begin({spec_.batch_policy, settings.engine, spec_.tenants});
  EngineDriver driver(settings, make_batch_policy(spec_.batch_policy, spec_.tenants), model_,
                      clock_, &journal);
  ReadingFront front;
  Generation generation;
  generation.prompt = {tokens_.front()};  // All are admitted in the first step, and decode then.
  generation.max_tokens = static_cast<std::uint32_t>(kLoopTokens - 1);
  generation.sampling = greedy();
  for (std::int64_t i = 0; i < requests; ++i) {
    driver.submit(static_cast<EngineDriver::Key>(i), generation, clock_());
  }
  driver.step();
  const auto all_decode = [&] { return driver.engine().decoding().size() == requests; };
  CHECK(all_decode(), "{} requests of one token were not admitted in one step", requests);
  const Time begun = clock_();
  std::int64_t steps = 0;
  double context = 0;
  while (all_decode()) {
    context += static_cast<double>(driver.engine().decoding().context());
    front.tell(driver, driver.step());
    ++steps;
  }
  return {to_seconds(clock_() - begun) / static_cast<double>(steps),
          context / static_cast<double>(steps * requests)};
}

}  // namespace tandem
