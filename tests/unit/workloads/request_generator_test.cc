// Drawn requests against closed forms, and conversations against what a cache would see of them.

#include "workloads/requests/request_generator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "tests/unit/workloads/request_text.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

RequestSettings settings_of(std::uint64_t count) {
  RequestSettings settings;
  settings.count = count;
  settings.arrival = ArrivalShape{PoissonArrivals{2}};
  settings.lengths =
      SeparateLengths{Distribution(LogNormal::by_mean_cv(1000, 1)), Distribution(Exponential{200})};
  return settings;
}

std::vector<RequestArrival> drawn(const RequestSettings& settings, std::uint64_t seed = 1) {
  RequestGenerator generator(std::make_shared<const RequestSettings>(settings), seed);
  return all_of(generator);
}

bool operator==(const Request& a, const Request& b) {
  return a.id == b.id && a.tenant == b.tenant && a.session == b.session &&
         a.priority == b.priority && a.arrival == b.arrival && a.deadline == b.deadline &&
         a.prompt_tokens == b.prompt_tokens && a.output_limit == b.output_limit &&
         a.predicted_output == b.predicted_output && a.prefix == b.prefix;
}

TEST(RequestGenerator, HasTheMeansItWasGiven) {
  constexpr double kCount = 100'000;
  const auto requests = drawn(settings_of(100'000));
  ASSERT_EQ(requests.size(), 100'000U);
  double prompts = 0;
  double outputs = 0;
  for (const RequestArrival& arrival : requests) {
    prompts += arrival.request.prompt_tokens;
    outputs += arrival.output_tokens;
    EXPECT_TRUE(arrival.request.prefix.empty());
  }
  // Five standard errors. Rounding up from below 1/2 adds 1/200/8 tokens to the mean answer.
  EXPECT_NEAR(prompts / kCount, 1000, 5 * 1000 / std::sqrt(kCount));
  EXPECT_NEAR(outputs / kCount, 200, 5 * 200 / std::sqrt(kCount));
  EXPECT_NEAR(to_seconds(requests.back().request.arrival), kCount / 2, 5 * std::sqrt(kCount) / 2);
}

TEST(RequestGenerator, IsTheSameForASeedAndAnotherForAnother) {
  RequestSettings settings = settings_of(500);
  settings.system_prompt_tokens = 40;
  settings.sessions = SessionRule{Distribution(Exponential{3}), Distribution(Exponential{20})};
  settings.terms.prediction = RoughPrediction{0.5};
  const auto once = drawn(settings, 5);
  const auto again = drawn(settings, 5);
  const auto other = drawn(settings, 6);
  ASSERT_EQ(once.size(), again.size());
  std::size_t same = 0;
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_TRUE(once[i].request == again[i].request) << i;
    EXPECT_EQ(once[i].output_tokens, again[i].output_tokens) << i;
    same += once[i].request.arrival == other[i].request.arrival ? 1 : 0;
  }
  EXPECT_LT(same, 5U);
}

TEST(RequestGenerator, ChangesNoOtherDrawWithOneRule) {
  RequestSettings settings = settings_of(100);
  const auto before = drawn(settings);
  settings.terms.prediction = RoughPrediction{0.5};
  settings.priority = {{1, 2}, {1, 1}};
  settings.lengths =
      SeparateLengths{Distribution(LogNormal::by_mean_cv(1000, 1)), Distribution(Deterministic{7})};
  const auto after = drawn(settings);
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].request.arrival, after[i].request.arrival);
    EXPECT_EQ(before[i].request.prompt_tokens, after[i].request.prompt_tokens);
    EXPECT_EQ(after[i].output_tokens, 7U);
  }
}

TEST(RequestGenerator, CountsWhatItWillMake) {
  RequestSettings settings = settings_of(1000);
  settings.until = kStartOfTime + 100s;
  const auto shared = std::make_shared<const RequestSettings>(settings);
  RequestGenerator generator(shared, 3);
  const std::uint64_t count = generator.count();
  EXPECT_NEAR(static_cast<double>(count), 200, 75);
  const auto requests = all_of(generator);
  EXPECT_EQ(requests.size(), count);
  EXPECT_LE(requests.back().request.arrival, kStartOfTime + 100s);
}

TEST(RequestGenerator, DrawsRecordedPairsTogether) {
  RequestSettings settings = settings_of(2000);
  settings.lengths =
      std::make_shared<const std::vector<Lengths>>(std::vector<Lengths>{{10, 1}, {20, 2}, {30, 3}});
  std::map<std::uint32_t, int> counts;
  for (const RequestArrival& arrival : drawn(settings)) {
    EXPECT_EQ(arrival.request.prompt_tokens, 10 * arrival.output_tokens);
    ++counts[arrival.output_tokens];
  }
  for (const auto& [length, count] : counts) EXPECT_NEAR(count, 2000 / 3.0, 106) << length;
}

