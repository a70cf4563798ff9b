#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "policies/core/error.h"
#include "policies/core/journal.h"
#include "policies/core/journal_words.h"

namespace tandem {
namespace {

JobKind parse_kind(JournalWords& words) {
  const std::string_view text = words.word("a job kind");
  for (const JobKind kind : kJobKinds) {
    if (name_of(kind) == text) return kind;
  }
  words.fail(fmt::format("unknown job kind '{}'", text));
}

/// "2-8", or the sizes "2/4/8".
void parse_sizes(JournalWords& words, std::string_view text, Elastic& elastic) {
  const std::size_t dash = text.find('-');
  const auto devices = [&](std::string_view number) {
    return words.to_number<std::uint32_t>(number, "devices");
  };
  if (dash != std::string_view::npos) {
    elastic.least = devices(text.substr(0, dash));
    elastic.most = devices(text.substr(dash + 1));
  } else {
    elastic.sizes = parse_list<std::uint32_t>(words, text, "devices", '/');
    elastic.least = elastic.sizes.front();
    elastic.most = elastic.sizes.back();
  }
  const auto falls = std::ranges::adjacent_find(elastic.sizes, std::ranges::greater_equal());
  const bool rises = falls == elastic.sizes.end();
  if (elastic.least == 0 || elastic.least > elastic.most || !rises) {
    words.fail("expected a range of devices, or sizes that rise");
  }
}

/// The sizes or, with speed-ups, "2-8,2:1000000,8:3500000".
std::shared_ptr<const Elastic> parse_elastic(JournalWords& words, std::string_view text) {
  auto elastic = std::make_shared<Elastic>();
  const std::size_t comma = std::min(text.find(','), text.size());
  parse_sizes(words, text.substr(0, comma), *elastic);
  for (std::size_t at = comma; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at + 1), text.size());
    const std::string_view point = text.substr(at + 1, end - at - 1);
    const std::size_t colon = std::min(point.find(':'), point.size());
    const auto devices = words.to_number<std::uint32_t>(point.substr(0, colon), "devices");
    const auto speedup = words.to_number<std::uint64_t>(
        point.substr(std::min(colon + 1, point.size())), "a speed-up");
    const bool rises = elastic->speedups.empty() || devices > elastic->speedups.back().devices;
    constexpr std::uint64_t kMostSpeedup = std::uint64_t{1} << 40;
    if (!rises || speedup == 0 || speedup > kMostSpeedup) {
      words.fail("expected speed-ups of numbers of devices that rise");
    }
    elastic->speedups.push_back({devices, speedup});
    at = end;
  }
  return elastic;
}

/// "0,3,2,1": pipeline, run, stage, slice. Whether they exist is asked later.
PipelinePart parse_part(JournalWords& words, std::string_view text) {
  const auto numbers = parse_list<std::uint32_t>(words, text, "a number");
  if (numbers.size() != 4) words.fail("expected pipeline, run, stage and slice");
  return {{numbers[0]}, numbers[1], numbers[2], numbers[3]};
}

bool exists(const PipelinePart& part, const std::vector<Pipeline>& pipelines) {
  if (part.pipeline.value >= pipelines.size()) return false;
  const Pipeline& pipeline = pipelines[part.pipeline.value];
  return part.run < pipeline.most_runs() && part.stage < pipeline.stages.size() &&
         part.slice < pipeline.stages[part.stage].jobs();
}

/// One of the options at the end of a submission. False: there is none of this name.
bool parse_option(JournalWords& words, std::string_view name, std::string_view value,
                  Submitted& submitted) {
  Job& job = submitted.job;
  if (name == "one-node") {
    job.demand.one_node = true;
  } else if (name == "unpreemptible") {
    job.preemptible = false;
  } else if (name == "types") {
    job.demand.types = words.to_number<DeviceTypes>(value, "types", 16);
  } else if (name == "cpus") {
    job.demand.cpus_per_rank = {words.amount(value, "milli-CPUs")};
  } else if (name == "memory") {
    job.demand.memory_per_rank = {words.amount(value, "bytes")};
  } else if (name == "run") {
    job.oracle_run_time = Duration{words.amount(value, "nanoseconds")};
  } else if (name == "share") {
    job.demand.device_share = words.to_number<std::uint32_t>(value, "thousandths of a device");
    const bool possible = job.demand.device_share > 0 && job.demand.device_share <= kWholeDevice;
    if (!possible || job.demand.devices != 1) words.fail("expected a part of one device");
  } else if (name == "model") {
    job.model = {words.to_number<std::uint32_t>(value, "a model")};
  } else if (name == "deadline") {
    job.deadline = Time{Duration{words.amount(value, "a time")}};
  } else if (name == "qos") {
    job.qos_ppm = words.to_number<std::uint32_t>(value, "millionths");
  } else if (name == "partition") {
    job.partition_ppm = words.to_number<std::uint32_t>(value, "millionths");
  } else if (name == "critical-path") {
    job.critical_path = Duration{words.amount(value, "nanoseconds")};
  } else if (name == "part") {
    submitted.part = parse_part(words, value);
  } else if (name == "elastic") {
    job.elastic = parse_elastic(words, value);
  } else if (name == "after") {
    for (const auto id : parse_list<std::uint32_t>(words, value, "a job number")) {
      submitted.after.push_back({id});
    }
  } else {
    return false;
  }
  return true;
}

