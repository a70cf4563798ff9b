#include <fmt/compile.h>

#include <iterator>
#include <optional>

#include "policies/core/journal.h"

namespace tandem {
namespace {

constexpr std::size_t kFlushBytes = 1 << 16;

template <class Format, class... Args>
void append(fmt::memory_buffer& out, const Format& format, const Args&... args) {
  fmt::format_to(std::back_inserter(out), format, args...);
}

/// What most jobs do not have.
void append_rarities(const Job& job, fmt::memory_buffer& out) {
  if (job.demand.shares_device()) append(out, FMT_COMPILE(" share={}"), job.demand.device_share);
  if (job.model.value > 0) append(out, FMT_COMPILE(" model={}"), job.model.value);
  if (!job.preemptible) append(out, FMT_COMPILE(" unpreemptible"));
  if (job.deadline != kForever) {
    append(out, FMT_COMPILE(" deadline={}"), job.deadline.time_since_epoch().count());
  }
  if (job.qos_ppm > 0) append(out, FMT_COMPILE(" qos={}"), job.qos_ppm);
  if (job.partition_ppm > 0) append(out, FMT_COMPILE(" partition={}"), job.partition_ppm);
  if (job.critical_path > Duration::zero()) {
    append(out, FMT_COMPILE(" critical-path={}"), job.critical_path.count());
  }
  if (!job.elastic) return;
  if (job.elastic->sizes.empty()) {
    append(out, FMT_COMPILE(" elastic={}-{}"), job.elastic->least, job.elastic->most);
  } else {
    append(out, FMT_COMPILE(" elastic={}"), fmt::join(job.elastic->sizes, "/"));
  }
  for (const auto& [devices, speedup_ppm] : job.elastic->speedups) {
    append(out, FMT_COMPILE(",{}:{}"), devices, speedup_ppm);
  }
}

void append_submission(const Submitted& submitted, fmt::memory_buffer& out) {
  const auto& [job, after, part] = submitted;
  const Demand& demand = job.demand;
  append(out, FMT_COMPILE("+ submit {} {} {} {} {} {} {}"), job.id.value, job.tenant.value,
         name_of(job.kind), demand.devices, job.priority, job.estimate.count(), job.name);
  if (demand.types != kAnyType) append(out, FMT_COMPILE(" types={:x}"), demand.types);
  if (demand.cpus_per_rank.count > 0) {
    append(out, FMT_COMPILE(" cpus={}"), demand.cpus_per_rank.count);
  }
  if (demand.memory_per_rank.count > 0) {
    append(out, FMT_COMPILE(" memory={}"), demand.memory_per_rank.count);
  }
  if (demand.one_node) append(out, FMT_COMPILE(" one-node"));
  if (job.oracle_run_time) append(out, FMT_COMPILE(" run={}"), job.oracle_run_time->count());
  append_rarities(job, out);
  if (part) {
    append(out, FMT_COMPILE(" part={},{},{},{}"), part->pipeline.value, part->run, part->stage,
           part->slice);
  }
  for (std::size_t i = 0; i < after.size(); ++i) {
    append(out, FMT_COMPILE("{}{}"), i == 0 ? " after=" : ",", after[i].value);
  }
}

std::string_view word_of(StopCause cause) {
  switch (cause) {
    case StopCause::kPreempted: return "preempted";
    case StopCause::kNodeDown: return "node-down";
    case StopCause::kInterrupted: return "interrupted";
  }
  return "";
}

struct EventLine {
  fmt::memory_buffer& out;

