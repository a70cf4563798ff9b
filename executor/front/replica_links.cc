#include "executor/front/replica_links.h"

#include <boost/asio/post.hpp>
#include <zmq_addon.hpp>

namespace tandem {

ReplicaLinks::ReplicaLinks(boost::asio::io_context& loop, zmq::context_t& context,
                           const std::string& endpoint,
                           std::function<void(const ReplicaNews&)> hear)
    : loop_(loop),
      socket_(context, zmq::socket_type::router),
      descriptor_(loop),
      hear_(std::move(hear)) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::sndhwm, 0);  // The engines' queues are bounded, this one need not be.
  socket_.set(zmq::sockopt::rcvhwm, 0);
  socket_.bind(endpoint);
  descriptor_.assign(socket_.get(zmq::sockopt::fd));
  wait();
}

ReplicaLinks::~ReplicaLinks() { descriptor_.release(); }  // It is ZeroMQ's.

void ReplicaLinks::send(JobId job, std::uint32_t generation,
                        const std::vector<ReplicaOrder>& orders) {
  const std::string name = replica_name(job, generation);
  const std::string text = to_cbor(orders);
  socket_.send(zmq::buffer(name), zmq::send_flags::sndmore);
  socket_.send(zmq::buffer(text), zmq::send_flags::none);
  // The descriptor tells of changes only, and this call may have used one up (zmq_getsockopt(3)).
  if (is_reading_due_) return;
  is_reading_due_ = true;
  boost::asio::post(loop_, [this] { read(); });
}

void ReplicaLinks::wait() {
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this](const boost::system::error_code& error) {
                           if (error) return;
                           read();
                           wait();
                         });
}

void ReplicaLinks::read() {
  is_reading_due_ = false;
  std::vector<zmq::message_t> parts;
  while ((socket_.get(zmq::sockopt::events) & ZMQ_POLLIN) != 0) {
    parts.clear();
    if (!zmq::recv_multipart(socket_, std::back_inserter(parts), zmq::recv_flags::dontwait)) return;
    if (parts.size() == 2) hear_(replica_news_of(parts[1].to_string_view()));
  }
}

}  // namespace tandem