Submitted parse_submission(JournalWords& words, const RunHeader& header) {
  Submitted submitted;
  Job& job = submitted.job;
  job.id = {words.number<std::uint32_t>("a job number")};
  job.tenant = {words.id("tenant", header.tenants.size())};
  job.kind = parse_kind(words);
  job.demand.devices = words.number<std::uint32_t>("a number of devices");
  job.priority = words.number<std::int64_t>("a priority");
  job.estimate = Duration{words.amount("an estimate")};
  job.name = words.word("a job name");
  while (!words.at_end()) {
    const std::string_view option = words.word("an option");
    const std::size_t equals = std::min(option.find('='), option.size());
    const auto value = option.substr(std::min(equals + 1, option.size()));
    if (!parse_option(words, option.substr(0, equals), value, submitted)) {
      words.fail(fmt::format("unknown option '{}'", option));
    }
  }
  if (job.model.value >= header.models.size()) words.fail("this model does not exist");
  if (submitted.part && !exists(*submitted.part, header.pipelines)) {
    words.fail("this part of a pipeline does not exist");
  }
  if (!job.may_have(job.demand.devices)) {
    words.fail("the preferred size is none of the elastic ones");
  }
  header.models.constrain(job);
  return submitted;
}

Failed parse_failure(JournalWords& words, JobId job) {
  if (words.at_end()) return {job, FailCause::kFault};
  if (words.word("a cause") != "walltime") words.fail("unknown cause");
  return {job, FailCause::kWalltime};
}

Stopped parse_stop(JournalWords& words) {
  Stopped stopped{{words.number<std::uint32_t>("a job number")}, StopCause::kPreempted, {}};
  const std::string_view cause = words.word("a cause");
  if (cause == "node-down") {
    stopped.cause = StopCause::kNodeDown;
  } else if (cause == "interrupted") {
    stopped.cause = StopCause::kInterrupted;
  } else if (cause != "preempted") {
    words.fail(fmt::format("unknown cause '{}'", cause));
  }
  stopped.lost = Duration{words.amount("lost nanoseconds")};
  return stopped;
}

Event parse_event(JournalWords& words, const RunHeader& header) {
  const std::string_view kind = words.word("an event");
  if (kind == "submit") return parse_submission(words, header);
  if (kind == "stop") return parse_stop(words);
  if (kind == "down") return NodeDown{{words.id("node", header.cluster.nodes().size())}};
  if (kind == "up") return NodeUp{{words.id("node", header.cluster.nodes().size())}};
  const auto job = [&] { return JobId{words.number<std::uint32_t>("a job number")}; };
  if (kind == "start") return Started{job()};
  if (kind == "progress") {
    const JobId id = job();
    const Duration work{words.amount("nanoseconds of work")};
    return Progressed{id, work, Duration{words.amount("nanoseconds of saving")}};
  }
  if (kind == "finish") return Finished{job()};
  if (kind == "resize") return Resized{job()};
  if (kind == "fail") return parse_failure(words, job());
  if (kind == "cancel") return Cancelled{job()};
  if (kind == "priority") {
    const JobId id = job();
    return PriorityChanged{id, words.number<std::int64_t>("a priority")};
  }
  words.fail(fmt::format("unknown event '{}'", kind));
}

Allocation parse_allocation(JournalWords& words, const Cluster& cluster) {
  Allocation allocation;
  const std::string_view text = words.word("devices");
  if (text.starts_with("node")) {
    const auto node = words.to_number<std::uint32_t>(text.substr(4), "a node");
    if (node >= cluster.nodes().size()) words.fail(fmt::format("node {} does not exist", node));
    return {{}, {{NodeId{node}, 1}}};
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view range = text.substr(at, end - at);
    const std::size_t dash = std::min(range.find('-'), range.size());
    const auto first = words.to_number<std::uint32_t>(range.substr(0, dash), "a device");
    const auto last = dash == range.size()
                          ? first
                          : words.to_number<std::uint32_t>(range.substr(dash + 1), "a device");
    const std::size_t listed = allocation.devices.size();
    // A device twice is for the scheduler to find; more than there are need no memory here.
    if (last < first || last >= cluster.device_count() ||
        listed + (last - first) >= cluster.device_count()) {
      words.fail(fmt::format("devices {} do not exist", range));
    }
    for (std::uint32_t device = first; device <= last; ++device) {
      const NodeId node = cluster.node_of(DeviceId{device});
      allocation.devices.push_back({device});
      if (allocation.nodes.empty() || allocation.nodes.back().node != node) {
        allocation.nodes.push_back({node, 0});
      }
      ++allocation.nodes.back().ranks;
    }
    at = end + 1;
  }
  return allocation;
}

