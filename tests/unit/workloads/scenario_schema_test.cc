// The JSON Schema and the checker: two readings of one specification must agree.
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
// The adapter comes first: the rest of valijson is templates over it.
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "tests/unit/workloads/scenario_text.h"
#include "workloads/format/document.h"

namespace tandem {
namespace {

using nlohmann::json;

/// A YAML tree as an editor sees it: plain scalars become numbers and truth values.
json as_json(const Value& value) {
  json result;
  switch (value.kind) {
    case Value::Kind::kNull: return nullptr;
    case Value::Kind::kList:
      result = json::array();
      for (const Value& item : value.items) result.push_back(as_json(item));
      return result;
    case Value::Kind::kMap:
      result = json::object();
      for (const Value& item : value.items) result[item.key] = as_json(item);
      return result;
    case Value::Kind::kScalar: break;
  }
  if (value.quoted) return value.text;
  if (value.text == "true" || value.text == "false") return value.text == "true";
  char* end = nullptr;
  const double number = std::strtod(value.text.c_str(), &end);
  if (*end != '\0' || value.text.empty()) return value.text;
  if (value.text.find_first_of(".eE") == std::string::npos) return std::stoll(value.text);
  return number;
}

class SchemaTest : public testing::Test {
 protected:
  SchemaTest() {
    const json schema = json::parse(scenario_schema());
    valijson::adapters::NlohmannJsonAdapter adapter(schema);
    valijson::SchemaParser().populateSchema(adapter, schema_);
  }

  std::string schema_error(const std::string& text) const {
    const json document = as_json(parse_document(text, "s.yaml").root);
    valijson::adapters::NlohmannJsonAdapter target(document);
    valijson::ValidationResults results;
    valijson::Validator validator;
    if (validator.validate(schema_, target, &results)) return {};
    std::string text_of_all = "refused: ";
    for (valijson::ValidationResults::Error error; results.popError(error);) {
      text_of_all += error.description + " ";
    }
    return text_of_all;
  }

  void expect_both_accept(const std::string& text) const {
    EXPECT_EQ(error_of(text), "") << text;
    EXPECT_EQ(schema_error(text), "") << text;
  }
  void expect_both_refuse(const std::string& text) const {
    EXPECT_NE(error_of(text), "") << text;
    EXPECT_NE(schema_error(text), "") << text;
  }

