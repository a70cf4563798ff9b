#include "policies/global/allocation_lp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/polytope.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

using Jobs = std::vector<AllocationJob>;
using Supplies = std::vector<DeviceSupply>;
using Numbers = std::vector<double>;

AllocationJob job(std::uint32_t id, Numbers throughput, double work = 0) {
  AllocationJob made;
  made.id = id;
  made.throughput = std::move(throughput);
  made.work = work;
  return made;
}

Apportionment solve(AllocationGoal goal, const Jobs& jobs, const Supplies& supplies) {
  return AllocationLp(goal).solve(jobs, supplies);
}

double throughput(const Apportionment& found, const Jobs& jobs, std::size_t i) {
  double sum = 0;
  for (std::size_t type = 0; type < found.types; ++type) {
    sum += jobs[i].throughput[type] * found.at(i, type);
  }
  return sum;
}

/// What kMaxMin is about, from its definition.
double fair_level(const Apportionment& found, const Jobs& jobs, const Supplies& supplies,
                  std::size_t i) {
  double equal = 0;
  double devices = 0;
  for (std::size_t type = 0; type < supplies.size(); ++type) {
    const bool fits = jobs[i].devices <= supplies[type].devices;
    equal += fits ? jobs[i].throughput[type] * supplies[type].devices : 0;
    devices += supplies[type].devices;
  }
  return jobs[i].devices * throughput(found, jobs, i) * devices / (jobs[i].weight * equal);
}

void expect_feasible(const Apportionment& found, const Jobs& jobs, const Supplies& supplies) {
  Numbers used(supplies.size(), 0);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    double time = 0;
    for (std::size_t type = 0; type < supplies.size(); ++type) {
      const double fraction = found.at(i, type);
      EXPECT_TRUE(fraction == 0 || (fraction >= 1e-9 && fraction <= 1)) << fraction;
      EXPECT_TRUE(fraction == 0 || jobs[i].throughput[type] > 0);
      time += fraction;
      used[type] += jobs[i].devices * fraction;
    }
    EXPECT_LE(time, 1 + 1e-6) << "job " << i;
  }
  for (std::size_t type = 0; type < supplies.size(); ++type) {
    EXPECT_LE(used[type], supplies[type].devices * (1 + 1e-6)) << "type " << type;
  }
}

TEST(AllocationLp, GavelsWorkedExample) {
  const Jobs jobs{job(1, {40, 10}), job(2, {12, 4}), job(3, {100, 50})};
  const Supplies supplies{{1, 1}, {1, 1}};
  const Apportionment found = solve(AllocationGoal::kMaxMin, jobs, supplies);
  EXPECT_NEAR(found.objective, 8.0 / 11, 1e-6);
  EXPECT_NEAR(found.objective, 0.727273, 1e-6);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(fair_level(found, jobs, supplies, i), 8.0 / 11, 1e-5);
  }
  expect_feasible(found, jobs, supplies);
}

TEST(AllocationLp, TwiceTheWeightIsTwiceTheThroughput) {
  Jobs jobs{job(1, {5}), job(2, {5})};
  jobs[1].weight = 2;
  const Apportionment found = solve(AllocationGoal::kMaxMin, jobs, {{1, 1}});
  EXPECT_NEAR(found.at(0, 0), 1.0 / 3, 1e-5);
  EXPECT_NEAR(found.at(1, 0), 2.0 / 3, 1e-5);
}

TEST(AllocationLp, GangsCountTheirDevices) {
  // Equal device time: the gang of 3 runs a third as long as the single.
  Jobs jobs{job(1, {5}), job(2, {5})};
  jobs[1].devices = 3;
  const Apportionment found = solve(AllocationGoal::kMaxMin, jobs, {{3, 1}});
  EXPECT_NEAR(found.at(0, 0), 1, 1e-5);
  EXPECT_NEAR(found.at(1, 0), 2.0 / 3, 1e-5) << "filled up after the single has all it can use";
  EXPECT_NEAR(found.objective, 1, 1e-6);
}