std::vector<std::uint32_t> parse_shares(JournalWords& words, const Cluster& cluster) {
  auto shares = parse_list<std::uint32_t>(words, words.word("shares"), "millionths");
  if (shares.size() > cluster.types().size()) words.fail("more shares than device types");
  return shares;
}

Action parse_action(JournalWords& words, const Cluster& cluster) {
  const std::string_view kind = words.word("an action");
  const JobId job{words.number<std::uint32_t>("a job number")};
  if (kind == "start") {
    Allocation allocation = parse_allocation(words, cluster);
    return Start{job, std::move(allocation), words.rest()};
  }
  if (kind == "preempt") return Preempt{job, words.rest()};
  if (kind == "reject") return Reject{job, words.rest()};
  if (kind == "hold") return Hold{job, words.rest()};
  if (kind == "admit") return Admit{job, words.rest()};
  if (kind == "resize") {
    Allocation allocation = parse_allocation(words, cluster);
    return Resize{job, std::move(allocation), words.rest()};
  }
  if (kind == "share") {
    auto shares = parse_shares(words, cluster);
    return Share{job, std::move(shares), words.rest()};
  }
  words.fail(fmt::format("unknown action '{}'", kind));
}

}  // namespace

JournalReader::JournalReader(LineSource lines, std::string file)
    : lines_(std::move(lines)), file_(std::move(file)) {
  read_head();
}

bool JournalReader::read_line() {
  ++line_number_;
  at_end_ = !lines_(line_);
  if (!at_end_ && line_ == "end") {
    complete_ = at_end_ = true;
    if (lines_(line_))
      throw InputError({file_, line_number_ + 1, 1}, "there is more after the end");
  }
  return !at_end_;
}

void JournalReader::read_head() {
  if (!read_line() || line_ != "tandem-journal 1") {
    throw InputError({file_, 1, 1}, "not a journal of this version: expected 'tandem-journal 1'");
  }
  std::vector<ModelSet> excludes{0};  // By model; they may name models that come later.
  while (true) {
    if (!read_line()) throw InputError({file_, line_number_, 1}, "the head of the journal is cut");
    if (line_ == "run") break;
    JournalWords words(line_, file_, line_number_);
    read_head_line(words, header_, excludes);
  }
  for (std::uint32_t a = 0; a < excludes.size(); ++a) {
    for (std::uint32_t b = 0; b < excludes.size(); ++b) {
      if ((excludes[a] >> b & 1) != 0) header_.models.exclude(ModelId{a}, ModelId{b});
    }
  }
  read_line();
}

std::optional<JournalReader::RecordedStep> JournalReader::next() {
  if (at_end_) return std::nullopt;
  RecordedStep recorded;
  recorded.line = line_number_;
  JournalWords head(line_, file_, line_number_);
  if (head.word("'@' and a time") != "@") head.fail("expected '@' and the time of a step");
  recorded.step.now = Time{Duration{head.amount("a time")}};
  head.expect_end();
  while (true) {
    if (!read_line() || line_.starts_with('@')) return recorded;
    JournalWords words(line_, file_, line_number_);
    const std::string_view mark = words.word("'+' or '-'");
    if (mark == "+" && recorded.actions.empty()) {
      recorded.step.events.push_back(parse_event(words, header_));
      words.expect_end();
    } else if (mark == "-") {
      recorded.actions.push_back({line_number_, line_, parse_action(words, header_.cluster)});
    } else {
      words.fail("expected '+' and an event, or '-' and an action");
    }
  }
}

void read_journal(JournalReader& reader, Recorder& recorder) {
  recorder.begin_run(reader.header());
  while (auto recorded = reader.next()) {
    for (Event& event : recorded->step.events) {
      if (auto* submitted = std::get_if<Submitted>(&event)) {
        submitted->job.submitted = recorded->step.now;
      }
    }
    recorder.begin_step(recorded->step.now);
    for (const Event& event : recorded->step.events) recorder.event(event);
    for (const auto& action : recorded->actions) recorder.action(action.action);
  }
}

}  // namespace tandem
