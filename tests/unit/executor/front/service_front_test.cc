// Requests find replicas, replicas come and go with them, and nobody waits in vain.

#include "executor/front/service_front.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Records final : public ServiceRecorder {
 public:
  void arrived(ServiceId, const Request&) override { ++arrivals; }
  void ended(const RequestRecord& record) override { records.push_back(record); }
  void gave_tokens(ServiceId, const TokenGaps& gaps) override { tokens += gaps.requests; }
  void load(ServiceId, std::uint32_t, Time, const EngineLoad&) override {}

  int arrivals = 0;
  std::int64_t tokens = 0;
  std::vector<RequestRecord> records;
};

class Listener final : public AnswerListener {
 public:
  void gave(std::span<const GivenToken> tokens) override {
    for (const GivenToken& token : tokens) text += fmt::format("{} ", token.token);
  }
  void ended(FinishReason reason) override {
    text += reason == FinishReason::kStop ? "stop" : "length";
  }
  void failed(const std::string& why) override { text += "failed: " + why; }
  void began(Duration waited) override { text += fmt::format("began {} ", to_seconds(waited)); }

  std::string text;
};

/// The other end of the line, without an engine.
class FakeReplica {
 public:
  FakeReplica(zmq::context_t& context, JobId job, std::uint32_t generation)
      : socket_(context, zmq::socket_type::dealer) {
    socket_.set(zmq::sockopt::routing_id, replica_name({job, generation}));
    socket_.set(zmq::sockopt::linger, 0);
    socket_.connect("inproc://front");
    news.job = job;
    news.generation = generation;
  }
  void say(const std::string& message) {
    socket_.send(zmq::buffer(message), zmq::send_flags::none);
  }
  void tell() {
    say(to_cbor(news));
    news.is_ready = false;
    static_cast<StepOutcome&>(news) = {};
  }
  void ready() {
    news.is_ready = true;
    tell();
  }
  void give(RequestKey key, TokenId token) {
    news.given.push_back({key, {token, 0, {}}});
    tell();
  }
  void end(RequestKey key) {
    news.ended.push_back({key, FinishReason::kStop, 0, 0});
    tell();
  }
  /// "1 cancel-1", for all orders since it was last asked.
  std::string orders() {
    zmq::message_t message;
    while (socket_.recv(message, zmq::recv_flags::dontwait)) {
      for (const ReplicaOrder& order : replica_orders_of(message.to_string_view())) {
        orders_ += fmt::format("{}{}{}", orders_.empty() ? "" : " ", order.cancels ? "cancel-" : "",
                               order.key);
      }
    }
    return orders_;
  }

  ReplicaNews news;

 private:
  zmq::socket_t socket_;
  std::string orders_;
};

class ServiceFronts : public testing::Test {
 protected:
  ServiceFronts() {
    ServiceSettings& service = scenario_.services.emplace_back();
    service.name = "chat";
    service.context = 100;
    service.engine.max_sequences = 2;
    service.pool.least = 2;
    service.pool.most = 3;
  }
  static constexpr PrefixKey kKey{5, 6};
  ServiceSettings& service() { return scenario_.services[0]; }

  void open() {
    front_ = std::make_unique<ServiceFront>(
        ServiceFront::Parts{loop_, scenario_, records_, wishes_, [this] { return now_; }, 1, kKey},
        std::vector<ServedModel>(1));
    links_ = std::make_unique<ReplicaLinks>(
        loop_, context_, "inproc://front",
        ReplicaLinks::Listener{[this](const ReplicaNews& n) { front_->hear(n); },
                               [this](ReplicaIdentity replica, const std::string& cause) {
                                 front_->blame(replica, cause);
                               }});
    front_->connect(*links_);
    front_->open();
  }
  void turn() {
    loop_.restart();
    loop_.poll();
  }
  /// Messages take their time.
  template <class Condition>
  void until(Condition condition) {
    for (int i = 0; i < 5000 && !condition(); ++i) {
      turn();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_TRUE(condition());
  }
  /// "submit 0, submit 1", of all wishes since it was last asked.
  std::string wished() {
    std::string text;
    for (const ReplicaWish& wish : wishes_.take()) {
      constexpr const char* kKinds[] = {"submit", "finish", "withdraw", "break"};
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", kKinds[static_cast<int>(wish.kind)],
                          wish.replica.place);
    }
    return text;
  }
  /// The replica at a place gets devices, and says that it is ready.
  FakeReplica& start(std::uint32_t place, std::uint32_t generation = 1) {
    const JobId job{10 + place};
    front_->hear(ReplicaEvent{ReplicaEvent::Kind::kPlaced, {{0}, place}, job, generation, false});
    replicas_.push_back(std::make_unique<FakeReplica>(context_, job, generation));
    const std::int64_t before = front_->figures(0).replicas;
    replicas_.back()->ready();
    until([&] { return front_->figures(0).replicas > before; });
    return *replicas_.back();
  }
  void tell(ReplicaEvent::Kind kind, std::uint32_t place, bool has_failed = false,
            const std::string& how = "") {
    front_->hear(ReplicaEvent{kind, {{0}, place}, {10 + place}, 1, has_failed, how});
  }
  AnswerId ask(Listener& listener, std::uint32_t max_tokens = 5,
               const std::vector<TokenId>& prompt = {1, 2, 3}) {
    Generation generation;
    generation.prompt = prompt;
    generation.max_tokens = max_tokens;
    auto taken = front_->submit(0, std::move(generation), listener);
    EXPECT_TRUE(std::holds_alternative<AnswerId>(taken));
    return std::get<AnswerId>(taken);
  }
  Refusal::Why refused(std::uint32_t max_tokens) {
    Listener listener;
    Generation generation;
    generation.prompt = {1, 2, 3};
    generation.max_tokens = max_tokens;
    const auto taken = front_->submit(0, std::move(generation), listener);
    EXPECT_TRUE(std::holds_alternative<Refusal>(taken));
    return std::get<Refusal>(taken).why;
  }

