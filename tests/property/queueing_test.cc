// Results of queueing theory that a simulation must meet (reference.md, section 1). Mean service is
// one second.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <cmath>
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

}  // namespace
}  // namespace tandem
