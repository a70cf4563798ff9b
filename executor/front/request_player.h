// The requests of a scenario, really asked: each at its time, with a prompt of its length that
// begins as others with the same prefix do, for an answer of its length.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "executor/serve/service_desk.h"
#include "workloads/serving.h"

namespace tandem {

class RequestPlayer {
 public:
  struct Parts {
    boost::asio::io_context& loop;
    ServiceDesk& desk;
    std::function<Time()> now;
  };
  /// Of one service; `finished` is called once, when all its requests have been asked and answered.
  RequestPlayer(const Parts& parts, std::size_t model, const ServiceSettings& service,
                std::uint64_t seed, std::function<void()> finished);
  ~RequestPlayer();
  RequestPlayer(const RequestPlayer&) = delete;
  RequestPlayer& operator=(const RequestPlayer&) = delete;

  void begin() { go_on(); }

 private:
  class Listener;
  void go_on();
  void ask();
  void over(const Listener* listener);

  Parts parts_;
  const std::size_t model_;
  const ServiceSettings& service_;
  const std::uint64_t seed_;
  std::unique_ptr<RequestSource> source_;
  std::function<void()> finished_;
  boost::asio::steady_timer timer_;
  RequestArrival next_;
  bool has_next_ = false;
  std::map<const Listener*, std::unique_ptr<Listener>> under_way_;
};

/// Tokens of a prompt that follow from what is known of it: those of a block with a hash from the
/// hash, so that equal prefixes are equal tokens; the others from seed and request.
std::vector<TokenId> prompt_of(const Request& request, std::uint32_t block_tokens,
                               std::int64_t vocabulary, std::uint64_t seed);

}  // namespace tandem