  boost::asio::io_context loop_;
  zmq::context_t context_;
  Scenario scenario_;
  Records records_;
  Mailbox<ReplicaWish> wishes_{[] {}};
  Time now_;
  std::unique_ptr<ServiceFront> front_;
  std::unique_ptr<ReplicaLinks> links_;
  std::vector<std::unique_ptr<FakeReplica>> replicas_;
};

TEST_F(ServiceFronts, RequestsWaitForAReplicaAndGoWhereFewestAre) {
  open();
  EXPECT_EQ(wished(), "submit 0, submit 1");
  Listener first, second;
  ask(first);
  ask(second);
  EXPECT_EQ(front_->figures(0).waiting, 2);
  FakeReplica& one = start(0);
  until([&] { return one.orders() == "1 2"; });
  FakeReplica& two = start(1);
  Listener third;
  ask(third);
  until([&] { return two.orders() == "3"; });
}

TEST_F(ServiceFronts, TokensAreHeardAndRecorded) {
  open();
  FakeReplica& replica = start(0);
  Listener listener;
  const AnswerId id = ask(listener);
  now_ += std::chrono::seconds(2);
  replica.give(id, 7);
  until([&] { return listener.text == "7 "; });
  now_ += std::chrono::seconds(1);
  replica.give(id, 8);
  until([&] { return listener.text == "7 8 "; });
  replica.end(id);
  until([&] { return listener.text == "7 8 stop"; });
  ASSERT_EQ(records_.records.size(), 1U);
  const RequestRecord& record = records_.records[0];
  EXPECT_EQ(record.state, RequestState::kCompleted);
  EXPECT_EQ(record.first_token - record.arrival, std::chrono::seconds(2));
  EXPECT_EQ(record.last_token - record.arrival, std::chrono::seconds(3));
  EXPECT_EQ(record.prompt_tokens, 3U);
  EXPECT_EQ(record.output_tokens, 2U);
  EXPECT_EQ(records_.arrivals, 1);
  EXPECT_EQ(records_.tokens, 1) << "one gap between two tokens";
}

TEST_F(ServiceFronts, WhoHasSeenNothingIsAskedElsewhere) {
  open();
  FakeReplica& lost = start(0);
  Listener begun, waiting;
  const AnswerId id = ask(begun);
  ask(waiting);
  lost.give(id, 7);
  until([&] { return begun.text == "7 "; });
  tell(ReplicaEvent::Kind::kStopped, 0);
  EXPECT_EQ(begun.text, "7 failed: the replica that answered was lost");
  EXPECT_EQ(waiting.text, "");
  FakeReplica& other = start(1);
  until([&] { return other.orders() == "2"; });
  other.end(2);
  until([&] { return waiting.text == "stop"; });
  EXPECT_EQ(records_.records[0].state, RequestState::kFailed);
  EXPECT_EQ(records_.records[0].cause, "the replica that answered was lost");
  EXPECT_EQ(records_.records[1].state, RequestState::kCompleted);
  EXPECT_EQ(records_.records[1].cause, "");
}

TEST_F(ServiceFronts, NewsOfAnEarlierGenerationAreNotHeard) {
  open();
  FakeReplica& old = start(0);
  Listener listener;
  const AnswerId id = ask(listener);
  tell(ReplicaEvent::Kind::kStopped, 0);
  FakeReplica& young = start(0, 2);
  old.give(id, 7);
  young.give(id, 8);
  until([&] { return !listener.text.empty(); });
  EXPECT_EQ(listener.text, "8 ");
}

