#include "executor/front/front_thread.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace tandem {

FrontThread::FrontThread(Parts parts)
    : stays_(boost::asio::make_work_guard(loop_)),
      parts_(std::move(parts)),
      events_([this] {
        boost::asio::post(loop_, [this] {
          for (const ReplicaEvent& event : events_.take()) front_.hear(event);
        });
      }),
      front_({loop_, parts_.scenario, parts_.recorder, parts_.wishes, parts_.now}, parts_.models),
      links_(loop_, parts_.context, parts_.endpoint,
             [this](const ReplicaNews& news) { front_.hear(news); }) {
  front_.connect(links_);
}

FrontThread::~FrontThread() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

void FrontThread::play(std::uint64_t seed, std::function<void()> closed, const PromptBatch* batch) {
  front_.turn_nobody_away();
  playing_ = parts_.scenario.services.size();
  const auto finished = [this, closed = std::move(closed)] {
    if (--playing_ == 0) front_.close(closed);
  };
  for (std::size_t i = 0; i < parts_.scenario.services.size(); ++i) {
    if (batch != nullptr && batch->service == i) {
      batch_ = std::make_unique<BatchPlayer>(loop_, front_, *batch, seed, finished);
      continue;
    }
    players_.push_back(
        std::make_unique<RequestPlayer>(RequestPlayer::Parts{loop_, front_, parts_.now}, i,
                                        parts_.scenario.services[i], seed, finished));
  }
  begin();
}

std::string FrontThread::listen(FrontEndOptions options) {
  http_ = std::make_unique<FrontEnd>(loop_, front_, std::move(options));
  const std::string url = http_->url();
  begin();
  return url;
}

void FrontThread::begin() {
  boost::asio::post(loop_, [this] {
    front_.open();
    for (const auto& player : players_) player->begin();
    if (batch_) batch_->begin();
  });
  thread_ = std::thread([this] { loop_.run(); });
}

}  // namespace tandem
