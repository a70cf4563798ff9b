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
      front_({.loop = loop_,
              .scenario = parts_.scenario,
              .recorder = parts_.recorder,
              .wishes = parts_.wishes,
              .now = parts_.now,
              .prefix_key = parts_.prefix_key},
             parts_.models),
      links_(loop_, parts_.context, parts_.endpoint,
             {[this](const ReplicaNews& news) { front_.hear(news); },
              [this](ReplicaIdentity replica, const std::string& cause) {
                front_.blame(replica, cause);
              }}) {
  front_.connect(links_);
}

void FrontThread::end() {
  if (!thread_.joinable()) return;
  boost::asio::post(loop_, [this] { end_loop(); });
  thread_.join();
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
  thread_ = std::thread([this] { run(); });
}

void FrontThread::run() {
  const std::optional<std::string> why = trouble_of_loop();
  if (!why) return;
  boost::asio::post(loop_, [this, why] { front_.give_up("the server has failed: " + *why); });
  boost::asio::post(loop_, [this] { end_loop(); });
  while (trouble_of_loop()) {
    // The first trouble is the one that is told.
  }
  parts_.failed(*why);
}

std::optional<std::string> FrontThread::trouble_of_loop() {
  try {
    loop_.run();
    return std::nullopt;
  } catch (const std::exception& error) {
    return error.what();
  }
}

void FrontThread::end_loop() {
  if (!http_) return loop_.stop();
  http_->stop(std::chrono::milliseconds(0), [this] { loop_.stop(); });
}

void FrontThread::leave(std::chrono::milliseconds grace, std::function<void()> closed) {
  boost::asio::post(loop_, [this, grace, closed = std::move(closed)] {
    if (!http_) return closed();
    http_->stop(grace, closed);
  });
}

}  // namespace tandem
