#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "policies/core/error.h"
#include "policies/core/journal.h"

namespace tandem {
namespace {

/// One line, taken apart word by word. Every wrong word is an InputError at its column.
class Words {
 public:
  Words(std::string_view line, const std::string& file, std::size_t number)
      : line_(line), file_(file), number_(number) {}

  bool at_end() const { return place_ >= line_.size(); }
  std::string_view word(const char* what) {
    start_ = place_;
    const std::size_t end = std::min(line_.find(' ', place_), line_.size());
    if (end == place_) fail(fmt::format("expected {}", what));
    const std::string_view word = line_.substr(place_, end - place_);
    place_ = std::min(end + 1, line_.size());
    return word;
  }
  std::string rest() { return std::string(line_.substr(std::exchange(place_, line_.size()))); }

  template <class Number>
  Number number(const char* what, int base = 10) {
    return to_number<Number>(word(what), what, base);
  }
  template <class Number>
  Number to_number(std::string_view text, const char* what, int base = 10) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) {
      fail(fmt::format("expected {}, found '{}'", what, text));
    }
    return value;
  }
  /// 0 or more.
  std::int64_t amount(std::string_view text, const char* what) {
    const auto value = to_number<std::int64_t>(text, what);
    if (value < 0) fail(fmt::format("expected {}, found {}", what, value));
    return value;
  }
  std::int64_t amount(const char* what) { return amount(word(what), what); }
  /// A finite number, 0 or more.
  double weight(const char* what) {
    const std::string_view text = word(what);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (!whole || !std::isfinite(value) || value < 0) {
      fail(fmt::format("expected {}, found '{}'", what, text));
    }
    return value;
  }
  void expect_end() {
    if (at_end()) return;
    start_ = place_;
    fail(fmt::format("expected the end of the line, found '{}'", line_.substr(place_)));
  }
  /// An id below `count`.
  std::uint32_t id(const char* what, std::size_t count) {
    const auto value = number<std::uint32_t>(what);
    if (value >= count) fail(fmt::format("{} {} does not exist", what, value));
    return value;
  }
  [[noreturn]] void fail(const std::string& message) const {
    throw InputError({file_, number_, start_ + 1}, message);
  }

 private:
  std::string_view line_;
  const std::string& file_;
  std::size_t number_;
  std::size_t place_ = 0;
  std::size_t start_ = 0;
};

JobKind parse_kind(Words& words) {
  const std::string_view text = words.word("a job kind");
  for (const JobKind kind : kJobKinds) {
    if (name_of(kind) == text) return kind;
  }
  words.fail(fmt::format("unknown job kind '{}'", text));
}

/// "1,2,5".
template <class Number>
std::vector<Number> parse_list(Words& words, std::string_view text, const char* what) {
  std::vector<Number> numbers;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    numbers.push_back(words.to_number<Number>(text.substr(0, comma), what));
    if (comma == text.size()) return numbers;
    text.remove_prefix(comma + 1);
  }
}

/// "2-8" or, with speed-ups, "2-8,2:1000000,8:3500000".
std::shared_ptr<const Elastic> parse_elastic(Words& words, std::string_view text) {
  auto elastic = std::make_shared<Elastic>();
  const std::size_t dash = std::min(text.find('-'), text.size());
  const std::size_t comma = std::min(text.find(','), text.size());
  if (dash >= comma) words.fail("expected a range of devices");
  elastic->least = words.to_number<std::uint32_t>(text.substr(0, dash), "devices");
  elastic->most =
      words.to_number<std::uint32_t>(text.substr(dash + 1, comma - dash - 1), "devices");
  for (std::size_t at = comma; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at + 1), text.size());
    const std::string_view point = text.substr(at + 1, end - at - 1);
    const std::size_t colon = std::min(point.find(':'), point.size());
    const auto devices = words.to_number<std::uint32_t>(point.substr(0, colon), "devices");
    const auto speedup = words.to_number<std::uint64_t>(
        point.substr(std::min(colon + 1, point.size())), "a speed-up");
    const bool rises =
        elastic->speedups.empty() || (devices > elastic->speedups.back().devices &&
                                      speedup >= elastic->speedups.back().speedup_ppm);
    constexpr std::uint64_t kMostSpeedup = std::uint64_t{1} << 40;
    if (!rises || speedup == 0 || speedup > kMostSpeedup) words.fail("speed-ups must rise");
    elastic->speedups.push_back({devices, speedup});
    at = end;
  }
  if (elastic->least == 0 || elastic->least > elastic->most) {
    words.fail("expected a range of devices");
  }
  return elastic;
}

