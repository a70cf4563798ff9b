// The queue against a plain list that is sorted by rank whenever it is asked.

#include "policies/core/queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "policies/core/queue_walk.h"
#include "policies/parts.h"
#include "tests/support/random.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

struct Waiting {
  Claim claim;
  Duration estimate{};
  Demand demand;
  bool ahead = false;
};

class Model {
 public:
  explicit Model(const Order& order) : order_(order) {}
  std::map<std::uint32_t, Waiting> jobs;

  /// The first that `admits` lets through.
  template <class Admits>
  std::optional<JobId> first(Time now, Admits admits) const {
    const Waiting* best = nullptr;
    for (const auto& [id, job] : jobs) {
      if (admits(job) && (best == nullptr || before(job, *best, now))) best = &job;
    }
    return best == nullptr ? std::nullopt : std::optional(JobId{best->claim.id});
  }
  std::vector<JobId> in_order(Time now) const {
    std::vector<JobId> order;
    for (const auto& [id, job] : jobs) order.push_back({id});
    std::ranges::sort(
        order, [&](JobId a, JobId b) { return before(jobs.at(a.value), jobs.at(b.value), now); });
    return order;
  }

 private:
  bool before(const Waiting& a, const Waiting& b, Time now) const {
    const auto key = [&](const Waiting& job) {
      return std::tuple(!job.ahead, job.ahead ? 0 : order_.rank(job.claim, now),
                        job.claim.submitted, job.claim.id);
    };
    return key(a) < key(b);
  }
  const Order& order_;
};

/// The first of a tenant comes before its others, wherever these are.
void expect_heads(const Queue& queue, const Model& model, Time now) {
  std::set<TenantId> heard;
  for (const JobId head : queue.heads()) {
    const TenantId tenant = model.jobs.at(head.value).claim.tenant;
    if (!heard.insert(tenant).second) continue;
    const auto is_next = [&](const Waiting& job) {
      return heard.count(job.claim.tenant) == 0 || job.claim.tenant == tenant;
    };
    ASSERT_EQ(head, *model.first(now, is_next));
  }
  const auto is_missed = [&](const Waiting& job) { return heard.count(job.claim.tenant) == 0; };
  ASSERT_FALSE(model.first(now, is_missed));
}

/// Walks from the first and from somewhere, over all jobs and over the short ones; a few in order.
void expect_walks(const Queue& queue, const Model& model, Time now, Random& random) {
  std::vector<JobId> jobs = model.in_order(now);
  const std::size_t start = random.below(static_cast<std::uint32_t>(jobs.size()));
  QueueWalk all(queue);
  QueueWalk behind(queue, queue.position(jobs[start]));
  QueueWalk shorter(queue);
  Duration limit = seconds(4);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    ASSERT_EQ(all.next(), jobs[i]);
    ASSERT_EQ(all.position(), queue.position(jobs[i]));
    if (i > start) {
      ASSERT_EQ(behind.next(), jobs[i]);
    }
    if (model.jobs.at(jobs[i].value).estimate > limit) continue;
    ASSERT_EQ(shorter.next([&](std::uint32_t) { return limit; }), jobs[i]);
    if (random.chance(20)) limit -= seconds(1);
  }
  ASSERT_FALSE(all.next() || behind.next());
  ASSERT_FALSE(shorter.next([&](std::uint32_t) { return limit; }));
  const std::vector<JobId> sorted = jobs;
  std::ranges::reverse(jobs);
  queue.put_in_order(jobs);
  ASSERT_EQ(jobs, sorted);
}

/// Whoever left is passed over; that lanes have moved since is not seen.
void expect_rest(const Queue& queue, QueueWalk& walk, const std::vector<JobId>& order) {
  for (const JobId job : order) {
    if (queue.contains(job)) {
      ASSERT_EQ(walk.next(), job);
    }
  }
  ASSERT_FALSE(walk.next());
}

/// Of any kind, but new.
Waiting random_job(std::uint32_t id, Random& random, Time now) {
  const auto some_seconds = [&] { return seconds(static_cast<double>(random.between(0, 5))); };
  Waiting job;
  job.claim.id = id;
  job.claim.tenant = {random.below(3)};
  job.claim.priority = random.between(0, 3);
  job.claim.submitted = job.claim.eligible = job.claim.since = now;
  job.claim.size = some_seconds();
  if (random.chance(30)) job.claim.done = some_seconds();
  if (random.chance(50)) job.claim.deadline = now + some_seconds();
  job.claim.qos_ppm = random.below(4) * 300'000;
  job.claim.critical_path = some_seconds();
  job.claim.devices = 1 + random.below(3);
  job.claim.device_thousandths = std::uint64_t{job.claim.devices} * kWholeDevice;
  job.claim.cpus = {500 * random.between(0, 3)};
  job.estimate = job.claim.size;
  job.demand.devices = job.claim.devices;
  job.ahead = random.chance(10);
  return job;
}