TEST_F(ServiceFronts, WhoIsCancelledIsNotHeardOfAgain) {
  open();
  FakeReplica& replica = start(0);
  Listener listener, other;
  const AnswerId id = ask(listener);
  ask(other);
  front_->cancel(id);
  until([&] { return replica.orders() == "1 2 cancel-1"; });
  replica.give(id, 7);
  replica.give(2, 9);
  until([&] { return other.text == "9 "; });
  EXPECT_EQ(listener.text, "");
  EXPECT_EQ(records_.records[0].state, RequestState::kCancelled);
  front_->cancel(id);  // Once more does nothing.
}

TEST_F(ServiceFronts, WhatCannotBeIsRefused) {
  open();
  EXPECT_EQ(refused(98), Refusal::Why::kNeverFits);
  std::vector<std::unique_ptr<Listener>> listeners;
  for (int i = 0; i < 4; ++i) ask(*listeners.emplace_back(std::make_unique<Listener>()));
  // Two replicas with two places each, and one may wait for each place.
  EXPECT_EQ(refused(5), Refusal::Why::kQueueFull);
  tell(ReplicaEvent::Kind::kGone, 0, true);
  EXPECT_EQ(listeners[3]->text, "failed: the service cannot run");
  EXPECT_EQ(refused(5), Refusal::Why::kNoService);
  EXPECT_EQ(records_.records[0].cause, "prompt and answer may have 100 tokens together, not 101");
  EXPECT_EQ(records_.arrivals, 7);
  EXPECT_EQ(records_.records.size(), 7U) << "each has an end, the refused ones too";
}

TEST_F(ServiceFronts, ClosesWhenAllIsAnswered) {
  open();
  wished();
  FakeReplica& replica = start(0);
  Listener listener;
  ask(listener);
  bool closed = false;
  front_->close([&] { closed = true; });
  EXPECT_EQ(wished(), "");
  replica.end(1);
  until([&] { return listener.text == "stop"; });
  EXPECT_EQ(wished(), "withdraw 1, finish 0") << "one never had devices";
  tell(ReplicaEvent::Kind::kGone, 1);
  EXPECT_FALSE(closed);
  tell(ReplicaEvent::Kind::kGone, 0);
  EXPECT_TRUE(closed);
}

TEST_F(ServiceFronts, GrowsAndShrinksAsItsAutoscalerWants) {
  service().pool.least = 1;
  service().pool.autoscale = {AutoscaleSettings::Signal::kUtilisation, 1,
                              std::chrono::milliseconds(5), Duration::zero()};
  open();
  EXPECT_EQ(wished(), "submit 0");
  FakeReplica& replica = start(0);
  Listener listeners[4];
  for (Listener& listener : listeners) ask(listener);
  std::string wishes;
  const auto wish = [&] {
    now_ += std::chrono::milliseconds(5);
    return wishes += wished();
  };
  until([&] { return wish() == "submit 1"; });
  start(1);
  for (RequestKey key = 1; key <= 4; ++key) replica.end(key);
  until([&] { return wish() == "submit 1finish 1"; });
}

TEST_F(ServiceFronts, AReplicaThatNobodyAskedToGoIsReplaced) {
  open();
  wished();
  start(0);
  tell(ReplicaEvent::Kind::kGone, 0);
  EXPECT_EQ(wished(), "submit 0");
}

TEST_F(ServiceFronts, AReplicaThatTalksNonsenseIsBrokenAndItsRequestsGoElsewhere) {
  open();
  wished();
  FakeReplica& mad = start(0);
  Listener begun, waiting;
  const AnswerId id = ask(begun);
  ask(waiting);
  mad.give(id, 7);
  until([&] { return begun.text == "7 "; });
  mad.say("nonsense");
  until([&] {
    return begun.text.starts_with("7 failed: the replica that answered was lost: not a");
  });
  const auto wishes = wishes_.take();
  ASSERT_EQ(wishes.size(), 1U);
  EXPECT_EQ(wishes[0].kind, ReplicaWish::Kind::kBreak);
  EXPECT_EQ(wishes[0].replica.place, 0U);
  EXPECT_EQ(wishes[0].generation, 1U);
  EXPECT_NE(wishes[0].cause, "");
  EXPECT_EQ(records_.records[0].cause, begun.text.substr(10));
  FakeReplica& other = start(1);
  until([&] { return other.orders() == "2"; });
  mad.say("more nonsense");
  mad.give(2, 8);
  other.give(2, 9);
  until([&] { return waiting.text == "9 "; });
  EXPECT_EQ(wished(), "") << "it is blamed once";
}