TEST(AllocationLp, MaxMinFillsWhatTheBottleneckLeaves) {
  // Job 1 shares type 0 with job 2 at level 1/2 of it; job 3 alone can use type 1.
  const Jobs jobs{job(1, {1, 0}), job(2, {1, 0}), job(3, {0, 1})};
  const Apportionment found = solve(AllocationGoal::kMaxMin, jobs, {{1, 1}, {1, 1}});
  EXPECT_NEAR(found.at(0, 0), 0.5, 1e-5);
  EXPECT_NEAR(found.at(1, 0), 0.5, 1e-5);
  EXPECT_NEAR(found.at(2, 1), 1, 1e-5);
}

TEST(AllocationLp, MaxMinIsFairAmongThoseAboveTheBottleneckToo) {
  // Six crowd type 0. Of the two that have type 1 for themselves the second weighs twice as much;
  // the largest sum of levels would give more to the first.
  Jobs jobs;
  for (std::uint32_t i = 0; i < 6; ++i) jobs.push_back(job(i, {1, 0}));
  jobs.push_back(job(6, {0, 1}));
  jobs.push_back(job(7, {0, 1}));
  jobs[7].weight = 2;
  const Apportionment found = solve(AllocationGoal::kMaxMin, jobs, {{1, 1}, {1.5, 1}});
  EXPECT_NEAR(found.at(0, 0), 1.0 / 6, 1e-5);
  EXPECT_NEAR(found.at(6, 1), 0.5, 1e-5);
  EXPECT_NEAR(found.at(7, 1), 1, 1e-5);
}

TEST(AllocationLp, WithRoomForAllEverybodyRunsAtFullSpeed) {
  Jobs jobs;
  for (std::uint32_t i = 0; i < 30; ++i) jobs.push_back(job(i, {1.0 + i, 40.0 - i}));
  const Apportionment found = solve(AllocationGoal::kMaxMin, jobs, {{30, 1}, {30, 1}});
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    EXPECT_NEAR(throughput(found, jobs, i), std::ranges::max(jobs[i].throughput), 1e-3);
  }
}

TEST(AllocationLp, MakespanByHand) {
  // One device: 100 s and 50 s of work one after the other.
  const Jobs jobs{job(1, {1}, 100), job(2, {2}, 100)};
  const Apportionment found = solve(AllocationGoal::kMakespan, jobs, {{1, 1}});
  EXPECT_NEAR(found.objective, 150, 1e-4);
  EXPECT_NEAR(found.at(0, 0), 2.0 / 3, 1e-5);
  EXPECT_NEAR(found.at(1, 0), 1.0 / 3, 1e-5);
  // Each on the type where it is four times as fast; neither can run on both at once.
  const Jobs crossed{job(1, {4, 1}, 400), job(2, {1, 4}, 400)};
  EXPECT_NEAR(solve(AllocationGoal::kMakespan, crossed, {{1, 1}, {1, 1}}).objective, 100, 1e-4);
}

TEST(AllocationLp, FinishTimeByHand) {
  // Alike: halves are fair, and none can do better than that.
  const Jobs alike{job(1, {1}, 100), job(2, {1}, 100)};
  EXPECT_NEAR(solve(AllocationGoal::kFinishTime, alike, {{1, 1}}).objective, 1, 1e-6);
  // A device that suits only one of two lets both be better off than with halves.
  Jobs crossed{job(1, {4, 1}, 400), job(2, {1, 4}, 400)};
  const Supplies two{{1, 1}, {1, 1}};
  EXPECT_NEAR(solve(AllocationGoal::kFinishTime, crossed, two).objective, 100 / 160.0, 1e-6);
  // What is past can be made good by neither.
  crossed[1].elapsed = 40;
  EXPECT_NEAR(solve(AllocationGoal::kFinishTime, crossed, two).objective, 140 / 200.0, 1e-6);
}

