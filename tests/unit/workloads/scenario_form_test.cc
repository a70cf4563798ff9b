// The form of scenarios: each message as users read it.
#include <gtest/gtest.h>

#include "tests/unit/workloads/scenario_text.h"

namespace tandem {
namespace {

std::string job(const std::string& settings) {
  return "  - job: { name: a, duration: 1 h" + settings + " }";
}
std::string generate(const std::string& settings) { return "  - generate: { " + settings + " }"; }

struct Wrong {
  const char* name;
  std::string text;
  std::string message;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

class WrongScenario : public testing::TestWithParam<Wrong> {};

TEST_P(WrongScenario, IsExplained) {
  EXPECT_NE(error_of(GetParam().text).find(GetParam().message), std::string::npos)
      << "wanted: " << GetParam().message << "\ngot:    " << error_of(GetParam().text);
}

const std::string kDraw = "count: 5, arrival: { poisson: 1/s }, duration: { exponential: 1 s }";

INSTANTIATE_TEST_SUITE_P(
    Form, WrongScenario,
    testing::Values(
        Wrong{"Empty", " \n", "s.yaml: the scenario is empty"},
        Wrong{"Binary", std::string("a: 1\nb: \0", 9), "s.yaml:2: this is not a text file"},
        Wrong{"NotAMap", "hello", "s.yaml:1:1: expected a map with tandem, name"},
        Wrong{"Version", "tandem: 2", "s.yaml:1:9: tandem: '2' is out of range: it must be 1"},
        Wrong{"MissingKey", "tandem: 1", "the key 'cluster' is missing (The machines.)"},
        Wrong{"UnknownKey", with_jobs(job(", prioritty: 1")),
              "s.yaml:7:36: workload.jobs.0.job: unknown key 'prioritty' (did you mean "
              "'priority'?)"},
        Wrong{"UnknownKeyFarOff", with_cluster("  nodes: [{ name: a }]\n  xyzzy: 1"),
              "s.yaml:5:3: cluster: unknown key 'xyzzy' (one of: nodes, network"},
        Wrong{"Later", with_jobs(job("")) + "slo: {}\n",
              "s.yaml:8:1: this version does not simulate 'slo' yet"},
        Wrong{"TrainWithoutModel", with_jobs("  - train: { name: x }"),
              "s.yaml:7:12: workload.jobs.0.train: the key 'model' is missing"},
        Wrong{"Duration", with_jobs("  - job: { name: a, duration: soon }"),
              "s.yaml:7:31: workload.jobs.0.job.duration: expected a duration such as '90 s' or "
              "'7 days', not 'soon'"},
        Wrong{"DurationWithoutUnit", with_jobs("  - job: { name: a, duration: 90 }"),
              "expected a duration such as '90 s' or '7 days', not '90'"},
        Wrong{"DurationZero", with_jobs("  - job: { name: a, duration: 0 s }"),
              "'0 s' is out of range: it must be more than 0 s and at most 50 years"},
        Wrong{"DurationNegative", with_jobs(job(", submit: -1 s")),
              "'-1 s' is out of range: it must be from 0 s to 50 years"},
        Wrong{"Integer", with_jobs(job(", devices: 1.5")),
              "devices: expected a whole number, not '1.5'"},
        Wrong{"QuotedInteger", with_jobs(job(", devices: '1'")),
              "devices: expected a whole number, not '1'"},
        Wrong{"IntegerRange", with_jobs(job(", devices: -1")),
              "'-1' is out of range: it must be from 0 to 1000000"},
        Wrong{"Bytes", with_jobs(job(", memory: 80")),
              "memory: expected an amount of bytes such as '80 GB' or '512 MiB', not '80'"},
        Wrong{"Rate",
              with_jobs(generate("count: 1, arrival: { poisson: 40 h }, duration: { "
                                 "exponential: 1 s }")),
              "poisson: expected a rate such as '40/h' or '0.5/s', not '40 h'"},
        Wrong{"Bandwidth", with_cluster("  nodes: [{ name: a }]\n  network: { nic: 400 GB }"),
              "nic: expected a bandwidth such as '400 Gbps' or '50 GB/s', not '400 GB'"},
        Wrong{"Price", with_cluster("  nodes: [{ name: a }]\n  price: { a: 2 USD }"),
              "price.a: expected a price such as '2.50 USD/device-hour', not '2 USD'"},
        Wrong{"Bool", with_jobs(job(", one_node: yes")),
              "one_node: expected true or false, not 'yes'"},
        Wrong{"Word", with_jobs(job(", kind: trian")),
              "kind: unknown value 'trian' (did you mean 'train'?)"},
        Wrong{"DeviceType", with_cluster("  nodes: [{ name: a, devices: { type: h100-sx } }]"),
              "expected a device type of the catalogue, or 'any', not 'h100-sx' (did you mean "
              "'h100-sxm'?)"},
        Wrong{"Name", with_jobs("  - job: { name: 'a b', duration: 1 h }"),
              "name: expected a name without white space, not 'a b'"},
        Wrong{"NothingGiven", with_jobs(job(", tenant: ")),
              "tenant: expected a name without white space, not nothing"},
        Wrong{"List", with_jobs("  - job: { name: a, duration: 1 h, types: h100-sxm }"),
              "types: expected a list, not 'h100-sxm'"},
        Wrong{"EmptyList", with_cluster("  nodes: []"), "cluster.nodes: the list is empty"},
        Wrong{"Choice", with_jobs(generate(kDraw + ", devices: [1, 2]")),
              "devices: expected a whole number, or a map, not a list"},
        Wrong{"MisspeltMarker",
              with_jobs(generate("count: 1, arrival: { every: 1 s }, duration: { lognormal: { "
                                 "medain: 1 s, p99: 2 s } }")),
              "lognormal: unknown key 'medain' (did you mean 'median'?)"},
        Wrong{"MapKey", with_jobs(generate(kDraw + ", devices: { many: 1 }")),
              "devices: expected a whole number as key, not 'many'"},
        Wrong{"TwoSources",
              with_jobs("  - { job: { name: a, duration: 1 h }, trace: { file: x } }"),
              "trace and job exclude each other: give exactly one of them"},
        Wrong{"NoSource", with_jobs("  - {}"), "give exactly one of trace, generate, job"},
        Wrong{"TwoChanges",
              with_jobs(job(""),
                        "  changes: [{ at: 1 s, job: a, priority: 1, "
                        "cancel: true }]"),
              "priority and cancel exclude each other"}),
    [](const auto& wrong) { return wrong.param.name; });

TEST(ScenarioForm, AllProblemsAreToldAtOnce) {
  const std::string message = error_of("tandem: 1\nnam: x\ncluster: { nodes: 3 }\nworkload: {}\n");
  EXPECT_EQ(message,
            "s.yaml:2:1: unknown key 'nam' (did you mean 'name'?)\n"
            "s.yaml:3:19: cluster.nodes: expected a list, not '3'\n"
            "s.yaml:1:1: the key 'name' is missing (Name of the scenario, for reports.)");
}

TEST(ScenarioForm, ManyProblemsAreCut) {
  std::string jobs;
  for (int i = 0; i < 50; ++i) jobs += "  - job: { name: a, duration: soon }\n";
  EXPECT_NE(error_of(with_jobs(jobs)).find("\nand 30 more"), std::string::npos);
}

TEST(ScenarioForm, OverriddenValuesAreNamedByTheirPath) {
  const std::string text = with_jobs(job(""));
  EXPECT_EQ(error_of(text, {{"workload.jobs.0.job.duration", "soon"}}),
            "--set workload.jobs.0.job.duration: workload.jobs.0.job.duration: expected a duration "
            "such as '90 s' or '7 days', not 'soon'");
  EXPECT_EQ(error_of(text, {{"workload.jobs.0.jobb.name", "b"}}),
            "--set workload.jobs.0.jobb.name: workload.jobs.0: unknown key 'jobb' (did you mean "
            "'job'?)");
}

TEST(ScenarioForm, TheExampleIsValid) { EXPECT_EQ(error_of(std::string(example_scenario())), ""); }

}  // namespace
}  // namespace tandem