TEST_F(ServiceFronts, AReplicaSpeaksOnlyForItselfAndOfItsOwnRequests) {
  open();
  FakeReplica& one = start(0);
  FakeReplica& two = start(1);
  wished();
  Listener listener;
  ask(listener);  // Of replica 0.
  until([&] { return one.orders() == "1"; });
  two.give(1, 7);
  until([&] { return front_->figures(0).replicas == 1; });
  EXPECT_EQ(wished(), "break 1");
  EXPECT_EQ(listener.text, "");
  one.news.job = {99};
  one.tell();
  until([&] { return front_->figures(0).replicas == 0; });
  EXPECT_EQ(wished(), "break 0");
  FakeReplica& young = start(1, 2);
  young.end(77);
  until([&] { return front_->figures(0).replicas == 0; });
  EXPECT_EQ(wished(), "break 1") << "nobody has asked that";
}

TEST_F(ServiceFronts, ARequestUnderWhichReplicasBreakIsNotTriedForEver) {
  open();
  Listener poison, preempted;
  start(0);
  ask(poison);
  const auto lose = [&](std::uint32_t generation, bool broke) {
    tell(ReplicaEvent::Kind::kStopped, 0, broke, "it broke");
    if (poison.text.empty()) start(0, generation);
  };
  lose(2, true);
  lose(3, false);  // Preempted, which is nobody's fault.
  lose(4, true);
  EXPECT_EQ(poison.text, "");
  lose(5, true);
  EXPECT_EQ(poison.text, "failed: the replica that answered was lost: it broke");
}

TEST_F(ServiceFronts, WhileOthersServeAFailedReplicaIsNotTheEnd) {
  open();
  wished();
  start(0);
  Listener listener;
  tell(ReplicaEvent::Kind::kGone, 1, true, "no memory");
  ask(listener);
  EXPECT_EQ(listener.text, "");
  EXPECT_EQ(wished(), "") << "what cannot run is not tried again";
  tell(ReplicaEvent::Kind::kGone, 0, true, "no memory");
  EXPECT_EQ(listener.text, "failed: the service cannot run: no memory");
}

TEST_F(ServiceFronts, WhoWasTakenUpIsToldOnceHowLongItWaited) {
  open();
  FakeReplica& replica = start(0);
  Listener listener;
  const AnswerId id = ask(listener);
  replica.news.began = {{id, std::chrono::milliseconds(1500)}};
  replica.tell();
  until([&] { return listener.text == "began 1.5 "; });
  tell(ReplicaEvent::Kind::kStopped, 0);
  FakeReplica& young = start(0, 2);
  young.news.began = {{id, std::chrono::milliseconds(2500)}};
  young.give(id, 7);
  until([&] { return listener.text == "began 1.5 7 "; });
}

TEST_F(ServiceFronts, PrefixesAreFoundWhereTheyAreCached) {
  service().routing = Routing::kPrefixAffine;
  service().engine.prefix_caching = true;
  service().engine.block_tokens = 2;
  service().engine.max_sequences = 10;
  open();
  FakeReplica& one = start(0);
  FakeReplica& two = start(1);
  const std::vector<TokenId> prompt{1, 2, 3, 4, 5};
  Listener listeners[4];
  const auto hashes = prefix_hashes(kKey, prompt, 2);
  ASSERT_EQ(hashes.size(), 2U);
  two.news.prefixes = {{hashes[0], true}, {hashes[1], true}};
  two.tell();
  one.news.prefixes = {{hashes[0], true}};
  one.tell();
  two.news.waiting = 3;
  one.news.waiting = 4;
  two.tell();
  one.tell();
  until([&] { return front_->figures(0).waiting == 7; });
  for (int i = 0; i < 3; ++i) ask(listeners[i], 5, prompt);
  until([&] { return two.orders() == "1 2 3"; });
  two.news.prefixes = {{hashes[0], false}};
  two.news.waiting = 0;
  two.tell();
  until([&] { return front_->figures(0).waiting == 4; });
  ask(listeners[3], 5, prompt);
  until([&] { return one.orders() == "4"; });
}

TEST_F(ServiceFronts, AStaleViewIsOldAndNotEmpty) {
  service().staleness = std::chrono::seconds(1);
  service().engine.max_sequences = 10;
  open();
  FakeReplica& one = start(0);
  FakeReplica& two = start(1);
  Listener listeners[5];
  for (int i = 0; i < 3; ++i) ask(listeners[i]);  // By turns: nothing is known of any yet.
  now_ += std::chrono::seconds(2);
  for (int i = 3; i < 5; ++i) ask(listeners[i]);
  until([&] { return one.orders() == "1 3" && two.orders() == "2 4 5"; });
}

TEST_F(ServiceFronts, WhoGivesUpTellsEverybody) {
  open();
  start(0);
  Listener sent, other;
  ask(sent);
  ask(other);
  front_->give_up("the server has failed");
  EXPECT_EQ(sent.text, "failed: the server has failed");
  EXPECT_EQ(other.text, "failed: the server has failed");
  EXPECT_EQ(refused(5), Refusal::Why::kNoService);
}

}  // namespace
}  // namespace tandem