TEST(AllocationLp, CostByHand) {
  // Full speed for job 2, at 1 per unit of price, is the best value; job 1 would halve it.
  const Supplies supplies{{1, 8}, {1, 1}};
  Jobs jobs{job(1, {2, 1}, 100), job(2, {0, 3}, 100)};
  const Apportionment free = solve(AllocationGoal::kCost, jobs, supplies);
  EXPECT_NEAR(free.objective, 1, 1e-6);
  EXPECT_NEAR(free.at(1, 1), 1, 1e-5);
  EXPECT_EQ(free.at(0, 0), 0);
  EXPECT_EQ(free.at(0, 1), 0);
  // Job 1 must reach half its best speed. With a of the cheap type to it, (1 - a) / 2 of the dear
  // type, and the rest to job 2, the value is (1.5 - a) / (5 - 4 a), best with a = 1.
  jobs[0].time_left = 100;
  const Apportionment bound = solve(AllocationGoal::kCost, jobs, supplies);
  EXPECT_NEAR(bound.objective, 0.5, 5e-6);
  EXPECT_NEAR(bound.at(0, 1), 1, 1e-5);
  EXPECT_TRUE(bound.dropped.empty());
}

TEST(AllocationLp, CostRunsAllThatIsOfTheBestValue) {
  const Jobs jobs{job(1, {3, 3}), job(2, {5, 4}), job(3, {1, 2})};
  const Apportionment found = solve(AllocationGoal::kCost, jobs, {{5, 1}, {5, 2}});
  EXPECT_NEAR(found.at(0, 0), 1, 1e-5);
  EXPECT_NEAR(found.at(1, 0), 1, 1e-5);
  EXPECT_EQ(found.at(2, 0), 0) << "half the speed for the same price";
  EXPECT_EQ(found.at(2, 1), 0) << "full speed for twice the price";
}

TEST(AllocationLp, DeadlinesThatCannotBeMetAreDropped) {
  // One device. Past; too late even alone; 60 %, 60 % and 30 % of the device.
  Jobs jobs{job(1, {1}, 10), job(2, {1}, 10), job(3, {1}, 60), job(4, {1}, 60), job(5, {1}, 30)};
  jobs[0].time_left = -1;
  jobs[1].time_left = 9;
  for (std::size_t i = 2; i < 5; ++i) jobs[i].time_left = 100;
  jobs[2].weight = 2;
  const Apportionment found = solve(AllocationGoal::kCost, jobs, {{1, 1}});
  EXPECT_EQ(found.dropped, (std::vector<std::uint32_t>{0, 1, 3}));
  EXPECT_GE(found.at(2, 0), 0.6 - 1e-5);
  EXPECT_GE(found.at(4, 0), 0.3 - 1e-5);
}

TEST(AllocationLp, WhoCannotRunHoldsNobodyUp) {
  Jobs jobs{job(1, {1}, 10), job(2, {0}, 10), job(3, {1}, 10)};
  jobs[2].devices = 5;
  for (const AllocationGoal goal : {AllocationGoal::kMaxMin, AllocationGoal::kMakespan,
                                    AllocationGoal::kFinishTime, AllocationGoal::kCost}) {
    const Apportionment found = solve(goal, jobs, {{4, 1}});
    EXPECT_GT(found.objective, 0);
    EXPECT_NEAR(found.at(0, 0), 1, 1e-5);
    EXPECT_EQ(found.at(1, 0), 0);
    EXPECT_EQ(found.at(2, 0), 0);
    EXPECT_EQ(solve(goal, jobs, {{0, 1}}).objective, 0);
    EXPECT_EQ(solve(goal, {}, {{4, 1}}).objective, 0);
  }
}

/// Three jobs on two types; x is X_00, X_01, X_10 …, and a seventh that the levels are above.
std::vector<HalfSpace> polytope_of(const Jobs& jobs, const Supplies& supplies, std::size_t n) {
  std::vector<HalfSpace> all;
  for (std::size_t i = 0; i < n; ++i)
    all.push_back({Numbers(n, 0), 0}), all[i].coefficients[i] = -1;
  for (std::size_t i = 0; i < 3; ++i) {
    all.push_back({Numbers(n, 0), 1});
    all.back().coefficients[2 * i] = all.back().coefficients[2 * i + 1] = 1;
  }
  for (std::size_t type = 0; type < 2; ++type) {
    all.push_back({Numbers(n, 0), supplies[type].devices});
    for (std::size_t i = 0; i < 3; ++i) all.back().coefficients[2 * i + type] = jobs[i].devices;
  }
  return all;
}