  void operator()(const Started& e) { append(out, FMT_COMPILE("+ start {}"), e.job.value); }
  void operator()(const Progressed& e) {
    append(out, FMT_COMPILE("+ progress {} {} {}"), e.job.value, e.work.count(),
           e.overhead.count());
  }
  void operator()(const Finished& e) { append(out, FMT_COMPILE("+ finish {}"), e.job.value); }
  void operator()(const Failed& e) {
    append(out, FMT_COMPILE("+ fail {}{}"), e.job.value,
           e.cause == FailCause::kWalltime ? " walltime" : "");
  }
  void operator()(const Resized& e) { append(out, FMT_COMPILE("+ resize {}"), e.job.value); }
  void operator()(const Stopped& e) {
    append(out, FMT_COMPILE("+ stop {} {} {}"), e.job.value, word_of(e.cause), e.lost.count());
  }
  void operator()(const Cancelled& e) { append(out, FMT_COMPILE("+ cancel {}"), e.job.value); }
  void operator()(const NodeDown& e) { append(out, FMT_COMPILE("+ down {}"), e.node.value); }
  void operator()(const NodeUp& e) { append(out, FMT_COMPILE("+ up {}"), e.node.value); }
  void operator()(const PriorityChanged& e) {
    append(out, FMT_COMPILE("+ priority {} {}"), e.job.value, e.priority);
  }
  void operator()(const Submitted& e) { append_submission(e, out); }
};

struct ActionLine {
  fmt::memory_buffer& out;

