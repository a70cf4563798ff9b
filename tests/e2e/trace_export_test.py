"""tandem trace export: what Perfetto opens keeps the rules of Chrome's trace format."""

import collections
import gzip
import json
import os
import re
import subprocess

import e2e

SHARED = """\
tandem: 1
name: shared
cluster:
  nodes: [{ name: n, count: 2, devices: { type: h100-sxm, count: 2 } }]
  failures: { node_mtbf: 2 h, repair: 10 min, checkpoint_interval: 5 min }
tenants: { red: { weight: 2 }, blue: { weight: 1 } }
workload:
  jobs:
    - generate: { name: "g\\"\\\\<x>", count: 80, arrival: poisson, load: 0.9, devices: { 1: 2, 4: 1 },
                  duration: { lognormal: { median: 10 min, p99: 1 h } }, tenants: { red: 1, blue: 1 } }
    - job: { name: half, submit: 1 h, devices: 1, share: 0.5, duration: 1 h, tenant: red }
    - job: { name: other-half, submit: 1 h, devices: 1, share: 0.5, duration: 2 h, tenant: red }
policies: [las+preempt]
"""


class TraceExport(e2e.Case):
    def simulate(self, scenario, *more):
        self.write("lab.yaml", scenario)
        return self.good("simulate", "lab.yaml", "-o", "out", "--json", "-q", *more).json()

    def kept_rules(self, trace):
        """Checks the events of a trace and returns them by phase."""
        phases = collections.defaultdict(list)
        open_slices = collections.defaultdict(list)
        last = 0
        for event in trace["traceEvents"]:
            phases[event["ph"]].append(event)
            self.assertIsInstance(event["pid"], int)
            self.assertIsInstance(event["tid"], int)
            if event["ph"] == "M":
                continue
            self.assertGreaterEqual(event["ts"], last, "sorted by time")
            last = event["ts"]
            track = event["pid"], event["tid"]
            if event["ph"] == "B":
                self.assertFalse(open_slices[track], "slices of a thread do not overlap")
                open_slices[track].append(event["name"])
            elif event["ph"] == "E":
                open_slices[track].pop()
        self.assertFalse(any(open_slices.values()), "every slice ends")
        self.assertLessEqual(set(phases), set("MBECi"))
        return phases

    def test_gangs_are_slices_on_their_devices(self):
        result = self.simulate(e2e.LAB)
        done = self.good("trace", "export", "out/easy-seed1", "-o", "trace.json")
        self.assertIn("https://ui.perfetto.dev", done.out)
        trace = json.loads(self.read("trace.json"))
        phases = self.kept_rules(trace)
        names = {event["args"]["name"] for event in phases["M"] if event["name"] == "process_name"}
        self.assertEqual(names, {"cluster under easy", "n-0", "n-1"})
        told = self.good("explain", "out", "wide", "-p", "easy", "--json").json()[0]["job"]
        wide = [event for event in phases["B"] if event["name"] == "wide"]
        self.assertEqual(len(wide), 8)
        self.assertEqual({event["ts"] for event in wide}, {told["runs"][0]["start_s"] * 1e6})
        self.assertEqual(sorted(event["args"]["rank"] for event in wide), list(range(8)))
        self.assertEqual(wide[0]["args"]["tenant"], "red")
        self.assertEqual(wide[0]["args"]["reason"], told["runs"][0]["reason"])
        self.assertAlmostEqual(wide[0]["args"]["waited_s"], told["wait_s"])
        queue = [event["args"]["jobs"] for event in phases["C"] if event["name"] == "jobs that wait"]
        run = next(run for run in result["runs"] if run["policy"] == "easy")
        self.assertEqual(max(queue), run["queue_length"]["max"])
        held = [event for event in phases["C"] if event["name"] == "devices held"]
        area = sum(one["args"]["devices"] * (two["ts"] - one["ts"]) for one, two in zip(held, held[1:]))
        self.assertAlmostEqual(area / 3600e6, run["device_hours"], places=6)

    def test_preemptions_failures_and_shared_devices(self):
        result = self.simulate(SHARED)
        self.good("trace", "export", "out", "-o", "trace.json.gz")
        with gzip.open(self.path("trace.json.gz")) as file:
            phases = self.kept_rules(json.load(file))
        instants = collections.Counter(event["name"] for event in phases["i"])
        journal = self.read("out/las+preempt-seed1/journal")
        self.assertEqual(instants["preempted"], len(re.findall(r"^\+ stop \d+ preempted", journal, re.M)))
        self.assertGreater(instants["preempted"], 0)
        self.assertEqual(instants["lost its node"], len(re.findall(r"^\+ stop \d+ node-down", journal, re.M)))
        self.assertGreater(instants["node down"], 0)
        threads = {event["args"]["name"] for event in phases["M"] if event["name"] == "thread_name"}
        self.assertTrue(any("shared 2" in name for name in threads), threads)
        self.assertEqual(result["runs"][0]["jobs"]["completed"], 82)

    def test_equal_runs_give_equal_bytes(self):
        self.simulate(e2e.LAB)
        for name in ("a.json.gz", "b.json.gz"):
            self.good("trace", "export", "out/fifo-seed1", "-o", name, "-q")
        with open(self.path("a.json.gz"), "rb") as a, open(self.path("b.json.gz"), "rb") as b:
            self.assertEqual(a.read(), b.read())

    def test_memory_does_not_go_with_the_jobs(self):
        scenario = e2e.LAB.replace("count: 60", "count: 100000").replace("1 h, devices: 8", "1 s, devices: 8")
        self.simulate(scenario, "--policy", "easy")
        child = subprocess.Popen([self.program, "trace", "export", "out", "-o", "trace.json", "--json"],
                                 cwd=self.folder, stdout=subprocess.PIPE)
        told = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        child.stdout.close()
        self.assertEqual(child.returncode, 0)
        size = os.path.getsize(self.path("trace.json"))
        self.assertGreater(json.loads(told)["slices"], 100_000)
        self.assertGreater(size, 40e6)
        if not self.is_sanitized:  # Freed memory is kept there for a while.
            self.assertLess(usage.ru_maxrss * 1024, size / 2 if size < 80e6 else 60e6)

    def test_what_cannot_be(self):
        self.simulate(e2e.LAB)
        for arguments, says in [
                (["out", "-o", "x.json"], "out: a trace is of one run, and here are several: "
                                          "out/fifo-seed1, out/easy-seed1"),
                (["out/fifo-seed1", "-o", "x.zip"], "x.zip: a trace's name ends in .json or .json.gz"),
                (["none", "-o", "x.json"], "none: no such run"),
                (["out/fifo-seed1"], "--output is missing"),
                (["-o", "x.json"], "RUN is missing"),
                (["out/fifo-seed1", "-o", "nowhere/x.json"], "nowhere/x.json")]:
            with self.subTest(arguments=arguments):
                self.refused("trace", "export", *arguments, says=says)
        self.refused("trace", says="'tandem trace --help'")
        self.refused("trace", "exprot", says=r"unexpected word 'exprot' \(did you mean 'export'\?\)")


if __name__ == "__main__":
    e2e.main()