/// Adds: the throughput of job i is at least `least`, and `times_level` times x[6] more.
void add_floor(const Jobs& jobs, std::size_t i, double least, double times_level,
               std::vector<HalfSpace>& polytope) {
  HalfSpace& floor = polytope.emplace_back();
  floor.coefficients.resize(polytope.front().coefficients.size());
  floor.coefficients[2 * i] = -jobs[i].throughput[0];
  floor.coefficients[2 * i + 1] = -jobs[i].throughput[1];
  if (times_level > 0) floor.coefficients[6] = times_level;
  floor.bound = -least;
}

struct Case {
  Jobs jobs;
  Supplies supplies;
};

/// Every gang fits on every type and can run on one of them at least.
Case random_case(Random& random, std::size_t count, std::size_t types) {
  Case made;
  for (std::size_t type = 0; type < types; ++type) {
    made.supplies.push_back(
        {static_cast<double>(random.between(3, 4)), static_cast<double>(random.between(1, 9))});
  }
  for (std::size_t i = 0; i < count; ++i) {
    AllocationJob& one = made.jobs.emplace_back(job(static_cast<std::uint32_t>(i), {}));
    for (std::size_t type = 0; type < types; ++type) {
      const bool able = type == 0 || random.chance(80);
      one.throughput.push_back(able ? static_cast<double>(random.between(1, 100)) : 0);
    }
    one.devices = static_cast<double>(random.between(1, 3));
    one.weight = static_cast<double>(random.between(1, 3));
    one.work = static_cast<double>(random.between(1, 1000));
    one.elapsed = static_cast<double>(random.between(0, 50));
  }
  return made;
}

TEST(AllocationLp, LevelsAreThoseOfTheBestVertex) {
  for (std::uint64_t seed = 1; seed <= seeds(60); ++seed) {
    Random random(seed);
    const Case c = random_case(random, 3, 2);
    Apportionment unit{.types = 2, .fractions = Numbers(6, 0), .objective = 0, .dropped = {}};
    std::vector<HalfSpace> fair = polytope_of(c.jobs, c.supplies, 7);
    std::vector<HalfSpace> fast = fair;
    for (std::size_t i = 0; i < 3; ++i) {
      unit.fractions[2 * i] = 1;  // Level per throughput, from the level of one.
      const double per_level = c.jobs[i].throughput[0] / fair_level(unit, c.jobs, c.supplies, i);
      add_floor(c.jobs, i, 0, per_level, fair);
      add_floor(c.jobs, i, 0, c.jobs[i].work / 100, fast);
    }
    double best_fair = 0;
    double best_fast = 0;
    for_vertices(fair, 7, [&](const Numbers& x) { best_fair = std::max(best_fair, x[6]); });
    for_vertices(fast, 7, [&](const Numbers& x) { best_fast = std::max(best_fast, x[6]); });
    const Apportionment shared = solve(AllocationGoal::kMaxMin, c.jobs, c.supplies);
    const Apportionment quick = solve(AllocationGoal::kMakespan, c.jobs, c.supplies);
    EXPECT_NEAR(shared.objective, best_fair, 1e-6 * best_fair) << "seed " << seed;
    EXPECT_NEAR(quick.objective, 100 / best_fast, 1e-6 * quick.objective) << "seed " << seed;
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_GE(fair_level(shared, c.jobs, c.supplies, i), best_fair * (1 - 1e-5));
      EXPECT_LE(c.jobs[i].work / throughput(quick, c.jobs, i), quick.objective * (1 + 1e-5));
    }
    expect_feasible(shared, c.jobs, c.supplies);
    expect_feasible(quick, c.jobs, c.supplies);
  }
}

TEST(AllocationLp, MaxMinLeavesNobodyWhoCouldRiseAlone) {
  // Pareto: with everybody else's throughput kept, no vertex gives one job more.
  for (std::uint64_t seed = 1; seed <= seeds(40); ++seed) {
    Random random(seed);
    const Case c = random_case(random, 3, 2);
    const Apportionment found = solve(AllocationGoal::kMaxMin, c.jobs, c.supplies);
    std::vector<HalfSpace> kept = polytope_of(c.jobs, c.supplies, 6);
    for (std::size_t i = 0; i < 3; ++i) {
      add_floor(c.jobs, i, throughput(found, c.jobs, i) * (1 - 1e-5), 0, kept);
    }
    for (std::size_t i = 0; i < 3; ++i) {
      double most = 0;
      for_vertices(kept, 6, [&](const Numbers& x) {
        most = std::max(
            most, c.jobs[i].throughput[0] * x[2 * i] + c.jobs[i].throughput[1] * x[2 * i + 1]);
      });
      EXPECT_LE(most, throughput(found, c.jobs, i) * 1.01) << "seed " << seed << " job " << i;
    }
  }
}