TEST(RequestGenerator, FollowsAClientThroughItsWindows) {
  RequestSettings settings;
  settings.arrival =
      ClientRule{std::make_shared<const std::vector<ClientWindow>>(std::vector<ClientWindow>{
                     {kStartOfTime, 100s, 1}, {kStartOfTime + 100s, 100s, 3}}),
                 10};
  settings.lengths = std::make_shared<const std::vector<LengthWindow>>(
      std::vector<LengthWindow>{{kStartOfTime, WeightedChoice(1U), WeightedChoice(2U)},
                                {kStartOfTime + 150s, WeightedChoice(3U), WeightedChoice(4U)}});
  settings.start = kStartOfTime + 7s;
  RequestGenerator generator(std::make_shared<const RequestSettings>(settings), 1);
  EXPECT_EQ(generator.count(), 400U);
  const auto requests = all_of(generator);
  ASSERT_EQ(requests.size(), 400U);
  EXPECT_LE(requests[99].request.arrival, kStartOfTime + 17s);
  EXPECT_GE(requests[100].request.arrival, kStartOfTime + 17s);
  EXPECT_LE(requests.back().request.arrival, kStartOfTime + 27s);
  for (const RequestArrival& arrival : requests) {
    const bool is_late = arrival.request.arrival >= kStartOfTime + 22s;
    EXPECT_EQ(arrival.request.prompt_tokens, is_late ? 3U : 1U);
  }
}

RequestSettings conversations() {
  RequestSettings settings;
  settings.count = 2000;
  settings.arrival = ArrivalShape{PoissonArrivals{1}};
  settings.lengths =
      SeparateLengths{Distribution(Uniform{0.5, 100.5}), Distribution(Exponential{50})};
  settings.system_prompt_tokens = 100;
  settings.sessions = SessionRule{Distribution(Deterministic{4}), Distribution(Exponential{30})};
  settings.tenant = {{TenantId{0}, TenantId{1}}, {1, 1}};
  return settings;
}

TEST(Sessions, RepeatWhatWasSaid) {
  struct Talk {
    int turns = 0;
    std::uint32_t known = 100;
    Time last;
    TenantId tenant;
  };
  std::map<SessionId, Talk> talks;
  Time last = kStartOfTime;
  for (const RequestArrival& arrival : drawn(conversations())) {
    const Request& request = arrival.request;
    EXPECT_GE(request.arrival, last);
    last = request.arrival;
    EXPECT_GT(request.session, SessionId{});
    Talk& talk = talks[request.session];
    if (talk.turns == 0) talk.tenant = request.tenant;
    EXPECT_EQ(request.tenant, talk.tenant);
    EXPECT_GT(request.prompt_tokens, talk.known);
    EXPECT_LE(request.prompt_tokens, talk.known + 100);
    talk.known = request.prompt_tokens + arrival.output_tokens;
    ++talk.turns;
    EXPECT_LE(talk.turns, 4);
  }
  EXPECT_GT(talks.size(), 490U);
}

TEST(Sessions, ShareTheirPrefixesAndNothingElse) {
  const RequestSettings settings = conversations();
  RequestGenerator generator(std::make_shared<const RequestSettings>(settings), 1);
  EXPECT_EQ(generator.prefix_block_tokens(), 16U);
  std::map<SessionId, std::uint32_t> prompts;  // The last prompt of each.
  std::set<PrefixHash> seen;
  for (const RequestArrival& arrival : all_of(generator)) {
    const Request& request = arrival.request;
    ASSERT_EQ(request.prefix.size(), (request.prompt_tokens + 15) / 16);
    std::size_t known = 0;
    while (known < request.prefix.size() && seen.contains(request.prefix[known])) ++known;
    // Whole blocks of the system prompt once anybody came; of the last prompt once this one did.
    const auto before = prompts.find(request.session);
    const std::uint32_t shared = before != prompts.end() ? before->second : seen.empty() ? 0 : 100;
    EXPECT_EQ(known, shared / 16);
    seen.insert(request.prefix.begin(), request.prefix.end());
    prompts[request.session] = request.prompt_tokens;
  }
}

TEST(Sessions, EndWhereTheContextDoes) {
  RequestSettings settings = conversations();
  settings.terms.limits.context = 300;
  settings.sessions->turns = Distribution(Deterministic{1000});
  RequestGenerator generator(std::make_shared<const RequestSettings>(settings), 1);
  const auto requests = all_of(generator);
  EXPECT_EQ(requests.size(), 2000U);
  for (const RequestArrival& arrival : requests) {
    EXPECT_LE(arrival.request.prompt_tokens + arrival.output_tokens, 300U);
    EXPECT_EQ(arrival.request.output_limit, 300U - arrival.request.prompt_tokens);
    EXPECT_GE(arrival.output_tokens, 1U);
  }
  EXPECT_GT(generator.cut_prompts(), 0U);
  EXPECT_GT(generator.cut_answers(), 0U);
}

}  // namespace
}  // namespace tandem