  void operator()(const Start& a) {
    append(out, FMT_COMPILE("- start {} "), a.job.value);
    if (a.allocation.devices.empty()) {
      append(out, FMT_COMPILE("node{}"), a.allocation.nodes.front().node.value);
    } else {
      append(out, FMT_COMPILE("{}"), device_ranges(a.allocation.devices));
    }
    append(out, FMT_COMPILE(" {}"), a.reason);
  }
  void operator()(const Preempt& a) {
    append(out, FMT_COMPILE("- preempt {} {}"), a.job.value, a.reason);
  }
  void operator()(const Reject& a) {
    append(out, FMT_COMPILE("- reject {} {}"), a.job.value, a.reason);
  }
  void operator()(const Resize& a) {
    append(out, FMT_COMPILE("- resize {} {} {}"), a.job.value, device_ranges(a.allocation.devices),
           a.reason);
  }
  void operator()(const Share& a) {
    append(out, FMT_COMPILE("- share {} "), a.job.value);
    for (std::size_t type = 0; type < a.time_ppm.size(); ++type) {
      append(out, FMT_COMPILE("{}{}"), type == 0 ? "" : ",", a.time_ppm[type]);
    }
    append(out, FMT_COMPILE(" {}"), a.reason);
  }
  void operator()(const Hold& a) {
    append(out, FMT_COMPILE("- hold {} {}"), a.job.value, a.reason);
  }
  void operator()(const Admit& a) {
    append(out, FMT_COMPILE("- admit {} {}"), a.job.value, a.reason);
  }
};

std::string or_dash(std::optional<std::uint32_t> number) {
  return number ? fmt::format("{}", *number) : "-";
}

void append_models(const Models& models, fmt::memory_buffer& out) {
  for (const Model& model : models.all().subspan(1)) {
    append(out, FMT_COMPILE("model {} {:x} "), model.id.value, model.excludes);
    for (std::size_t type = 0; type < model.speed_ppm.size(); ++type) {
      append(out, FMT_COMPILE("{}{}"), type == 0 ? "" : ",", model.speed_ppm[type]);
    }
    append(out, FMT_COMPILE("{} {}\n"), model.speed_ppm.empty() ? "-" : "", model.name);
  }
}

void append_limit(const Limit& limit, fmt::memory_buffer& out) {
  append(out, FMT_COMPILE("limit {} {} {} {} {} {}\n"),
         or_dash(limit.tenant ? std::optional(limit.tenant->value) : std::nullopt),
         limit.kind ? name_of(*limit.kind) : "-",
         or_dash(limit.model ? std::optional(limit.model->value) : std::nullopt),
         or_dash(limit.running), or_dash(limit.submitted), limit.name);
}

void append_pipelines(const std::vector<Pipeline>& pipelines, fmt::memory_buffer& out) {
  for (std::size_t i = 0; i < pipelines.size(); ++i) {
    append(out, FMT_COMPILE("pipeline {} {} {}\n"), i, pipelines[i].runs, pipelines[i].name);
    for (const PipelineStage& stage : pipelines[i].stages) {
      append(out, FMT_COMPILE("stage {} {} {} {} {}\n"), i, stage.slices, stage.run_time.count(),
             stage.overhead.count(), stage.name);
    }
  }
}

std::string counted(std::int64_t amount) {
  return amount == kUncounted ? "-" : fmt::format("{}", amount);
}

}  // namespace

std::string device_ranges(const std::vector<DeviceId>& devices) {
  if (devices.empty()) return "-";
  std::string text;
  for (std::size_t i = 0; i < devices.size();) {
    std::size_t last = i;
    while (last + 1 < devices.size() && devices[last + 1].value == devices[last].value + 1) ++last;
    if (!text.empty()) text += ',';
    fmt::format_to(std::back_inserter(text), FMT_COMPILE("{}"), devices[i].value);
    if (last > i) fmt::format_to(std::back_inserter(text), FMT_COMPILE("-{}"), devices[last].value);
    i = last + 1;
  }
  return text;
}

void append_line(const Event& event, fmt::memory_buffer& out) { std::visit(EventLine{out}, event); }
void append_line(const Action& action, fmt::memory_buffer& out) {
  std::visit(ActionLine{out}, action);
}

std::string to_line(const Action& action) {
  fmt::memory_buffer out;
  append_line(action, out);
  return fmt::to_string(out);
}

void JournalWriter::begin_run(const RunHeader& header) {
  append(buffer_, FMT_COMPILE("tandem-journal 1\nscenario {}\nhash {}\nseed {}\npolicy {}\n"),
         header.scenario, header.scenario_hash, header.seed, header.policy);
  append(buffer_, FMT_COMPILE("build {}\ninterval {}\n"), header.build,
         header.scheduling_interval.count());
  for (const Tenant& tenant : header.tenants.all()) {
    append(buffer_, FMT_COMPILE("tenant {} {} {} {} {}\n"), tenant.id.value,
           or_dash(tenant.parent ? std::optional(tenant.parent->value) : std::nullopt),
           tenant.shares, or_dash(tenant.quota), tenant.name);
    if (tenant.guaranteed) {
      append(buffer_, FMT_COMPILE("guarantee {} {}\n"), tenant.id.value, *tenant.guaranteed);
    }
  }
  for (std::uint32_t type = 0; type < header.cluster.types().size(); ++type) {
    append(buffer_, FMT_COMPILE("type {} {}\n"), type, header.cluster.types()[type]);
    if (const auto price = header.cluster.price_per_hour(DeviceTypeId{type})) {
      append(buffer_, FMT_COMPILE("price {} {}\n"), type, *price);
    }
  }
  for (const Node& node : header.cluster.nodes()) {
    append(buffer_, FMT_COMPILE("node {} {} {} {} {} {}\n"), node.id.value, node.type.value,
           node.device_count, counted(node.cpus.count), counted(node.memory.count), node.name);
    if (node.rack > 0 || node.pod > 0) {
      append(buffer_, FMT_COMPILE("place {} {} {}\n"), node.id.value, node.rack, node.pod);
    }
  }
  append_models(header.models, buffer_);
  for (const Limit& limit : header.limits) append_limit(limit, buffer_);
  append_pipelines(header.pipelines, buffer_);
  append(buffer_, FMT_COMPILE("run\n"));
}

void JournalWriter::begin_step(Time now) {
  if (buffer_.size() >= kFlushBytes) flush();
  append(buffer_, FMT_COMPILE("@ {}\n"), now.time_since_epoch().count());
}

void JournalWriter::event(const Event& event) {
  append_line(event, buffer_);
  buffer_.push_back('\n');
}

void JournalWriter::action(const Action& action) {
  append_line(action, buffer_);
  buffer_.push_back('\n');
}

void JournalWriter::flush() {
  sink_({buffer_.data(), buffer_.size()});
  buffer_.clear();
}

void JournalWriter::finish() {
  append(buffer_, FMT_COMPILE("end\n"));
  flush();
}

}  // namespace tandem
