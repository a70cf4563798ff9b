// What goes wrong in the front's thread ends the run, not the program, and nobody waits in vain.

#include "executor/front/front_thread.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

namespace tandem {
namespace {

using namespace std::chrono_literals;

/// Two requests, and then a trace that cannot be read.
class Damaged final : public RequestSource {
 public:
  bool next(RequestArrival& next) override {
    if (given_++ == 2) throw std::runtime_error("trace.csv:4: no number");
    next.request.prompt_tokens = 4;
    next.output_tokens = 1;
    return true;
  }
  std::uint64_t count() const override { return 3; }

 private:
  int given_ = 0;
};

class Ends final : public ServiceRecorder {
 public:
  void arrived(ServiceId, const Request&) override {}
  void ended(const RequestRecord& record) override { causes += record.cause + "; "; }
  void gave_tokens(ServiceId, const TokenGaps&) override {}
  void load(ServiceId, std::uint32_t, Time, const EngineLoad&) override {}
  std::string causes;
};

class FrontThreads : public testing::Test {
 protected:
  FrontThreads() {
    model_.vocabulary = 100;
    ServiceSettings& service = scenario_.services.emplace_back();
    service.name = "chat";
    service.model = &model_;
    service.context = 100;
    service.requests = [](std::uint64_t) { return std::make_unique<Damaged>(); };
  }
  FrontThread::Parts parts() {
    return {.scenario = scenario_,
            .models = std::vector<ServedModel>(1),
            .recorder = ends_,
            .context = context_,
            .endpoint = "inproc://front",
            .now = [] { return kStartOfTime; },
            .wishes = wishes_,
            .prefix_key = {},
            .failed = [this](const std::string& why) { failed_.set_value(why); }};
  }

  Architecture model_;
  Scenario scenario_;
  Ends ends_;
  zmq::context_t context_;
  Mailbox<ReplicaWish> wishes_{[] {}};
  std::promise<std::string> failed_;
};

TEST_F(FrontThreads, WhatCannotBeHandledIsToldAndEndsAllRequests) {
  FrontThread front(parts());
  front.play(1, [] {});
  auto failed = failed_.get_future();
  ASSERT_EQ(failed.wait_for(20s), std::future_status::ready);
  EXPECT_EQ(failed.get(), "trace.csv:4: no number");
  EXPECT_EQ(ends_.causes, "the server has failed: trace.csv:4: no number; ");
}

TEST_F(FrontThreads, WhoOnlyPlaysLeavesAtOnce) {
  scenario_.services.clear();
  FrontThread front(parts());
  front.play(1, [] {});
  std::promise<void> closed;
  front.leave(1h, [&] { closed.set_value(); });
  EXPECT_EQ(closed.get_future().wait_for(20s), std::future_status::ready);
}

}  // namespace
}  // namespace tandem
