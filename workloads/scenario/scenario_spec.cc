// The upper half of the format: cluster, tenants, policies.
#include "workloads/scenario/scenario_spec.h"

#include <fmt/format.h>

namespace tandem {
namespace {

SpecPointer nodes_spec() {
  const auto devices = object(
      {required("type", scalar(ScalarKind::kName),
                "Device type, as `tandem hardware list` or a file of 'catalog' names it, or 'any': "
                "unspecified, fit for every job."),
       optional("count", count_spec(1, 1'000'000), "Devices of each node.", "1")});
  const auto group = object(
      {required("name", scalar(ScalarKind::kName), "Group name; its nodes are NAME-0, NAME-1 …"),
       optional("count", count_spec(0, 1'000'000), "How many such nodes.", "1"),
       optional("devices", devices, "Accelerators of each node; absent: none."),
       optional("rack", count_spec(1, 1'000'000),
                "Nodes of each rack, filled one after the other. Absent: all in one."),
       optional("cpus", more_than_zero(ScalarKind::kNumber),
                "Processor cores of each node; absent: not counted."),
       optional("memory", more_than_zero(ScalarKind::kBytes),
                "Memory of each node; absent: not counted.")});
  const auto trace =
      object({optional("format", word({"openb"}), "Format of the node list.", "openb"),
              required("file", scalar(ScalarKind::kText), "Node list, relative to the scenario.")});
  return list(
      choice({object_if("trace", {required("trace", trace, "Nodes listed in a file.")}), group}),
      1);
}

SpecPointer network_spec() {
  return object(
      {optional("topology", word({"flat", "fat-tree"}),
                "'flat': the core is never the bottleneck; 'fat-tree': it may be oversubscribed.",
                "flat"),
       required("nic", more_than_zero(ScalarKind::kBandwidth), "Rate of one network card."),
       optional("nics_per_node", count_spec(1, 1024), "Network cards of each node.", "1"),
       optional("oversubscription", scalar(ScalarKind::kNumber, 1, 1e6, "from 1 to 1000000"),
                "Sum of the nodes' rates over the rate of the core; fat-tree only.", "1"),
       optional("fidelity", word({"L0", "L1", "L2", "L3"}),
                "L1: training jobs that share an oversubscribed uplink slow each other down, as "
                "the mean over their iterations says. L0: each has the network for itself. L2: "
                "every iteration is gone through, its bytes a transfer that shares wires with all "
                "others. L3: so is every hop of its collectives; slow, for calibration.",
                "L1"),
       optional("racks_per_pod", count_spec(1, 1'000'000),
                "Racks below one pair of upper switches. Absent: all.")});
}

SpecPointer failures_spec() {
  const auto outage =
      object({required("node", scalar(ScalarKind::kName), "Node name, such as h100-0."),
              required("at", duration_spec(), "When it goes down, from the start of the run."),
              required("for", positive_duration_spec(), "How long it stays down.")});
  return object(
      {optional("node_mtbf", positive_duration_spec(),
                "Mean time between failures of one node, exponential; needs 'repair'."),
       optional("repair", duration_spec(), "From a failure to the node's return."),
       optional("rack_mtbf", positive_duration_spec(),
                "The same of what the nodes of a rack share, and lose together; needs racks."),
       optional("rack_repair", duration_spec(), "From such a failure to the nodes' return.",
                "as 'repair'"),
       optional("detection", duration_spec(),
                "Until a failure, or a return, is noticed; gangs on the node hang meanwhile.",
                "0 s"),
       optional("checkpoint_interval", choice({word({"young", "daly"}), positive_duration_spec()}),
                "Gangs save themselves each time they have computed for so long, or so often as "
                "Young's or Daly's formula says. Absent: never, and a gang that loses a node "
                "starts from the beginning."),
       optional("outages", list(outage), "Nodes taken down at times known in advance.")});
}

SpecPointer cluster_spec() {
  const auto storage = object({required("bandwidth", more_than_zero(ScalarKind::kBandwidth),
                                        "Rate of the storage node that inputs are read from.")});
  const std::string measured = "Absent: as the catalogue has measured the devices, else 0 s.";
  const auto preemption = object(
      {optional("save", scalar(ScalarKind::kBool),
                "Whether gangs save their state first; if not, they lose what they have done since "
                "their last checkpoint.",
                "true"),
       optional("start", duration_spec(), "Spent at every start, a job's first too. " + measured),
       optional("restart", duration_spec(),
                "More, at every start but a job's first, besides reading its state. " + measured),
       optional(
           "stop", duration_spec(),
           "From a preemption until the devices are free, besides saving the state. " + measured)});
  const auto partition = object(
      {optional("types", list(scalar(ScalarKind::kName), 1), "Its device types. Absent: all."),
       optional("priority", scalar(ScalarKind::kNumber, 0, 1e12, "from 0 to 1e12"),
                "Against the largest of all partitions, which counts as 1.", "0")});
  const auto rate = scalar(ScalarKind::kPrice, 0, 1e9, "at least 0");
  const auto price =
      choice({rate, one_of({optional("reserved", rate, "Paid all the time, as a price alone is."),
                            optional("spot", rate, "Paid only while a gang holds the device.")})});
  const auto watts = scalar(ScalarKind::kPower, 0, 1e9, "at least 0");
  const auto power = object({optional("busy", watts, "While a gang holds it."),
                             optional("idle", watts, "While nobody does.")});
  return object(
      {required("nodes", nodes_spec(), "Groups of equal nodes, or node lists."),
       optional("network", network_spec(), "Wires; absent: transfers take no time."),
       optional("storage", storage, "Where jobs read their input; absent: as fast as the core."),
       optional("failures", failures_spec(), "What breaks, and what that costs."),
       optional("preemption", preemption, "What it costs to stop a gang and start it again."),
       optional("partitions", map(ScalarKind::kName, partition, 1),
                "Parts of the cluster that jobs may name."),
       optional("price", map(ScalarKind::kName, price),
                "What one device costs for an hour, by node group."),
       optional("pue", scalar(ScalarKind::kNumber, 1, 100, "from 1 to 100"),
                "Power of the whole facility over that of its devices.", "1"),
       optional("carbon", scalar(ScalarKind::kCarbon, 0, 1e6, "at least 0"),
                "What a kilowatt-hour emits; absent: there is no carbon in the results."),
       optional("power", map(ScalarKind::kName, power),
                "What one device draws, by node group; absent: as the catalogue says. Without an "
                "idle figure there is no energy in the results.")});
}

SpecPointer tenants_spec() {
  const auto tenant =
      object({optional("weight", scalar(ScalarKind::kNumber, 0, 1e9, "from 0 to 1e9"),
                       "Share among its siblings.", "1"),
              optional("quota", count_spec(0, 10'000'000),
                       "Most devices it may hold at one time, with all tenants within."),
              optional("guaranteed", count_spec(0, 10'000'000),
                       "Devices that it gets back from those who borrow them, under a policy with "
                       "preempt:by=quota; part of what the tenant above is guaranteed."),
              optional("tenants", reference("tenants"), "Tenants within this one, to any depth.")});
  return define("tenants", map(ScalarKind::kName, tenant));
}

SpecPointer limits_spec() {
  return list(object(
      {optional("tenant", scalar(ScalarKind::kName), "Of this account and all below it."),
       optional("kind", job_kind_spec(), "Of this kind."),
       optional("model", scalar(ScalarKind::kName), "Of this model."),
       optional("running", count_spec(1, 1'000'000'000),
                "Most such jobs that may run or wait for devices; others are held back."),
       optional("submitted", count_spec(0, 1'000'000'000),
                "Most such jobs that may be submitted and not ended; others are rejected.")}));
}

SpecPointer whole_spec() {
  return with_later(
      object(
          {required("tandem", count_spec(1, 1), "Version of this format."),
           required("name", scalar(ScalarKind::kName), "Name of the scenario, for reports."),
           optional("catalog", list(scalar(ScalarKind::kText), 1),
                    "Files with devices, models and fabrics of your own, relative to the scenario, "
                    "in the form of `tandem models --catalog`; a later entry replaces an earlier "
                    "one of its name."),
           required("cluster", cluster_spec(), "The machines."),
           optional("tenants", tenants_spec(), "Who submits jobs, and with what share."),
           optional("limits", limits_spec(), "How many jobs there may be at one time."),
           required("workload", workload_spec(), "What is submitted when."),
           optional("policies", policies_spec(), "Scheduling policies to compare.", "fifo, easy"),
           optional("scheduling_interval", duration_spec(),
                    "Least time between two decisions; 0: decide whenever something happens.",
                    "0 s")}),
      {"slo"});
}

}  // namespace

const Spec& scenario_spec() {
  static const SpecPointer spec = whole_spec();
  return *spec;
}

SpecPointer duration_spec() {
  return scalar(ScalarKind::kDuration, 0, static_cast<double>(kLongestDuration.count()),
                "from 0 s to 50 years");
}

SpecPointer positive_duration_spec() {
  return scalar(ScalarKind::kDuration, 1, static_cast<double>(kLongestDuration.count()),
                "more than 0 s and at most 50 years");
}

SpecPointer count_spec(double least, double most) {
  return scalar(ScalarKind::kInteger, least, most,
                least == most ? fmt::format("{:.0f}", least)
                              : fmt::format("from {:.0f} to {:.0f}", least, most));
}

}  // namespace tandem
