// The energy of a run against SimGrid's own energy plugin, told when each device computed.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <simgrid/plugins/energy.h>
#include <xbt/log.h>

#include <algorithm>
#include <map>
#include <simgrid/s4u.hpp>
#include <string>
#include <utility>
#include <vector>

#include "reports/run_metrics.h"
#include "sim/check/random.h"
#include "sim/child_processes.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

namespace sg = simgrid::s4u;

constexpr std::uint32_t kDevices = 8;
constexpr double kBusyWatts = 700;
constexpr double kIdleWatts = 90;

/// When devices compute, by device: (from, until) in seconds.
class BusyTimes final : public Recorder {
 public:
  void begin_run(const RunHeader&) override {}
  void begin_step(Time now) override { now_ = now; }
  void event(const Event& event) override {
    if (const auto* started = std::get_if<Started>(&event)) since_[started->job] = now_;
    if (const auto* finished = std::get_if<Finished>(&event)) {
      for (const DeviceId device : holds_[finished->job]) {
        of[device.value].emplace_back(to_seconds(since_[finished->job]), to_seconds(now_));
      }
    }
  }
  void action(const Action& action) override {
    if (const auto* start = std::get_if<Start>(&action)) {
      holds_[start->job] = start->allocation.devices;
    }
  }
  std::map<std::uint32_t, std::vector<std::pair<double, double>>> of;

 private:
  Time now_;
  std::map<JobId, Time> since_;
  std::map<JobId, std::vector<DeviceId>> holds_;
};

/// Joules that the plugin counts until `end` seconds.
double joules_by_plugin(const BusyTimes& busy, double end) {
  sg::Engine engine("energy");
  xbt_log_control_set("root.thresh:critical");
  sg_host_energy_plugin_init();
  sg::NetZone* zone = sg::create_full_zone("devices");
  std::vector<sg::Host*> hosts;
  for (std::uint32_t i = 0; i < kDevices; ++i) {
    sg::Host* host = zone->create_host(fmt::format("device{}", i), 1.0);
    host->set_property("wattage_per_state", fmt::format("{0}:{1}:{1}", kIdleWatts, kBusyWatts));
    hosts.push_back(host->seal());
  }
  zone->seal();
  std::multimap<double, std::pair<std::uint32_t, double>> begins;
  for (const auto& [device, times] : busy.of) {
    for (const auto& [from, until] : times) begins.emplace(from, std::pair(device, until - from));
  }
  const auto run_until = [&](double time) {
    while (sg::Engine::get_clock() < time) engine.run_until(time);  // It may return early.
  };
  std::vector<sg::ExecPtr> computing;  // The kernel looks at them after they have ended.
  for (const auto& [from, work] : begins) {
    run_until(from);
    computing.push_back(sg::Exec::init());
    computing.back()->set_host(hosts[work.first])->set_flops_amount(work.second);
    computing.back()->vetoable_start();
  }
  run_until(end);
  double joules = 0;
  for (sg::Host* host : hosts) joules += sg_host_get_consumed_energy(host);
  return joules;
}

TEST(Energy, IsThatOfSimGridsPlugin) {
  const auto outcomes =
      run_children({[](const ReportProgress&) {
                     Random random(3);
                     std::vector<JobRow> rows{{0, 1, 1}};
                     for (int i = 0; i < 200; ++i) {
                       rows.push_back({static_cast<double>(random.below(2'000)),
                                       1.0 + random.below(60), 1 + random.below(kDevices)});
                     }
                     std::ranges::sort(rows, {}, &JobRow::submit_s);
                     DeviceFigures figures{{}, {kBusyWatts}, {kIdleWatts}};
                     RunMetrics metrics(figures);
                     BusyTimes busy;
                     Recorders both({&metrics, &busy});
                     run(scenario_of(nodes(2, kDevices / 2), rows), "easy", &both, In::kSimulated);
                     const RunResult result = metrics.result();
                     const double joules = joules_by_plugin(busy, *result.makespan_s);
                     return fmt::format("{}", *result.energy_kwh * 3.6e6 / joules);
                   }},
                   1, [](std::size_t, double) {});
  ASSERT_EQ(outcomes[0].error, "");
  EXPECT_NEAR(std::stod(*outcomes[0].result), 1, 1e-9);
}

}  // namespace
}  // namespace tandem
