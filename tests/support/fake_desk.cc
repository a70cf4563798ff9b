#include "tests/support/fake_desk.h"

namespace tandem {

FakeDesk::FakeDesk(boost::asio::io_context& io) : timer_(io) {
  models_.push_back({"bytes", byte_tokenizer(), 2'000, "plain", 1'700'000'000});
}

std::variant<AnswerId, Refusal> FakeDesk::submit(std::size_t, Generation generation,
                                                 AnswerListener& listener) {
  if (running_.size() >= places) {
    return Refusal{Refusal::Why::kQueueFull, std::chrono::seconds(7), "the queue is full"};
  }
  if (keeps_requests) submitted.push_back(generation);
  running_.emplace(next_, Running{std::move(generation), &listener});
  return next_++;
}

void FakeDesk::cancel(AnswerId answer) { cancelled += running_.erase(answer); }

ServiceFigures FakeDesk::figures(std::size_t) const {
  ServiceFigures figures;
  figures.running = std::ssize(running_);
  figures.replicas = 1;
  figures.blocks = 1000;
  figures.blocks_held = std::min<std::int64_t>(1000, 10 * std::ssize(running_));
  figures.last_step_s = 0.01;
  figures.preemptions = 3;
  return figures;
}

GivenToken FakeDesk::next_of(const Running& running) const {
  const auto& tokens = script.empty() ? running.generation.prompt : script;
  GivenToken token{tokens[running.given % tokens.size()], 0, {}};
  if (!gives_logprobs) return token;
  token.logprob = -0.5F;
  for (int i = 0; i < running.generation.sampling.logprobs; ++i) {
    token.alternatives.push_back(
        {token.token + static_cast<TokenId>(i), -0.5F - static_cast<float>(i)});
  }
  return token;
}

void FakeDesk::step() {
  ++steps;
  // Whoever hears may hand in or withdraw others, so the list is another one afterwards.
  std::vector<AnswerId> ids;
  for (const auto& [id, running] : running_) ids.push_back(id);
  for (const AnswerId id : ids) {
    const auto found = running_.find(id);
    if (found == running_.end()) continue;
    Running& running = found->second;
    if (running.given == 0) running.listener->began(std::chrono::milliseconds(5));
    const GivenToken token = next_of(running);
    ++running.given;
    ++tokens_given;
    running.listener->gave(std::span(&token, 1));
    const bool is_limit = running.given >= running.generation.max_tokens;
    const bool is_end = ends_with_script && running.given == script.size();
    if (!is_limit && !is_end) continue;
    AnswerListener& listener = *running.listener;
    running_.erase(found);
    listener.ended(is_end ? FinishReason::kStop : FinishReason::kLength);
  }
}

void FakeDesk::fail_all(const std::string& why) {
  for (auto& [id, running] : std::exchange(running_, {})) running.listener->failed(why);
}

void FakeDesk::run_every(std::chrono::microseconds step) {
  is_beating_ = true;
  beat(std::chrono::steady_clock::now() + step, step);
}

void FakeDesk::beat(std::chrono::steady_clock::time_point at, std::chrono::microseconds step_time) {
  timer_.expires_at(at);
  timer_.async_wait([this, at, step_time](const boost::system::error_code& error) {
    if (error || !is_beating_) return;
    step();
    beat(at + step_time, step_time);
  });
}

}  // namespace tandem