/// One of the options at the end of a submission. False: there is none of this name.
bool parse_option(Words& words, std::string_view name, std::string_view value, Job& job,
                  std::vector<JobId>& after) {
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
  } else if (name == "elastic") {
    job.elastic = parse_elastic(words, value);
  } else if (name == "after") {
    for (const auto id : parse_list<std::uint32_t>(words, value, "a job number")) {
      after.push_back({id});
    }
  } else {
    return false;
  }
  return true;
}

Submitted parse_submission(Words& words, const RunHeader& header) {
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
    if (!parse_option(words, option.substr(0, equals), value, job, submitted.after)) {
      words.fail(fmt::format("unknown option '{}'", option));
    }
  }
  if (job.model.value >= header.models.size()) words.fail("this model does not exist");
  const bool sized =
      job.demand.devices >= job.least_devices() && job.demand.devices <= job.most_devices();
  if (!sized) words.fail("the preferred size is out of the elastic range");
  header.models.constrain(job);
  return submitted;
}

Failed parse_failure(Words& words, JobId job) {
  if (words.at_end()) return {job, FailCause::kFault};
  if (words.word("a cause") != "walltime") words.fail("unknown cause");
  return {job, FailCause::kWalltime};
}

Stopped parse_stop(Words& words) {
  Stopped stopped{{words.number<std::uint32_t>("a job number")}, StopCause::kPreempted, {}};
  const std::string_view cause = words.word("a cause");
  if (cause == "node-down") {
    stopped.cause = StopCause::kNodeDown;
  } else if (cause != "preempted") {
    words.fail(fmt::format("unknown cause '{}'", cause));
  }
  stopped.lost = Duration{words.amount("lost nanoseconds")};
  return stopped;
}

