#include "policies/serving/router.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "sim/check/listed_scenario.h"
#include "sim/serving/replica.h"
#include "tests/support/engine_run.h"

namespace tandem {
namespace {

/// Replicas with an engine each, all of which take requests.
class Routers : public testing::Test {
 protected:
  void add_replicas(std::size_t count) {
    while (replicas_.size() < count) {
      Replica& replica = replicas_.emplace_back();
      replica.state = Replica::State::kReady;
      replica.engines.push_back(engine());
    }
  }
  std::unique_ptr<ServingEngine> engine() {
    ServingEngine::Settings settings;
    settings.engine.kv_blocks = 100'000;
    settings.engine.prefix_caching = true;
    settings.engine.hash_tokens = settings.engine.block_tokens;
    return std::make_unique<ServingEngine>(settings, make_batch_policy("fifo", tenants_), cost_,
                                           heard_);
  }
  Routers() { tenants_.add("default"); }

  static Request request(std::uint32_t session = 0, std::vector<PrefixHash> prefix = {}) {
    Request request;
    request.session = {session};
    request.prompt_tokens = 16;
    request.output_limit = 1000;
    request.prefix = std::move(prefix);
    return request;
  }
  void give(std::size_t replica, const Request& request, std::uint32_t output = 1000) {
    replicas_[replica].engines[0]->submit({.arrival = {request, output}}, at_second(0));
    std::vector<ServedRequest> ended;
    replicas_[replica].engines[0]->advance(at_second(0), ended);
  }
  /// The choices for so many requests, each of which goes where it is sent to.
  std::string choices(Router& router, int count, Time now = at_second(0)) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      const auto chosen = router.choose(request(), ReplicaList(replicas_), now);
      text += chosen ? std::to_string(*chosen) : "-";
      if (chosen) give(*chosen, request());
    }
    return text;
  }

  Tenants tenants_;
  PlainCost cost_;
  Heard heard_;
  std::vector<Replica> replicas_;
};

TEST_F(Routers, RoundRobinGoesRoundAndPassesOverWhoTakesNone) {
  add_replicas(3);
  Router router(Routing::kRoundRobin, {});
  EXPECT_EQ(choices(router, 5), "01201");
  replicas_[2].state = Replica::State::kDraining;
  EXPECT_EQ(choices(router, 3), "010");
  replicas_[0].state = Replica::State::kGone;
  replicas_[1].state = Replica::State::kWaiting;
  EXPECT_EQ(choices(router, 1), "-");
}

TEST_F(Routers, NobodyThereIsNoChoice) {
  for (const Routing routing :
       {Routing::kRoundRobin, Routing::kLeastOutstanding, Routing::kLeastTokens,
        Routing::kPrefixAffine, Routing::kSessionSticky}) {
    Router router(routing, {});
    EXPECT_FALSE(router.choose(request(1, {5}), ReplicaList(replicas_), at_second(0)));
  }
}

TEST_F(Routers, LeastOutstandingCountsRequestsAndGoesRoundAmongEquals) {
  add_replicas(3);
  Router router(Routing::kLeastOutstanding, {});
  give(0, request());
  give(0, request());
  EXPECT_EQ(choices(router, 5), "12120");
}

TEST_F(Routers, LeastTokensCountsThoseThatStepsUnderWayHaveGiven) {
  add_replicas(2);
  cost_.step_ps = 10'000'000'000;  // 10 ms, and nothing else takes time.
  cost_.prefill_token_ps = cost_.pair_ps = cost_.request_ps = cost_.context_ps = 0;
  Router router(Routing::kLeastTokens, {});
  give(0, request());
  // By 1 s it has 17 tokens from its first step, and 98 steps that ended since; the other has 66.
  std::vector<ServedRequest> ended;
  replicas_[0].engines[0]->advance(at_second(0.01), ended);
  Request large = request();
  large.prompt_tokens = 66;
  give(1, large);
  EXPECT_EQ(router.choose(request(), ReplicaList(replicas_), at_second(0.02)), 0U);
  EXPECT_EQ(replicas_[0].tokens(at_second(1)), 17 + 98);
  EXPECT_EQ(router.choose(request(), ReplicaList(replicas_), at_second(1)), 1U);
}

