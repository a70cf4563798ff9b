#include "executor/worker/replica_run.h"

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <zmq.hpp>

#include "executor/protocol/replica_messages.h"
#include "executor/serve/engine_driver.h"
#include "executor/worker/rank_folder.h"
#include "policies/batch/batch_registry.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

/// An idle replica looks so often at what its controller wishes.
constexpr auto kLook = 20ms;
constexpr auto kTellInterval = 200ms;

Time now() { return Time{SteadyClock::now().time_since_epoch()}; }

/// What an engine decides, for `tandem replay`: one file for each generation.
class JournalFile {
 public:
  JournalFile(const RankTask& task, const EngineSettings& settings)
      : file_(task.folder / fmt::format("engine-{}.journal", task.generation), std::ios::binary),
        writer_([this](std::string_view text) {
          file_.write(text.data(), static_cast<std::streamsize>(text.size()));
        }) {
    writer_.begin({task.serving->batch_policy, settings, task.serving->tenants});
  }
  EngineJournalWriter& writer() { return writer_; }

 private:
  std::ofstream file_;
  EngineJournalWriter writer_;
};

class Replica {
 public:
  Replica(const RankTask& task, const std::string& device, const MakeLanguageModel& make,
          ControlLink& link)
      : task_(task),
        spec_(*task.serving),
        link_(link),
        state_(link.told()),
        model_(make(spec_, device, task.threads)),
        settings_(EngineDriver::settings_for(*model_, spec_.engine)),
        journal_(task, settings_),
        driver_(driver_settings(), make_batch_policy(spec_.batch_policy, spec_.tenants), *model_,
                now, &journal_.writer()),
        socket_(context_, zmq::socket_type::dealer) {
    socket_.set(zmq::sockopt::routing_id, replica_name({task.job, task.generation}));
    socket_.set(zmq::sockopt::linger, 500);
    socket_.set(zmq::sockopt::sndhwm, 0);
    socket_.set(zmq::sockopt::rcvhwm, 0);
    socket_.connect(spec_.front);
    log(task, "serves {} with {} blocks of {} tokens", spec_.model.name, model_->blocks(),
        model_->block_tokens());
  }

  void run() {
    tell(RankPhase::kComputing);
    ReplicaNews ready = news();
    ready.is_ready = true;
    send(ready);
    while (true) {
      take_orders(driver_.idle() ? kLook : 0ms);
      if (link_.take_wish() == Wish::kStop) return end(RankPhase::kDrained);
      if (link_.is_to_finish() && driver_.idle()) return end(RankPhase::kFinished);
      if (!driver_.idle()) step();
      if (SteadyClock::now() - told_ >= kTellInterval) tell(RankPhase::kComputing);
    }
  }

 private:
  EngineDriver::Settings driver_settings() const {
    EngineDriver::Settings settings;
    settings.engine = settings_;
    settings.end_tokens = spec_.end_tokens;
    settings.first_token_limit = spec_.first_token_limit;
    settings.prefix_key = spec_.prefix_key;
    settings.tells_prefixes = spec_.tells_prefixes;
    return settings;
  }

  void end(RankPhase phase) {
    journal_.writer().finish();
    log(task_, "{} after {} steps", phase == RankPhase::kFinished ? "is done" : "stops",
        driver_.figures().steps);
    tell(phase);
  }

  void take_orders(std::chrono::milliseconds longest) {
    zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
    if (zmq::poll(&item, 1, longest) == 0) return;
    zmq::message_t message;
    while (socket_.recv(message, zmq::recv_flags::dontwait)) {
      for (ReplicaOrder& order : orders_of(message.to_string_view())) obey(order);
    }
    if (!refused_.empty()) send(news());
  }

  /// What the front says wrong is no user's fault, which would end the job.
  static std::vector<ReplicaOrder> orders_of(std::string_view message) {
    try {
      return replica_orders_of(message);
    } catch (const InputError& error) {
      throw std::runtime_error(error.what());
    }
  }

  void obey(ReplicaOrder& order) {
    if (order.cancels) return driver_.cancel(order.key);
    const Time arrival = now() - order.age;
    if (!driver_.submit(order.key, std::move(order.generation), arrival)) {
      refused_.push_back(order.key);
    }
  }

  void step() {
    const StepOutcome& outcome = driver_.step();
    ReplicaNews made = news();
    static_cast<StepOutcome&>(made) = outcome;
    send(made);
    given_ += std::ssize(outcome.given);
  }

  ReplicaNews news() {
    const EngineFigures figures = driver_.figures();
    ReplicaNews news;
    news.job = task_.job;
    news.generation = task_.generation;
    news.refused = std::exchange(refused_, {});
    news.waiting = figures.waiting;
    news.running = figures.running;
    news.blocks_held = figures.blocks_held;
    news.blocks = figures.blocks;
    news.evictions = figures.evictions;
    news.cached_tokens = figures.cached_tokens;
    news.last_step_s = to_seconds(figures.last_step);
    return news;
  }

  void send(const ReplicaNews& news) {
    const std::string message = to_cbor(news);
    socket_.send(zmq::buffer(message), zmq::send_flags::none);
  }

  /// Looks count as steps: they show the controller that the replica has not hung.
  void tell(RankPhase phase) {
    const auto at = SteadyClock::now();
    const double since = std::chrono::duration<double>(at - told_).count();
    if (told_ != SteadyClock::time_point{}) {
      state_.tokens_per_s = static_cast<double>(given_ - given_when_told_) / since;
    }
    given_when_told_ = given_;
    told_ = at;
    state_.phase = phase;
    ++state_.steps_done;
    const double step_s = to_seconds(driver_.figures().last_step);
    state_.step_s = step_s;
    state_.longest_step_s = std::max(state_.longest_step_s, step_s);
    link_.tell(state_);
  }

  const RankTask& task_;
  const ServingSpec& spec_;
  ControlLink& link_;
  WorkerState state_;
  std::unique_ptr<LanguageModel> model_;
  const EngineSettings settings_;
  JournalFile journal_;
  EngineDriver driver_;
  zmq::context_t context_;
  zmq::socket_t socket_;
  std::vector<RequestKey> refused_;
  std::int64_t given_ = 0;  ///< Tokens.
  std::int64_t given_when_told_ = 0;
  SteadyClock::time_point told_{};
};

}  // namespace

bool run_replica(const RankTask& task, const std::string& device, const MakeLanguageModel& make,
                 ControlLink& link) {
  return in_folder_of(task, link, [&] { Replica(task, device, make, link).run(); });
}

}  // namespace tandem
