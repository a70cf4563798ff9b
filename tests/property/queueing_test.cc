// Results of queueing theory that a simulation must meet (reference.md, section 1). Mean service is
// one second.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "tests/support/random.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

constexpr std::uint64_t kJobs = seeds(400'000);

/// Poisson arrivals. `classes`: how many base priorities, drawn at equal odds.
std::vector<JobRow> rows(double rate, bool deterministic, int classes, std::uint64_t seed) {
  boost::random::mt19937_64 stream(seed);
  boost::random::exponential_distribution<double> gaps(rate);
  boost::random::exponential_distribution<double> lengths(1);
  std::vector<JobRow> rows(kJobs);
  double now = 0;
  for (JobRow& row : rows) {
    now += gaps(stream);
    row.submit_s = now;
    row.run_s = deterministic ? 1 : lengths(stream);
    row.priority = static_cast<std::int64_t>(stream() >> 32) % classes;
  }
  return rows;
}

/// Waits by base priority.
class Waits final : public Recorder {
 public:
  void begin_run(const RunHeader&) override {}
  void begin_step(Time now) override { now_ = now; }
  void event(const Event& event) override {
    if (const auto* submitted = std::get_if<Submitted>(&event)) jobs_.push_back(submitted->job);
  }
  void action(const Action& action) override {
    const Job& job = jobs_[std::get<Start>(action).job.value];
    of[static_cast<std::size_t>(job.priority)].push_back(to_seconds(now_ - job.submitted));
  }
  std::vector<std::vector<double>> of{2};

 private:
  Time now_;
  std::vector<Job> jobs_;
};

/// Times in system by base priority, in the order in which jobs end.
class Stays final : public Recorder {
 public:
  void begin_run(const RunHeader&) override {}
  void begin_step(Time now) override { now_ = now; }
  void event(const Event& event) override {
    if (const auto* submitted = std::get_if<Submitted>(&event)) jobs_.push_back(submitted->job);
    const auto* finished = std::get_if<Finished>(&event);
    if (finished == nullptr) return;
    const Job& job = jobs_[finished->job.value];
    of[static_cast<std::size_t>(job.priority)].push_back(to_seconds(now_ - job.submitted));
  }
  void action(const Action&) override {}
  std::vector<std::vector<double>> of{2};

 private:
  Time now_;
  std::vector<Job> jobs_;
};

/// Wants the 99 % interval of the mean, from the means of 20 batches, to hold `expected`.
void expect_mean(const std::vector<double>& waits, double expected) {
  constexpr std::size_t kBatches = 20;
  const std::size_t size = waits.size() / (kBatches + 1);  // The first is for warming up.
  double sum = 0;
  double squares = 0;
  for (std::size_t batch = 1; batch <= kBatches; ++batch) {
    double mean = 0;
    for (std::size_t i = 0; i < size; ++i) mean += waits[batch * size + i] / double(size);
    sum += mean;
    squares += mean * mean;
  }
  const double mean = sum / kBatches;
  const double variance = (squares - kBatches * mean * mean) / (kBatches - 1);
  const boost::math::students_t distribution(kBatches - 1);
  const double half = boost::math::quantile(distribution, 0.995) * std::sqrt(variance / kBatches);
  EXPECT_NEAR(mean, expected, half);
  EXPECT_LT(half, 0.5 * expected) << "an interval that holds everything says nothing";
}

Waits waits(const std::vector<JobRow>& jobs, std::uint32_t servers,
            const std::string& policy = "fifo") {
  Waits recorder;
  run(scenario_of(nodes(1, servers), jobs), policy, &recorder);
  return recorder;
}

Stays stays(const std::vector<JobRow>& jobs, const std::string& policy) {
  Stays recorder;
  run(scenario_of(nodes(1, 1), jobs), policy, &recorder);
  return recorder;
}

/// The mean without the first so many: those of a warm-up.
double mean(const std::vector<double>& values, std::ptrdiff_t warm_up = 0) {
  return std::accumulate(values.begin() + warm_up, values.end(), 0.0) /
         static_cast<double>(std::ssize(values) - warm_up);
}

TEST(Queueing, OneServer) { expect_mean(waits(rows(0.8, false, 1, 1), 1).of[0], 4); }

TEST(Queueing, FourServers) { expect_mean(waits(rows(3.2, false, 1, 2), 4).of[0], 0.745541); }

TEST(Queueing, SixteenServers) { expect_mean(waits(rows(14.4, false, 1, 3), 16).of[0], 0.369590); }

TEST(Queueing, DeterministicService) { expect_mean(waits(rows(0.8, true, 1, 4), 1).of[0], 2); }

TEST(Queueing, TwoClassesWithoutPreemption) {
  // The age factor gains one point in a thousand years: priorities alone count.
  const Waits by_class =
      waits(rows(0.8, false, 2, 5), 1, "priority-aging:weight=1:max_age=100000d");
  expect_mean(by_class.of[1], 4.0 / 3);
  expect_mean(by_class.of[0], 20.0 / 3);
}

TEST(Queueing, TwoClassesWithPreemption) {
  const Stays by_class = stays(rows(0.8, false, 2, 5),
                               "priority-aging:weight=1:max_age=100000d+preempt:min_runtime=0s");
  expect_mean(by_class.of[1], 5.0 / 3);
  expect_mean(by_class.of[0], 25.0 / 3);
}

TEST(Queueing, ShortestRemaining) {
  // Schrage & Miller 1966, integrated numerically.
  const auto jobs = rows(0.8, false, 1, 6);
  expect_mean(stays(jobs, "srpt:size=oracle+preempt:min_runtime=0s").of[0], 2.352773);
}

TEST(Queueing, OrdersThatDoNotKnowSizesHaveTheMeanOfFifo) {
  // Exponential service is memoryless: who is served does not matter to the mean.
  for (const char* policy : {"fifo", "las:quantum=500ms+preempt:min_runtime=0s",
                             "2d-las:thresholds=1s/3s:promote=2+preempt:min_runtime=0s",
                             "round-robin:quantum=500ms+preempt:min_runtime=0s"}) {
    SCOPED_TRACE(policy);
    expect_mean(stays(rows(0.8, false, 1, 7), policy).of[0], 5);
  }
}

TEST(Queueing, GittinsHasTheLeastMeanOfThoseThatDoNotKnowSizes) {
  // Nine of ten jobs take half a second, the others 5.5. Whoever is past half a second has 5 left:
  // first come first served among the others, and they among themselves, is close to the best.
  auto jobs = rows(0.8, false, 1, 8);
  Random random(8);
  for (JobRow& job : jobs) job.run_s = random.chance(90) ? 0.5 : 5.5;
  std::string services = "500ms";
  for (int i = 1; i < 9; ++i) services += "/500ms";
  const auto mean_of = [&](const std::string& order, std::ptrdiff_t warm_up = 0) {
    return mean(stays(jobs, order + "+preempt:min_runtime=0s").of[0], warm_up);
  };
  const std::string known = "gittins:quantum=100ms:services=" + services + "/5500ms";
  const double gittins = mean_of(known);
  EXPECT_LT(mean_of("srpt:size=oracle"), gittins);
  EXPECT_LT(gittins, mean_of("2d-las:thresholds=500ms"));
  EXPECT_LT(gittins, mean_of("las:quantum=500ms"));
  EXPECT_LT(gittins, mean_of("round-robin:quantum=500ms"));
  // Learned from a thousand jobs it is as good, but for the luck of the sample, once an hour of
  // first come first served is over (2,880 jobs, and those who wait by then).
  const double after = mean_of(known, 5'000);
  EXPECT_NEAR(mean_of("gittins:quantum=100ms:period=1h", 5'000), after, 0.02 * after);
}

}  // namespace
}  // namespace tandem