TEST_F(Routers, SeesOnlyWhatIsOldEnough) {
  add_replicas(2);
  Router router(Routing::kLeastOutstanding, seconds(5));
  const auto tell = [&](std::size_t replica, double at) {
    router.changed(replica, ReplicaList(replicas_), at_second(at));
  };
  give(0, request());
  tell(0, 1);
  give(0, request());
  tell(0, 2);
  give(1, request());
  tell(1, 1);
  const auto chosen = [&](double at) {
    Router copy = router;
    return *copy.choose(request(), ReplicaList(replicas_), at_second(at));
  };
  EXPECT_EQ(chosen(5), 0U);  // Nothing is known of either: the first.
  EXPECT_EQ(chosen(6), 0U);  // One each.
  EXPECT_EQ(chosen(7), 1U);
  // Another replica in the first one's place is known to be empty.
  router.appeared(0);
  EXPECT_EQ(chosen(7), 0U);
}

TEST_F(Routers, PrefixGoesWhereItIsKnownUnlessThatIsFarBusier) {
  add_replicas(3);
  Router router(Routing::kPrefixAffine, {});
  const std::vector<PrefixHash> prefix{1, 2, 3, 4};
  Request known = request(0, prefix);
  known.prompt_tokens = 64;
  give(1, known);
  EXPECT_EQ(router.choose(known, ReplicaList(replicas_), at_second(0)), 1U);
  // 64 more than the idlest and above 1.5 times as many: still its own.
  while (replicas_[1].outstanding() < 64) give(1, request());
  EXPECT_EQ(router.choose(known, ReplicaList(replicas_), at_second(0)), 1U);
  give(1, request());
  EXPECT_NE(router.choose(known, ReplicaList(replicas_), at_second(0)), 1U);
  // 65 more, but not above 1.5 times as many.
  for (const std::size_t other : {0U, 2U}) {
    while (replicas_[other].outstanding() < 130) give(other, request());
  }
  while (replicas_[1].outstanding() < 195) give(1, request());
  EXPECT_EQ(router.choose(known, ReplicaList(replicas_), at_second(0)), 1U);
  // Nobody knows this one: the least busy.
  EXPECT_NE(router.choose(request(0, {9, 10}), ReplicaList(replicas_), at_second(0)), 1U);
  replicas_[1].state = Replica::State::kDraining;
  EXPECT_NE(router.choose(known, ReplicaList(replicas_), at_second(0)), 1U);
}

TEST_F(Routers, SessionsStayAndOnlyThoseOfWhoGoesMove) {
  add_replicas(5);
  Router router(Routing::kSessionSticky, {});
  const auto places = [&] {
    std::vector<std::size_t> chosen;
    for (std::uint32_t session = 1; session <= 1000; ++session) {
      chosen.push_back(*router.choose(request(session), ReplicaList(replicas_), at_second(0)));
    }
    return chosen;
  };
  const auto before = places();
  EXPECT_EQ(places(), before);
  for (std::size_t replica = 0; replica < 5; ++replica) {
    // Binomial with 1000 draws of 1/5: 200, and 13 of standard deviation.
    EXPECT_NEAR(static_cast<double>(std::ranges::count(before, replica)), 200, 65);
  }
  replicas_[3].state = Replica::State::kDraining;
  const auto after = places();
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == 3) {
      EXPECT_NE(after[i], 3U);
    } else {
      EXPECT_EQ(after[i], before[i]);
    }
  }
  replicas_[3].state = Replica::State::kReady;
  EXPECT_EQ(places(), before);
}

TEST_F(Routers, WithoutASessionTheLeastBusyIsChosen) {
  add_replicas(2);
  Router router(Routing::kSessionSticky, {});
  give(0, request());
  EXPECT_EQ(choices(router, 3), "101");
}

}  // namespace
}  // namespace tandem
