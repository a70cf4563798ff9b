#include "executor/front/request_player.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "policies/core/mixed.h"

namespace tandem {

std::vector<TokenId> prompt_of(const Request& request, std::uint32_t block_tokens,
                               std::int64_t vocabulary, std::uint64_t seed) {
  std::vector<TokenId> tokens(request.prompt_tokens);
  const std::uint64_t own = mixed(seed, request.id.value);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::size_t block = block_tokens > 0 ? i / block_tokens : request.prefix.size();
    const std::uint64_t from = block < request.prefix.size() ? request.prefix[block] : own;
    tokens[i] = static_cast<TokenId>(mixed(from, i) % static_cast<std::uint64_t>(vocabulary));
  }
  return tokens;
}

/// Of one request: waits for its end.
class RequestPlayer::Listener final : public AnswerListener {
 public:
  explicit Listener(RequestPlayer& player) : player_(player) {}
  void gave(std::span<const GivenToken>) override {}
  void ended(FinishReason) override { player_.over(this); }
  void failed(const std::string&) override { player_.over(this); }

 private:
  RequestPlayer& player_;
};

RequestPlayer::RequestPlayer(const Parts& parts, std::size_t model, const ServiceSettings& service,
                             std::uint64_t seed, std::function<void()> finished)
    : parts_(parts),
      model_(model),
      service_(service),
      seed_(seed),
      source_(service.requests(seed)),
      finished_(std::move(finished)),
      timer_(parts.loop) {
  has_next_ = source_->next(next_);
}

RequestPlayer::~RequestPlayer() = default;

void RequestPlayer::go_on() {
  if (!has_next_) {
    if (under_way_.empty() && finished_) std::exchange(finished_, nullptr)();
    return;
  }
  const bool is_full =
      service_.max_concurrency > 0 && under_way_.size() >= service_.max_concurrency;
  if (is_full) return;  // The end of one goes on.
  timer_.expires_after(std::max(Duration{}, next_.request.arrival - parts_.now()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) ask();
  });
}

void RequestPlayer::ask() {
  Generation generation;
  generation.prompt =
      prompt_of(next_.request, source_->prefix_block_tokens(), service_.model->vocabulary, seed_);
  generation.max_tokens = next_.output_tokens;
  generation.sampling.temperature = 0;
  generation.sampling.ignore_end = true;
  generation.tenant = next_.request.tenant;
  generation.priority = next_.request.priority;
  generation.session = next_.request.session;
  auto listener = std::make_unique<Listener>(*this);
  AnswerListener& hears = *listener;
  under_way_.emplace(listener.get(), std::move(listener));
  const Listener* const key = static_cast<Listener*>(&hears);
  has_next_ = source_->next(next_);
  if (std::holds_alternative<Refusal>(parts_.desk.submit(model_, std::move(generation), hears))) {
    under_way_.erase(key);
  }
  go_on();
}

void RequestPlayer::over(const Listener* listener) {
  // Not at once: the desk is still speaking to it.
  boost::asio::post(parts_.loop, [this, listener] {
    const bool was_full = under_way_.size() == service_.max_concurrency;
    under_way_.erase(listener);
    if (was_full || !has_next_) go_on();
  });
}

}  // namespace tandem
