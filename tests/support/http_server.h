// A front end over a fake desk, on a thread of its own, as tests use it from outside.
#pragma once

#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>
// Asio's coroutines need <utility> before them.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "executor/http/front_end.h"
#include "tests/support/fake_desk.h"

namespace tandem {

class HttpServer {
 public:
  explicit HttpServer(FrontEndOptions options = {}) : desk_(io_) {
    options.version = "1.2.3";
    options.log = [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      log_ += line + "\n";
    };
    front_.emplace(io_, desk_, std::move(options));
    port_ = front_->port();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }

  /// Runs `act` on the server's thread, and waits for what it returns.
  template <class Act>
  auto call(Act act) {
    std::packaged_task<decltype(act())()> task(act);
    auto result = task.get_future();
    boost::asio::post(io_, [&task] { task(); });
    return result.get();
  }
  /// Waits until `holds` does, seen from the server's thread; false: not within 20 s.
  template <class Holds>
  bool comes_true(Holds holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      if (call(holds)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }

  /// Only from within call(), or before anybody connects.
  FakeDesk& desk() { return desk_; }
  FrontEnd& front() { return *front_; }

 private:
  boost::asio::io_context io_;
  // A server that has been stopped can still be asked.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  FakeDesk desk_;
  std::optional<FrontEnd> front_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::string log_;
  std::thread thread_;
};

inline HttpServer::~HttpServer() {
  call([this] {
    front_.reset();
    desk_.stop();
    work_.reset();
  });
  thread_.join();
}

}  // namespace tandem