/// Random arrivals, starts, ends and looks at growing times; the queues must agree with the model.
void compare(Order& order, std::uint64_t seed) {
  Random random(seed);
  Queue queue(order, Queue::Apart::kShapes);
  Queue by_tenant(order, Queue::Apart::kTenants);
  Model model(order);
  std::vector<Claim> running;
  Time now;
  const auto move_lane = [&](const Claim& claim) {
    if (!order.moves_when_served()) return;
    queue.move_lane(order.standing(claim, now).lane, now);
    by_tenant.move_lane(order.standing(claim, now).lane, now);
  };
  for (std::uint32_t id = 0; id < 150; ++id) {
    now += seconds(static_cast<double>(random.between(0, 3)));
    const Waiting job = random_job(id, random, now);
    model.jobs[id] = job;
    order.waits(job.claim, now);
    queue.insert(job.claim, job.estimate, job.demand, job.ahead, now);
    by_tenant.insert(job.claim, job.estimate, job.demand, job.ahead, now);
    if (random.chance(50)) continue;
    if (random.chance(50)) now += seconds(1);
    if (running.size() > 3) {
      Claim& ended = running[random.below(4)];
      order.unserved(ended, now);
      order.finished(ended, now);
      move_lane(ended);
      ended = running.back();
      running.pop_back();
    }

    queue.refresh(now);
    by_tenant.refresh(now);
    const auto first = model.first(now, [](const Waiting&) { return true; });
    ASSERT_EQ(queue.first(), *first) << "seed " << seed << " job " << id;
    ASSERT_EQ(by_tenant.first(), *first) << "seed " << seed << " job " << id;
    ASSERT_EQ(queue.in_order(), model.in_order(now)) << "seed " << seed << " job " << id;
    expect_heads(by_tenant, model, now);
    expect_walks(queue, model, now, random);
    QueueWalk walk(queue);
    const std::vector<JobId> walked = queue.in_order();
    std::map<std::uint32_t, Duration> limits;  // By devices.
    std::vector<Queue::Candidate> candidates;
    for (const std::uint32_t shape : queue.waiting_shapes()) {
      if (random.chance(30)) continue;
      const Duration limit = seconds(static_cast<double>(random.between(0, 5)));
      limits[queue.demand(shape).devices] = limit;
      candidates.push_back({shape, limit});
    }
    const auto among = model.first(now, [&](const Waiting& waiting) {
      const auto limit = limits.find(waiting.demand.devices);
      return limit != limits.end() && waiting.estimate <= limit->second;
    });
    ASSERT_EQ(queue.first_among(candidates), among) << "seed " << seed << " job " << id;
    const JobId leaves = random.chance(50) || !among ? *first : *among;
    Claim claim = model.jobs.at(leaves.value).claim;
    order.waits_no_more(claim, now);
    queue.erase(leaves);
    by_tenant.erase(leaves);
    model.jobs.erase(leaves.value);
    ASSERT_EQ(queue.size(), model.jobs.size());
    claim.is_served = true;
    claim.since = now;
    order.served(claim, now);
    move_lane(claim);
    running.push_back(claim);
    // Within a step, too, a start may have moved lanes.
    for (Queue* q : {&queue, &by_tenant}) q->refresh(now);
    expect_rest(queue, walk, walked);
    if (queue.empty()) continue;
    const auto next = model.first(now, [](const Waiting&) { return true; });
    ASSERT_EQ(queue.first(), *next) << "seed " << seed << " job " << id;
  }
}

struct Named {
  std::string order;
  std::map<std::string, std::string> values;
};

class EveryOrder : public testing::TestWithParam<Named> {};

TEST_P(EveryOrder, QueueAgreesWithSorting) {
  Tenants tenants;
  tenants.add("a", {}, 1);
  tenants.add("b", {}, 2);
  tenants.add("c", {}, 3);
  const Cluster cluster = nodes(2, 4);
  const Models models;
  const auto part = std::ranges::find_if(
      order_parts(), [](const auto& p) { return p.info.name == GetParam().order; });
  for (std::uint64_t seed = 1; seed <= seeds(100); ++seed) {
    compare(*part->make(Settings(part->info, GetParam().values), {cluster, tenants, models}), seed);
  }
}

std::vector<Named> every_order() {
  std::vector<Named> orders;
  for (const auto& part : order_parts()) orders.push_back({part.info.name, {}});
  const std::vector<Named> variants{
      {"priority-aging", {{"weight", "2"}, {"max_age", "20s"}}},
      {"sjf", {{"size", "predicted"}}},
      {"las", {{"quantum", "3s"}}},
      {"2d-las", {{"thresholds", "2s/5s"}, {"promote", "3"}}},
      {"gittins", {{"period", "20s"}, {"history", "10"}, {"quantum", "2s"}}},
      {"gittins", {{"services", "2s/5s/9s"}, {"quantum", "1s"}}},
      {"fair-share", {{"half_life", "30s"}, {"calc_period", "0s"}}},
      {"fair-share", {{"half_life", "30s"}, {"calc_period", "7s"}}},
      {"fair-share", {{"algorithm", "fair-tree"}, {"half_life", "30s"}, {"calc_period", "0s"}}},
      {"fair-share", {{"algorithm", "fair-tree"}, {"half_life", "30s"}, {"calc_period", "7s"}}},
      {"multifactor", {{"max_age", "20s"}, {"w_age", "5"}, {"w_qos", "4"}, {"calc_period", "7s"}}},
      {"multifactor", {{"max_age", "20s"}, {"w_size", "4"}, {"w_fair_share", "0"}}}};
  orders.insert(orders.end(), variants.begin(), variants.end());
  return orders;
}

INSTANTIATE_TEST_SUITE_P(All, EveryOrder, testing::ValuesIn(every_order()));

}  // namespace
}  // namespace tandem
