// The front's line to all replicas: a ZeroMQ socket in a Boost.Asio loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "executor/protocol/replica_messages.h"

namespace tandem {

class ReplicaLinks {
 public:
  /// Both are called from the loop.
  struct Listener {
    std::function<void(const ReplicaNews&)> news;
    /// What a replica has sent is none, for the cause.
    std::function<void(ReplicaIdentity, const std::string& cause)> nonsense;
  };
  /// Binds `endpoint`. Both contexts must outlive it.
  ReplicaLinks(boost::asio::io_context& loop, zmq::context_t& context, const std::string& endpoint,
               Listener listener);
  ~ReplicaLinks();
  ReplicaLinks(const ReplicaLinks&) = delete;
  ReplicaLinks& operator=(const ReplicaLinks&) = delete;

  /// To one that has said that it is ready. What a dead one was sent is lost, and the controller
  /// will say so.
  void send(ReplicaIdentity replica, const std::vector<ReplicaOrder>& orders);

 private:
  void wait();
  void read();
  void hear(std::string_view sender, std::string_view message);

  boost::asio::io_context& loop_;
  zmq::socket_t socket_;
  boost::asio::posix::stream_descriptor descriptor_;
  Listener listener_;
  bool is_reading_due_ = false;
};

}  // namespace tandem
