// The thread in which a run's services are asked and answered: its own, so that tokens do not wait
// for the controller, nor the controller for them.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
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
  };
  /// All that is referred to must outlive it.
  explicit FrontThread(Parts parts);
  /// Ends at once: whoever waits for an answer waits in vain.
  ~FrontThread();
  FrontThread(const FrontThread&) = delete;
  FrontThread& operator=(const FrontThread&) = delete;

  Mailbox<ReplicaEvent>& events() { return events_; }
  /// Answers HTTP until it ends. Returns where. Throws InputError for what FrontEnd refuses.
  std::string listen(FrontEndOptions options);
  /// Asks the scenario's own requests; `closed` is called, in the thread, when all are answered and
  /// all replicas gone. With a `batch` its service is asked that instead.
  void play(std::uint64_t seed, std::function<void()> closed, const PromptBatch* batch = nullptr);

 private:
  void begin();

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
