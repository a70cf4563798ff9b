// The queue against a plain list that is sorted by rank whenever it is asked.

#include "policies/core/queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include "policies/orders/fair_share.h"
#include "policies/orders/fifo.h"
#include "policies/orders/job_size.h"
#include "policies/orders/priority_aging.h"
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

/// Random arrivals, departures and looks at growing times; both must always agree.
void compare(Order& order, std::uint64_t seed,
             const std::function<void(const Claim&, Time)>& serve) {
  Random random(seed);
  Queue queue(order, Queue::Apart::kShapes);
  Queue shapeless(order, Queue::Apart::kTenants);
  Model model(order);
  Time now;
  for (std::uint32_t id = 0; id < 150; ++id) {
    now += seconds(static_cast<double>(random.between(0, 3)));
    Waiting job;
    job.claim.id = id;
    job.claim.tenant = {random.below(3)};
    job.claim.priority = random.between(0, 3);
    job.claim.submitted = job.claim.eligible = now;
    job.claim.size = seconds(static_cast<double>(random.between(0, 5)));
    job.claim.devices = 1 + random.below(3);
    job.claim.device_thousandths = std::uint64_t{job.claim.devices} * kWholeDevice;
    job.estimate = job.claim.size;
    job.demand.devices = job.claim.devices;
    job.ahead = random.chance(10);
    model.jobs[id] = job;
    queue.insert(job.claim, job.estimate, job.demand, job.ahead, now);
    shapeless.insert(job.claim, job.estimate, job.demand, job.ahead, now);
    if (random.chance(50)) continue;
    if (random.chance(50)) now += seconds(1);

    queue.refresh(now);
    shapeless.refresh(now);
    const auto first = model.first(now, [](const Waiting&) { return true; });
    ASSERT_EQ(queue.first(), *first) << "seed " << seed << " job " << id;
    ASSERT_EQ(shapeless.first(), *first) << "seed " << seed << " job " << id;
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
    serve(model.jobs.at(leaves.value).claim, now);
    model.jobs.erase(leaves.value);
    queue.erase(leaves);
    shapeless.erase(leaves);
    ASSERT_EQ(queue.size(), model.jobs.size());
  }
}

void nothing(const Claim&, Time) {}

TEST(Queue, AgreesWithSortingForFifo) {
  Fifo order;
  for (std::uint64_t seed = 1; seed <= seeds(100); ++seed) compare(order, seed, nothing);
}

TEST(Queue, AgreesWithSortingForJobSize) {
  JobSize order(JobSize::First::kLongest, JobSize::Size::kEstimate);
  for (std::uint64_t seed = 1; seed <= seeds(100); ++seed) compare(order, seed, nothing);
}

TEST(Queue, AgreesWithSortingForPriorityAging) {
  PriorityAging order(2, std::chrono::seconds{20});
  for (std::uint64_t seed = 1; seed <= seeds(200); ++seed) compare(order, seed, nothing);
}

TEST(Queue, AgreesWithSortingForFairShare) {
  Tenants tenants;
  tenants.add("a", {}, 1);
  tenants.add("b", {}, 2);
  tenants.add("c", {}, 3);
  for (const auto algorithm : {FairShare::Algorithm::kClassic, FairShare::Algorithm::kFairTree}) {
    for (const int period_s : {0, 7}) {
      for (std::uint64_t seed = 1; seed <= seeds(100); ++seed) {
        FairShare order(tenants,
                        {algorithm, std::chrono::seconds{30}, std::chrono::seconds{period_s}, 1});
        compare(order, seed, [&](const Claim& claim, Time now) { order.served(claim, now); });
      }
    }
  }
}

}  // namespace
}  // namespace tandem