/// What kCost is about, from its definition: how much is done, and that over its price.
double done(const Numbers& x, const Case& c) {
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const AllocationJob& one = c.jobs[i];
    const double got = one.throughput[0] * x[2 * i] + one.throughput[1] * x[2 * i + 1];
    sum += one.devices * got / std::ranges::max(one.throughput);
  }
  return sum;
}
double value_for_money(const Numbers& x, const Case& c) {
  double cost = 0;
  for (std::size_t i = 0; i < 6; ++i)
    cost += c.jobs[i / 2].devices * c.supplies[i % 2].price * x[i];
  return cost > 1e-9 ? done(x, c) / cost : 0;
}

TEST(AllocationLp, CostIsThatOfTheBestVertex) {
  std::uint64_t possible = 0;
  for (std::uint64_t seed = 1; seed <= seeds(150); ++seed) {
    Random random(seed);
    Case c = random_case(random, 3, 2);
    std::vector<HalfSpace> polytope = polytope_of(c.jobs, c.supplies, 6);
    for (std::size_t i = 0; i < 3; ++i) {
      if (random.chance(50)) continue;
      c.jobs[i].time_left = c.jobs[i].work / static_cast<double>(random.between(1, 60));
      add_floor(c.jobs, i, c.jobs[i].work / c.jobs[i].time_left, 0, polytope);
    }
    double best = 0;
    double most = 0;  // Done at the best value for money.
    for_vertices(polytope, 6, [&](const Numbers& x) {
      const double value = value_for_money(x, c);
      if (value > best * (1 + 1e-9)) most = 0;
      if (value > best * (1 - 1e-9)) most = std::max(most, done(x, c));
      best = std::max(best, value);
    });
    const Apportionment found = solve(AllocationGoal::kCost, c.jobs, c.supplies);
    EXPECT_EQ(found.dropped.empty(), best > 0) << "seed " << seed;
    if (best > 0) {
      ++possible;
      // Floors are met to one part in a million, which the ratio may feel a little more.
      EXPECT_NEAR(found.objective, best, 5e-6 * best) << "seed " << seed;
      EXPECT_NEAR(value_for_money(found.fractions, c), best, 1e-5 * best) << "seed " << seed;
      EXPECT_GE(done(found.fractions, c), most * (1 - 1e-4)) << "seed " << seed;
    }
    for (std::size_t i = 0; i < 3; ++i) {
      if (std::ranges::find(found.dropped, i) != found.dropped.end()) continue;
      EXPECT_GE(throughput(found, c.jobs, i) * (1 + 1e-5), c.jobs[i].work / c.jobs[i].time_left);
    }
    expect_feasible(found, c.jobs, c.supplies);
  }
  EXPECT_GT(possible, seeds(30));
}

constexpr AllocationGoal kGoals[] = {AllocationGoal::kMaxMin, AllocationGoal::kMakespan,
                                     AllocationGoal::kFinishTime, AllocationGoal::kCost};

TEST(AllocationLp, WarmIsAsGoodAsCold) {
  for (const AllocationGoal goal : kGoals) {
    for (std::uint64_t seed = 1; seed <= seeds(5); ++seed) {
      Random random(seed);
      Case c = random_case(random, 40, 3);
      for (AllocationJob& one : c.jobs) {
        if (random.chance(30)) one.time_left = static_cast<double>(random.between(20, 2000));
      }
      AllocationLp warm(goal);
      std::uint32_t next_id = 1000;
      for (int step = 0; step < 40; ++step) {
        const Apportionment found = warm.solve(c.jobs, c.supplies);
        const Apportionment cold = solve(goal, c.jobs, c.supplies);
        ASSERT_NEAR(found.objective, cold.objective, 5e-6 * cold.objective)
            << "goal " << static_cast<int>(goal) << " seed " << seed << " step " << step;
        expect_feasible(found, c.jobs, c.supplies);
        c.jobs.erase(c.jobs.begin() + random.below(static_cast<std::uint32_t>(c.jobs.size())));
        c.jobs.push_back(random_case(random, 1, 3).jobs.front());
        c.jobs.back().id = next_id++;
        AllocationJob& changed = c.jobs[random.below(static_cast<std::uint32_t>(c.jobs.size()))];
        changed.throughput[0] *= 1.1;
        changed.work *= 0.5;
        if (step % 5 == 0) c.supplies[step % 3].devices = static_cast<double>(random.between(3, 6));
      }
    }
  }
}

