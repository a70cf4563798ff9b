// The head of a journal: what is run, where, and for whom.
#include <optional>

#include "policies/core/journal_words.h"

namespace tandem {
namespace {

void parse_tenant(JournalWords& words, Tenants& tenants) {
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

void parse_guarantee(JournalWords& words, Tenants& tenants) {
  const TenantId tenant{words.id("tenant", tenants.size())};
  tenants.guarantee(tenant, words.number<std::uint32_t>("a number of devices"));
}

void parse_model(JournalWords& words, Models& models, std::vector<ModelSet>& excludes) {
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
std::optional<std::uint32_t> number_or_dash(JournalWords& words, const char* what) {
  const std::string_view text = words.word(what);
  if (text == "-") return std::nullopt;
  return words.to_number<std::uint32_t>(text, what);
}

void parse_limit(JournalWords& words, RunHeader& header) {
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

void parse_pipeline(JournalWords& words, std::vector<Pipeline>& pipelines) {
  if (words.number<std::uint32_t>("a pipeline number") != pipelines.size()) {
    words.fail("pipelines are not numbered through");
  }
  Pipeline pipeline;
  pipeline.runs = words.number<std::uint32_t>("a number of runs");
  pipeline.name = words.word("a name");
  pipelines.push_back(std::move(pipeline));
}

void parse_stage(JournalWords& words, std::vector<Pipeline>& pipelines) {
  Pipeline& pipeline = pipelines[words.id("pipeline", pipelines.size())];
  PipelineStage stage;
  stage.slices = words.number<std::uint32_t>("a number of slices");
  stage.run_time = Duration{words.amount("a run time")};
  stage.overhead = Duration{words.amount("an overhead")};
  if (stage.overhead > stage.run_time) words.fail("the overhead is more than the run time");
  stage.name = words.word("a name");
  pipeline.stages.push_back(std::move(stage));
}

void parse_place(JournalWords& words, Cluster& cluster) {
  const NodeId node{words.id("node", cluster.nodes().size())};
  const auto rack = words.number<std::uint32_t>("a rack");
  cluster.set_place(node, rack, words.number<std::uint32_t>("a pod"));
}

void parse_node(JournalWords& words, Cluster& cluster) {
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

}  // namespace

void read_head_line(JournalWords& words, RunHeader& header, std::vector<ModelSet>& excludes) {
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
  } else if (key == "pipeline") {
    parse_pipeline(words, header.pipelines);
  } else if (key == "stage") {
    parse_stage(words, header.pipelines);
  } else {
    words.fail(fmt::format("unknown line '{}' in the head of a journal", key));
  }
  words.expect_end();
}

}  // namespace tandem