Event parse_event(Words& words, const RunHeader& header) {
  const std::string_view kind = words.word("an event");
  if (kind == "submit") return parse_submission(words, header);
  if (kind == "stop") return parse_stop(words);
  if (kind == "down") return NodeDown{{words.id("node", header.cluster.nodes().size())}};
  if (kind == "up") return NodeUp{{words.id("node", header.cluster.nodes().size())}};
  const auto job = [&] { return JobId{words.number<std::uint32_t>("a job number")}; };
  if (kind == "start") return Started{job()};
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

Allocation parse_allocation(Words& words, const Cluster& cluster) {
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

Action parse_action(Words& words, const Cluster& cluster) {
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
    auto shares = parse_list<std::uint32_t>(words, words.word("shares"), "millionths");
    return Share{job, std::move(shares), words.rest()};
  }
  words.fail(fmt::format("unknown action '{}'", kind));
}

void parse_tenant(Words& words, Tenants& tenants) {
  if (words.number<std::uint32_t>("a tenant number") != tenants.size()) {
    words.fail("tenants are not numbered through");
  }
  std::optional<TenantId> parent;
  std::optional<std::uint32_t> quota;
  if (const auto text = words.word("a parent"); text != "-") {
    parent = TenantId{words.to_number<std::uint32_t>(text, "a parent")};
    if (parent->value >= tenants.size()) words.fail("a parent comes after its child");
  }
  const double shares = words.weight("shares");
  if (const auto text = words.word("a quota"); text != "-") {
    quota = words.to_number<std::uint32_t>(text, "a quota");
  }
  tenants.add(std::string(words.word("a name")), parent, shares, quota);
}

void parse_guarantee(Words& words, Tenants& tenants) {
  const TenantId tenant{words.id("tenant", tenants.size())};
  tenants.guarantee(tenant, words.number<std::uint32_t>("a number of devices"));
}

void parse_model(Words& words, Models& models, std::vector<ModelSet>& excludes) {
  if (words.number<std::uint32_t>("a model number") != models.size()) {
    words.fail("models are not numbered through");
  }
  if (models.size() == Models::kMost) words.fail("there are too many models");
  excludes.push_back(words.number<ModelSet>("models", 16));
  const std::string_view speeds = words.word("speeds");
  std::vector<std::uint32_t> speed_ppm;
  if (speeds != "-") speed_ppm = parse_list<std::uint32_t>(words, speeds, "millionths");
  models.add(std::string(words.word("a name")), std::move(speed_ppm));
}

/// A number or, for "-", nothing.
std::optional<std::uint32_t> number_or_dash(Words& words, const char* what) {
  const std::string_view text = words.word(what);
  if (text == "-") return std::nullopt;
  return words.to_number<std::uint32_t>(text, what);
}

void parse_limit(Words& words, RunHeader& header) {
  Limit limit;
  if (const auto tenant = number_or_dash(words, "a tenant")) {
    if (*tenant >= header.tenants.size()) words.fail("this tenant does not exist");
    limit.tenant = TenantId{*tenant};
  }
  const std::string_view kind_text = words.word("a job kind");
  for (const JobKind kind : kJobKinds) {
    if (name_of(kind) == kind_text) limit.kind = kind;
  }
  if (!limit.kind && kind_text != "-") words.fail("unknown job kind");
  if (const auto model = number_or_dash(words, "a model")) limit.model = ModelId{*model};
  limit.running = number_or_dash(words, "a number of jobs");
  limit.submitted = number_or_dash(words, "a number of jobs");
  limit.name = words.rest();
  header.limits.push_back(std::move(limit));
}

void parse_place(Words& words, Cluster& cluster) {
  const NodeId node{words.id("node", cluster.nodes().size())};
  const auto rack = words.number<std::uint32_t>("a rack");
  cluster.set_place(node, rack, words.number<std::uint32_t>("a pod"));
}

void parse_node(Words& words, Cluster& cluster) {
  if (words.number<std::uint32_t>("a node number") != cluster.nodes().size()) {
    words.fail("nodes are not numbered through");
  }
  const DeviceTypeId type{words.id("type", cluster.types().size())};
  const auto devices = words.number<std::uint32_t>("a number of devices");
  constexpr std::uint64_t kMostDevices = 1 << 24;
  if (std::uint64_t{cluster.device_count()} + devices > kMostDevices) {
    words.fail("no cluster has so many devices");
  }
  const auto counted = [&](const char* what) {
    const auto text = words.word(what);
    return text == "-" ? kUncounted : words.amount(text, what);
  };
  const MilliCpus cpus{counted("milli-CPUs")};
  const Bytes memory{counted("bytes")};
  cluster.add_node(std::string(words.word("a name")), type, devices, cpus, memory);
}

void parse_head_line(Words& words, RunHeader& header, std::vector<ModelSet>& excludes) {
  const std::string_view key = words.word("a line of the head");
  if (key == "scenario") {
    header.scenario = words.rest();
  } else if (key == "hash") {
    header.scenario_hash = words.rest();
  } else if (key == "seed") {
    header.seed = words.number<std::uint64_t>("a seed");
  } else if (key == "policy") {
    header.policy = words.rest();
  } else if (key == "build") {
    header.build = words.rest();
  } else if (key == "interval") {
    header.scheduling_interval = Duration{words.amount("an interval")};
  } else if (key == "tenant") {
    parse_tenant(words, header.tenants);
  } else if (key == "type") {
    const std::size_t number = header.cluster.types().size();
    const bool in_turn = words.number<std::uint32_t>("a type number") == number;
    if (!in_turn || number == kMostDeviceTypes) words.fail("at most 64 types, numbered through");
    header.cluster.add_type(words.word("a name"));
    if (header.cluster.types().size() == number) words.fail("this type is there already");
  } else if (key == "node") {
    parse_node(words, header.cluster);
  } else if (key == "price") {
    const DeviceTypeId type{words.id("type", header.cluster.types().size())};
    header.cluster.set_price(type, words.weight("a price"));
  } else if (key == "place") {
    parse_place(words, header.cluster);
  } else if (key == "guarantee") {
    parse_guarantee(words, header.tenants);
  } else if (key == "model") {
    parse_model(words, header.models, excludes);
  } else if (key == "limit") {
    parse_limit(words, header);
  } else {
    words.fail(fmt::format("unknown line '{}' in the head of a journal", key));
  }
  words.expect_end();
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
    Words words(line_, file_, line_number_);
    parse_head_line(words, header_, excludes);
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
  Words head(line_, file_, line_number_);
  if (head.word("'@' and a time") != "@") head.fail("expected '@' and the time of a step");
  recorded.step.now = Time{Duration{head.amount("a time")}};
  head.expect_end();
  while (true) {
    if (!read_line() || line_.starts_with('@')) return recorded;
    Words words(line_, file_, line_number_);
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
