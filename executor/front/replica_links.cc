#include "executor/front/replica_links.h"

#include <boost/asio/post.hpp>
#include <zmq_addon.hpp>

#include "policies/core/error.h"

namespace tandem {

ReplicaLinks::ReplicaLinks(boost::asio::io_context& loop, zmq::context_t& context,
                           const std::string& endpoint, Listener listener)
    : loop_(loop),
      socket_(context, zmq::socket_type::router),
      descriptor_(loop),
      listener_(std::move(listener)) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::sndhwm, 0);  // The engines' queues are bounded, this one need not be.
  socket_.set(zmq::sockopt::rcvhwm, 0);
  socket_.bind(endpoint);
  descriptor_.assign(socket_.get(zmq::sockopt::fd));
  wait();
}

ReplicaLinks::~ReplicaLinks() { descriptor_.release(); }  // It is ZeroMQ's.

void ReplicaLinks::send(ReplicaIdentity replica, const std::vector<ReplicaOrder>& orders) {
  const std::string name = replica_name(replica);
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
    hear(parts.front().to_string_view(), parts.back().to_string_view());
  }
}

void ReplicaLinks::hear(std::string_view sender, std::string_view message) {
  const auto replica = replica_named(sender);
  if (!replica) return;
  ReplicaNews news;
  try {
    news = replica_news_of(message);
  } catch (const InputError& error) {
    return listener_.nonsense(*replica, error.what());
  }
  if (ReplicaIdentity{news.job, news.generation} != *replica) {
    return listener_.nonsense(*replica, "a message says that another replica has sent it");
  }
  listener_.news(news);
}

}  // namespace tandem