TEST(WarmStart, WhatHasNotChangedTakesNoSteps) {
  // Programmes of the fraction that each of some jobs gets of ten devices.
  constexpr Layout kLayout{
      .shared_columns = 0, .shared_rows = 1, .class_columns = 1, .class_rows = 1};
  Random random(1);
  std::vector<RateRow> rows;
  WarmStart warm;
  const auto steps = [&] {
    const std::vector<JobClass> classes = classes_of(rows);
    LinearProgram programme;
    std::vector<LinearProgram::Term> all;
    for (int i = 0; i < std::ssize(classes); ++i) {
      programme.add_column(rows[static_cast<std::size_t>(i)].rates[0]);
      all.push_back({i, 1});
    }
    programme.add_row(0, 10, all);
    for (const LinearProgram::Term& term : all) programme.add_row(0, 1, {&term, 1});
    warm.apply(rows, classes, kLayout, programme);
    programme.maximise();
    warm.keep(rows, classes, kLayout, programme);
    return programme.steps();
  };
  for (std::uint32_t id = 0; id < 100; ++id) {
    rows.push_back({.id = id, .devices = 1, .rates = {1.0 + id}, .floor = 0, .weight = 1});
  }
  EXPECT_GE(steps(), 10);
  EXPECT_EQ(steps(), 0);
  rows.erase(rows.begin() + 20);  // It had nothing: all others keep their places.
  EXPECT_EQ(steps(), 0);
  std::ranges::reverse(rows);
  EXPECT_EQ(steps(), 0);
  rows.push_back({.id = 500, .devices = 1, .rates = {1000}, .floor = 0, .weight = 1});
  EXPECT_LE(steps(), 3);
}

TEST(AllocationLp, ClassesGiveWhatTheirMembersWouldGet) {
  for (const AllocationGoal goal : kGoals) {
    Random random(7);
    Case c = random_case(random, 5, 3);
    Jobs merged;
    for (std::uint32_t copy = 0; copy < 8; ++copy) {
      for (AllocationJob one : c.jobs) {
        one.id += copy * 5;
        merged.push_back(one);
      }
    }
    Jobs single = merged;  // All a hair different.
    for (std::size_t i = 0; i < single.size(); ++i) {
      for (double& rate : single[i].throughput) rate *= 1 + 1e-9 * static_cast<double>(i);
      single[i].throughput[0] *= 1 + 1e-9 * static_cast<double>(i);
    }
    const Apportionment one = solve(goal, merged, c.supplies);
    const Apportionment other = solve(goal, single, c.supplies);
    EXPECT_NEAR(one.objective, other.objective, 5e-6 * other.objective) << static_cast<int>(goal);
    expect_feasible(one, merged, c.supplies);
    for (std::size_t i = 5; i < merged.size(); ++i) {
      for (std::size_t type = 0; type < 3; ++type) {
        EXPECT_EQ(one.at(i, type), one.at(i - 5, type)) << "job " << i;
      }
    }
  }
}

TEST(AllocationLp, SameCallsGiveTheSameBits) {
  Random random(3);
  const Case c = random_case(random, 60, 3);
  for (const AllocationGoal goal : kGoals) {
    AllocationLp a(goal);
    AllocationLp b(goal);
    for (int call = 0; call < 3; ++call) {
      EXPECT_EQ(a.solve(c.jobs, c.supplies).fractions, b.solve(c.jobs, c.supplies).fractions);
    }
  }
}

}  // namespace
}  // namespace tandem
