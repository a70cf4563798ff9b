// The thread in which a run's services are asked and answered: its own, so that tokens do not wait
// for the controller, nor the controller for them.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "executor/front/batch_player.h"
#include "executor/front/replica_events.h"
#include "executor/front/replica_links.h"
#include "executor/front/request_player.h"
#include "executor/front/service_front.h"
#include "executor/http/front_end.h"

namespace tandem {

class FrontThread {
 public:
  struct Parts {
    const Scenario& scenario;
    std::vector<ServedModel> models;  ///< By ServiceId.
    ServiceRecorder& recorder;        ///< Called in the thread.
    zmq::context_t& context;
    std::string endpoint;  ///< Where replicas say that they are there.
    std::function<Time()> now;
    Mailbox<ReplicaWish>& wishes;
    PrefixKey prefix_key{};  ///< That of the replicas.
    /// Called in the thread if it cannot go on: nobody is answered any more.
    std::function<void(const std::string& why)> failed;
  };
  /// All that is referred to must outlive it.
  explicit FrontThread(Parts parts);
  ~FrontThread() { end(); }
  FrontThread(const FrontThread&) = delete;
  FrontThread& operator=(const FrontThread&) = delete;

  Mailbox<ReplicaEvent>& events() { return events_; }
  /// Answers HTTP until it ends. Returns where. Throws InputError for what FrontEnd refuses.
  std::string listen(FrontEndOptions options);
  /// Asks the scenario's own requests; `closed` is called, in the thread, when all are answered and
  /// all replicas gone. With a `batch` its service is asked that instead.
  void play(std::uint64_t seed, std::function<void()> closed, const PromptBatch* batch = nullptr);
  /// Nobody new is answered; who is may end within `grace`, and is told the end then. `closed` is
  /// called, in the thread, when nobody is there any more: at once if only requests are played.
  void leave(std::chrono::milliseconds grace, std::function<void()> closed);
  /// Ends within seconds: whoever still waits for an answer is told that there will be none.
  void end();

 private:
  void begin();
  void run();
  /// Runs the loop until it is stopped, or something is thrown in it: what.
  std::optional<std::string> trouble_of_loop();
  /// Those who wait for an answer hear that there is none; the loop ends.
  void end_loop();

  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stays_;
  const Parts parts_;
  Mailbox<ReplicaEvent> events_;
  ServiceFront front_;
  ReplicaLinks links_;
  std::vector<std::unique_ptr<RequestPlayer>> players_;
  std::unique_ptr<BatchPlayer> batch_;
  std::size_t playing_ = 0;
  std::unique_ptr<FrontEnd> http_;
  std::thread thread_;
};

}  // namespace tandem
