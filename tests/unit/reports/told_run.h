// Tells a recorder a run by hand, so that a test reads as the schedule it is about.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "policies/core/recorder.h"

namespace tandem {

using namespace std::chrono_literals;

/// A header with one node of `devices` devices of the type "gpu", and a policy.
inline RunHeader header_of(std::uint32_t devices, Tenants tenants, std::string policy = "fifo") {
  RunHeader header;
  header.policy = std::move(policy);
  header.seed = 7;
  header.cluster.add_node("node-0", header.cluster.add_type("gpu"), devices);
  header.tenants = std::move(tenants);
  return header;
}

inline Tenants one_tenant(const std::string& name = "ann") {
  Tenants tenants;
  tenants.add(name);
  return tenants;
}

/// Every call is heard at the instant of the last at().
class ToldRun {
 public:
  ToldRun(Recorder& recorder, const RunHeader& header) : recorder_(recorder), header_(header) {
    recorder_.begin_run(header_);
  }

  ToldRun& at(Duration time) {
    now_ = Time{time};
    recorder_.begin_step(now_);
    return *this;
  }
  ToldRun& submit(std::uint32_t id, std::uint32_t devices, std::uint32_t tenant = 0) {
    return submit_named(id, "job-" + std::to_string(id), devices, tenant);
  }
  ToldRun& submit_named(std::uint32_t id, std::string name, std::uint32_t devices,
                        std::uint32_t tenant = 0) {
    Job job;
    job.id = JobId{id};
    job.tenant = TenantId{tenant};
    job.name = std::move(name);
    job.demand.devices = devices;
    job.submitted = now_;
    return event(Submitted{job});
  }
  /// A part of a pipeline that waits for the jobs `after`.
  ToldRun& submit_part(std::uint32_t id, PipelinePart part, std::vector<JobId> after = {},
                       std::uint32_t devices = 1) {
    Job job;
    job.id = JobId{id};
    job.name = "job-" + std::to_string(id);
    job.demand.devices = devices;
    job.submitted = now_;
    return event(Submitted{job, std::move(after), part});
  }
  /// On `devices` devices of the cluster from `first` on.
  ToldRun& start(std::uint32_t id, std::uint32_t devices, std::uint32_t first = 0,
                 std::string reason = "first in line") {
    Start start{JobId{id}, {}, std::move(reason)};
    for (std::uint32_t i = 0; i < devices; ++i) {
      start.allocation.devices.push_back(DeviceId{first + i});
    }
    std::vector<NodeShare>& nodes = start.allocation.nodes;
    if (devices == 0) nodes.push_back({NodeId{0}, 1});
    for (const DeviceId device : start.allocation.devices) {
      const NodeId node = header_.cluster.node_of(device);
      if (nodes.empty() || nodes.back().node != node) nodes.push_back({node, 0});
      ++nodes.back().ranks;
    }
    recorder_.action(start);
    return *this;
  }
  ToldRun& started(std::uint32_t id) { return event(Started{JobId{id}}); }
  /// Start and, at once, Started: a world without set-up times.
  ToldRun& run(std::uint32_t id, std::uint32_t devices, std::uint32_t first = 0) {
    return start(id, devices, first).started(id);
  }
  ToldRun& finish(std::uint32_t id) { return event(Finished{JobId{id}}); }
  ToldRun& fail(std::uint32_t id) { return event(Failed{JobId{id}}); }
  ToldRun& cancel(std::uint32_t id) { return event(Cancelled{JobId{id}}); }
  ToldRun& stop(std::uint32_t id, StopCause cause, Duration lost = {}) {
    return event(Stopped{JobId{id}, cause, lost});
  }
  ToldRun& reject(std::uint32_t id, std::string reason = "needs 8 devices, there are 4") {
    recorder_.action(Reject{JobId{id}, std::move(reason)});
    return *this;
  }
  ToldRun& event(const Event& event) {
    recorder_.event(event);
    return *this;
  }

 private:
  Recorder& recorder_;
  RunHeader header_;
  Time now_;
};

}  // namespace tandem
