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
  /// Binds `endpoint`; `hear` is called from the loop. Both contexts must outlive it.
  ReplicaLinks(boost::asio::io_context& loop, zmq::context_t& context, const std::string& endpoint,
               std::function<void(const ReplicaNews&)> hear);
  ~ReplicaLinks();
  ReplicaLinks(const ReplicaLinks&) = delete;
  ReplicaLinks& operator=(const ReplicaLinks&) = delete;

  /// To one that has said that it is ready. What a dead one was sent is lost, and the controller
  /// will say so.
  void send(JobId job, std::uint32_t generation, const std::vector<ReplicaOrder>& orders);

 private:
  void wait();
  void read();

  boost::asio::io_context& loop_;
  zmq::socket_t socket_;
  boost::asio::posix::stream_descriptor descriptor_;
  std::function<void(const ReplicaNews&)> hear_;
  bool is_reading_due_ = false;
};

}  // namespace tandem