  valijson::Schema schema_;
};

std::string job(const std::string& settings) {
  return with_jobs("  - job: { name: a, duration: 1 h, " + settings + " }");
}
std::string generate(const std::string& settings) {
  return with_jobs("  - generate: { count: 2, " + settings + " }");
}

TEST_F(SchemaTest, AcceptsTheExample) { expect_both_accept(std::string(example_scenario())); }

TEST_F(SchemaTest, AgreesOnWhatIsRight) {
  for (const char* settings :
       {"devices: 0", "submit: 0", "submit: 1.5h", "memory: 80 GiB", "one_node: true",
        "kind: serve", "types: [h100-sxm]", "tenant: 2024", "priority: -3", "cpus: 0.5",
        "share: 0.25", "preemptible: false", "deadline: 4 h, state: 80 GB, kind: release",
        "devices: 4, elastic: { min: 2, max: 16, speedup: { 2: 1, 4: 1.9 } }"}) {
    expect_both_accept(job(settings));
  }
  for (const char* settings :
       {"arrival: { poisson: 40/h }, duration: { exponential: 1 s }",
        "arrival: poisson, load: 0.5, duration: { lognormal: { median: 1 s, p99: 1 h } }",
        "arrival: { every: 1 s }, duration: { lognormal: { mean: 1 s, cv: 2 } }",
        "arrival: { diurnal: { rate: 3/day } }, duration: { empirical: { values: [1 s] } }",
        "arrival: { every: 1 s }, duration: { deterministic: 1 s }, devices: { 1: .5, 8: 1 }",
        "arrival: { every: 1 s }, duration: { deterministic: 1 s }, estimate: round",
        "arrival: { every: 1 s }, duration: { deterministic: 1 s }, estimate: { factor: 2 }",
        "arrival: { every: 1 s }, duration: { deterministic: 1 s }, tenants: { count: 3, zipf: 1 }",
        "arrival: { every: 1 s }, duration: { deterministic: 1 s }, tenants: { a: 1, b: 2 }"}) {
    expect_both_accept(generate(settings));
  }
  expect_both_accept(
      with_jobs("  - job: { name: a, duration: 1 h, tenant: c }",
                "tenants: { a: { tenants: { b: { tenants: { c: { quota: 1 } } } } } }"));
  const std::string one = "  - job: { name: a, duration: 1 h, model: m, qos: q }";
  const std::string more =
      "  models: { m: { throughput: { h100-sxm: 1 }, reference: h100-sxm, excludes: [m] } }\n"
      "  qos: { q: 1 }\n  overrun: kill\n"
      "limits: [{ kind: data, model: m, running: 1 }, { submitted: 0 }]\n";
  expect_both_accept(with_jobs(one, more +
                                        "policies: [fifo, { fair-share: { half_life: 7 days } }, "
                                        "{ order: { sjf: { size: oracle } }, backfill: easy, "
                                        "preempt: true, elastic: { pause: 1 h } }]"));
  expect_both_accept(
      with_jobs("  - pipeline: { name: p, count: 2, every: 1 h, stages: [{ name: a }, { name: b, "
                "depends_on: [a], slices: 4, duration: 1 h, overhead: 0 }] }"));
  const std::string layout = "model: gpt2, batch: 8, parallel: {}";
  const std::string recipe = "{ text: { files: [a], tokens: bytes }, betas: [0.9, 0.95], seed: 0 }";
  expect_both_accept(with_jobs("  - train: { name: t, steps: 1, recipe: " + recipe + ", " + layout +
                                   " }\n" + "  - evaluate: { name: e, of: t, rows: 10, " + layout +
                                   " }\n" + "  - evaluate: { name: f, checkpoints: c, rows: 10, " +
                                   layout + " }",
                               "  recipe: " + recipe + "\n"));
  expect_both_accept(
      with_cluster("  nodes: [{ name: a, rack: 2 }]\n  network: { nic: 1 Gbps, racks_per_pod: 2 }\n"
                   "  preemption: { save: false, restart: 0 }\n  partitions: { p: { priority: 1 } "
                   "}"));
}

TEST_F(SchemaTest, AgreesOnWrongEvaluations) {
  const std::string layout = "model: gpt2, batch: 8, parallel: {}";
  for (const char* settings :
       {"rows: 1", "checkpoints: c", "of: t, checkpoints: c, rows: 1", "checkpoints: c, rows: 0",
        "checkpoints: c, rows: 1, kind: train", "checkpoints: c, rows: 1, recompute: full",
        "checkpoints: c, rows: 1, recipe: { betas: [0.9], text: { files: [a] } }",
        "checkpoints: c, rows: 1, recipe: { learning_rate: 0, text: { files: [a] } }",
        "checkpoints: c, rows: 1, recipe: { text: { files: [] } }"}) {
    expect_both_refuse(with_jobs("  - evaluate: { name: e, " + layout + ", " + settings + " }"));
  }
}

TEST_F(SchemaTest, AgreesOnWhatIsWrong) {
  for (const char* settings : {"devices: -1",     "devices: 1.5",    "devices: '1'",
                               "submit: 5",       "submit: soon",    "submit: -1 s",
                               "memory: 80",      "memory: 80 GX",   "one_node: yes",
                               "kind: play",      "types: h100-sxm", "types: []",
                               "tenant: 'a b'",   "tenant: ",        "tenant: [a]",
                               "priority: 1.5",   "cpus: -1",        "unknown: 1",
                               "tokens: 1",       "share: 2",        "elastic: { min: 1 }",
                               "preemptible: no", "state: 8",        "depends_on: a",
                               "deadline: 0 s"}) {
    expect_both_refuse(job(settings));
  }
  for (const char* settings :
       {"arrival: { poisson: 40 }, duration: { exponential: 1 s }",
        "arrival: { poisson: 0/h }, duration: { exponential: 1 s }",
        "arrival: { poisson: 1/h, every: 1 s }, duration: { exponential: 1 s }",
        "arrival: {}, duration: { exponential: 1 s }", "arrival: { every: 1 s }",
        "arrival: { every: 0 s }, duration: { exponential: 1 s }",
        "arrival: { every: 1 s }, duration: { exponential: 0 s }",
        "arrival: { every: 1 s }, duration: { lognormal: { median: 1 s } }",
        "arrival: { every: 1 s }, duration: { lognormal: { median: 1 s, cv: 1 } }",
        "arrival: { every: 1 s }, duration: { deterministic: 1 s }, devices: { one: 1 }",
        "arrival: { every: 1 s }, duration: { deterministic: 1 s }, devices: [1]",
        "arrival: { every: 1 s }, duration: { deterministic: 1 s }, estimate: { factor: 0 }",
        "arrival: { every: 1 s }, duration: { deterministic: 1 s }, tenants: { count: 0, zipf: 1 "
        "}"}) {
    expect_both_refuse(generate(settings));
  }
  expect_both_refuse(with_jobs("  - job: { name: a, duration: 1 h }",
                               "tenants: { a: { tenants: { b: { wait: 1 } } } }"));
  expect_both_refuse(with_cluster("  nodes: [{ name: a, cpus: 0 }]"));
  expect_both_refuse(with_cluster("  nodes: [{ count: 1 }]"));
  expect_both_refuse(with_cluster("  nodes: [{ name: a, rack: 0 }]"));
  const std::string one = "  - job: { name: a, duration: 1 h }";
  for (const char* rest :
       {"  models: { m: { throughput: 3 } }", "  overrun: explode", "limits: [{ running: 0 }]",
        "policies: [{ order: fifo, backfil: easy }]", "policies: [{ order: fifo, preempt: maybe }]",
        "tenants: { a: { guaranteed: -1 } }"}) {
    expect_both_refuse(with_jobs(one, rest));
  }
  expect_both_refuse(with_jobs("  - pipeline: { name: p, stages: [] }"));
}

TEST(Schema, EveryKeyIsExplained) {
  const json schema = json::parse(scenario_schema());
  const std::function<void(const json&)> visit = [&](const json& node) {
    if (node.is_object() && node.contains("properties")) {
      for (const auto& [key, value] : node["properties"].items()) {
        EXPECT_GT(value.value("description", "").size(), 8u) << key;
      }
    }
    if (node.is_structured()) {
      for (const json& child : node) visit(child);
    }
  };
  visit(schema);
}

}  // namespace
}  // namespace tandem
