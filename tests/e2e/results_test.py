"""What simulate says and writes when all is well, or a job can never fit."""

import csv
import io
import pathlib
import re

import e2e

COUNTS = ["submitted", "completed", "failed", "cancelled", "rejected", "running", "queued"]
SPREAD = ["mean", "p50", "p90", "p95", "p99", "max"]
JOBS_HEADER = "job_id,tenant,submit_s,start_s,end_s,wait_s,devices,state,reason,cost,energy_kwh"
WIDE = ("tandem: 1\nname: wide\ncluster: { nodes: [{ name: n, devices: { type: any, count: 4 } }] }"
        "\nworkload:\n  jobs:\n    - job: { name: fits, devices: 1, duration: 1 h }\n"
        "    - job: { name: huge, devices: 9, duration: 1 h }\npolicies: [fifo]\n")


class Results(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", e2e.LAB)

    def test_table(self):
        done = self.good("simulate", "lab.yaml", "-p", "fifo,easy,sjf,ljf,fair-share+easy+spread",
                         "--seeds", "1..3")
        lines = done.out.splitlines()
        self.assertRegex(lines[0], "(gives|has) the shortest mean wait")
        self.assertLessEqual(max(map(len, lines)), 80)
        self.assertNotIn("\x1b", done.out + done.err)
        self.assertNotIn("\n\n\n", done.out)
        self.assertIn("± 95 % confidence over 3 seeds", done.out)
        self.assertEqual(done.err, "")

    def test_table_of_one_policy_has_no_holes(self):
        out = self.good("simulate", "lab.yaml", "-p", "fifo").out
        self.assertTrue(out.startswith("Under fifo jobs wait "))
        self.assertNotIn("\n\n\n", out)
        self.assertFalse(out.endswith("\n\n"))

    def test_json_has_every_key(self):
        done = self.good("simulate", "lab.yaml", "--json", "--seeds", "1..3")
        document = done.json()
        self.assertTrue(done.out.endswith("}\n"))
        self.assertEqual(list(document), ["schema", "scenario", "runs", "summary"])
        self.assertEqual(document["schema"], "tandem.result/1")
        self.assertEqual(document["scenario"]["name"], "lab")
        self.assertRegex(document["scenario"]["hash"], "^[0-9a-f]{16}$")
        self.assertEqual([(run["policy"], run["seed"]) for run in document["runs"]],
                         [(p, s) for p in ("fifo", "easy") for s in (1, 2, 3)])
        for run in document["runs"]:
            self.assertEqual(list(run["jobs"]), COUNTS)
            self.assertEqual(run["jobs"]["submitted"], sum(list(run["jobs"].values())[1:]))
            for name in ("wait_s", "jct_s", "slowdown", "bounded_slowdown"):
                self.assertEqual(list(run[name]), SPREAD)
                self.assertEqual(sorted(run[name][p] for p in SPREAD[1:]),
                                 [run[name][p] for p in SPREAD[1:]])
            for name in ("makespan_s", "utilization", "device_hours", "goodput_device_hours",
                         "jain"):
                self.assertGreater(run[name], 0)
            self.assertIsNone(run["cost"])
            self.assertIn("energy_kwh", run)
            self.assertEqual(set(run["tenants"]), {"red", "blue"})
            self.assertEqual(run["jobs"]["completed"],
                             sum(t["jobs"]["completed"] for t in run["tenants"].values()))
            self.assertIsInstance(run["warnings"], list)
            for finding in run["findings"]:
                self.assertEqual(list(finding),
                                 ["kind", "severity", "summary", "count", "jobs"])
            fairness = run["finish_time_fairness"]
            self.assertEqual(list(fairness), ["rho", "unfair", "cdf"])
            shares = [point["share"] for point in fairness["cdf"]]
            self.assertEqual(shares, sorted(shares))
            self.assertEqual({"events", "cpu_s", "wall_s", "peak_rss_bytes"} - set(run["engine"]),
                             set())
        for summary in document["summary"]:
            self.assertEqual(summary["seeds"], 3)
            figure = summary["metrics"]["wait_s_mean"]
            self.assertGreater(figure["ci95"], 0)
            runs = [r for r in document["runs"] if r["policy"] == summary["policy"]]
            self.assertAlmostEqual(figure["mean"], sum(r["wait_s"]["mean"] for r in runs) / 3)

    def test_json_leaves_words_to_stderr(self):
        done = self.good("simulate", "lab.yaml", "--json")
        self.assertRegex(done.err, "shortest mean wait|same mean wait|not separated")
        self.assertEqual(self.good("simulate", "lab.yaml", "--json", "--quiet").err, "")
        self.assertEqual(self.good("simulate", "lab.yaml", "--json", "--log-level", "warn").err, "")

    def test_cost_and_energy(self):
        text = e2e.LAB.replace("tenants:", "  price: { n: 2 USD/device-hour }\ntenants:", 1)
        self.write("priced.yaml", text)
        run = self.good("simulate", "priced.yaml", "--json", "-q").json()["runs"][0]
        hours = 8 * run["makespan_s"] / 3600  # All devices are paid for, also idle ones.
        self.assertAlmostEqual(run["cost"], 2 * hours)
        text = e2e.LAB.replace(
            "tenants:",
            "  price: { n: { spot: 2 USD/device-hour } }\n"
            "  power: { n: { busy: 700 W, idle: 90 W } }\n"
            "  pue: 1.5\n  carbon: 400 g/kWh\ntenants:", 1)
        self.write("spot.yaml", text)
        run = self.good("simulate", "spot.yaml", "-p", "fifo", "-o", "spot", "--json", "-q").json()["runs"][0]
        self.assertAlmostEqual(run["cost"], 2 * run["device_hours"])
        self.assertAlmostEqual(run["carbon_kg"], 0.4 * run["energy_kwh"])
        [path] = pathlib.Path(self.folder).glob("spot/*/jobs.csv")
        rows = list(csv.DictReader(path.open()))
        self.assertAlmostEqual(sum(float(row["cost"] or 0) for row in rows), run["cost"], 3)
        self.assertAlmostEqual(sum(t["cost"] for t in run["tenants"].values()), run["cost"])

    def test_findings_come_before_the_figures(self):
        # Two devices' worth of work a minute for one device, and one job that never fits.
        rows = [f"{i},{60 * i},1,120\n" for i in range(40)] + ["wide,0,9,1\n"]
        self.write("t.csv", e2e.NATIVE + "".join(rows))
        trace = ["simulate", "--trace", "t.csv", "--devices", "1", "-p", "fifo,easy"]
        lines = [line for line in self.good(*trace).out.splitlines() if line.startswith("! ")]
        self.assertIn("offered load 2 of the cluster", lines[0])
        self.assertIn("1 of 41 jobs can never run here", lines[1])
        for run in self.good(*trace, "--json", "-q").json()["runs"]:
            self.assertEqual([(finding["kind"], finding["severity"], finding["count"])
                              for finding in run["findings"]],
                             [("saturation", "critical", 1), ("infeasible", "warning", 1)])

    def test_folder(self):
        self.good("simulate", "lab.yaml", "--seeds", "1,4", "-o", "out/deep", "-q")
        runs = [f"out/deep/{policy}-seed{seed}" for policy in ("fifo", "easy") for seed in (1, 4)]
        self.assertEqual(self.files("out"), sorted(
            ["out/deep/result.json"] +
            [f"{run}/{name}" for run in runs for name in ("jobs.csv", "journal")]))
        for run in runs:
            rows = self.read(run + "/jobs.csv").splitlines()
            self.assertEqual(rows[0], JOBS_HEADER)
            self.assertEqual(len(rows), 62)
            self.assertTrue(self.read(run + "/journal").startswith("tandem-journal 1\n"))
        self.assertIn("Results: out/again\n", self.good("simulate", "lab.yaml", "-o",
                                                        "out/again").out)

    def test_folder_forgets_the_last_results(self):
        self.good("simulate", "lab.yaml", "-p", "fifo", "-o", "out", "-q")
        self.write("out/fifo-seed1/notes.txt", "mine")
        self.write("out/fifo-seed1/jobs.csv.99999.tmp", "left by a dead process")
        self.good("simulate", "lab.yaml", "-p", "fifo", "-o", "out", "-q")
        self.assertEqual(self.files("out"), [
            "out/fifo-seed1/jobs.csv", "out/fifo-seed1/journal", "out/fifo-seed1/notes.txt",
            "out/result.json"])

    def test_long_journals_are_compressed(self):
        self.write("long.yaml", e2e.LAB.replace("count: 60", "count: 8000"))
        self.good("simulate", "long.yaml", "-p", "fifo", "-o", "out", "-q")
        self.assertIn("out/fifo-seed1/journal.zst", self.files("out"))
        self.assertIn("the same 8001 actions again", self.good("replay", "out").out)

    def test_exports(self):
        self.good("simulate", "lab.yaml", "-o", "out", "--export", "r.json", "--export", "r.csv",
                  "--export", "r.md", "--export", "out/in.csv", "--seeds", "1,2")
        self.assertEqual(self.read("r.json"), self.read("out/result.json"))
        self.assertEqual(self.read("r.csv"), self.read("out/in.csv"))
        rows = list(csv.DictReader(io.StringIO(self.read("r.csv"))))
        self.assertEqual([(row["policy"], row["seed"]) for row in rows],
                         [("fifo", "1"), ("fifo", "2"), ("easy", "1"), ("easy", "2")])
        self.assertGreater(float(rows[0]["wait_s_p99"]), 0)
        self.assertIn("| wait, mean |", self.read("r.md"))

    def test_policies_with_parameters(self):
        policy = "fair-share:algorithm=fair-tree:half_life=3d+easy"
        runs = self.good("simulate", "lab.yaml", "-p", policy, "--policy=sjf:size=oracle",
                         "--json", "-q", "-o", "out").json()["runs"]
        self.assertEqual([run["policy"] for run in runs], [policy, "sjf:size=oracle"])
        self.assertIn(f"out/{policy}-seed1/journal", self.files("out"))
        self.assertIn("the same", self.good("replay", "out").out)

    def test_overrides_count(self):
        runs = self.good("simulate", "lab.yaml", "--json", "-q", "--set",
                         "workload.jobs.0.generate.count=5", "--set", "policies=[sjf]")
        self.assertEqual([(run["policy"], run["jobs"]["submitted"])
                          for run in runs.json()["runs"]], [("sjf", 6)])
        self.assertIn("6 jobs", self.good("validate", "lab.yaml", "--set",
                                          "workload.jobs.0.generate.count=5").out)

    def test_seed_without_effect_is_told(self):
        self.write("t.csv", e2e.NATIVE + "a,0,2,10\n")
        trace = ["simulate", "--trace", "t.csv", "--devices", "4", "--seeds", "1,2"]
        self.assertIn("nothing in this scenario is random", self.good(*trace).err)
        self.assertEqual(self.good(*trace, "-q").err, "")


class Infeasible(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("wide.yaml", WIDE)

    def test_rejected_with_the_reason(self):
        done = self.good("simulate", "wide.yaml", "-o", "out")
        self.assertIn("! 1 of 2 jobs can never run here", done.out)
        row = next(csv.DictReader(io.StringIO(self.read("out/fifo-seed1/jobs.csv"))))
        self.assertEqual((row["job_id"], row["state"], row["start_s"]), ("huge", "rejected", ""))
        self.assertIn("needs 9 devices", row["reason"])
        run = self.good("simulate", "wide.yaml", "--json", "-q").json()["runs"][0]
        self.assertEqual(run["jobs"]["rejected"], 1)
        self.assertEqual(run["jobs"]["completed"], 1)
        self.assertIn("it was rejected: needs 9 devices", self.good("explain", "out", "huge").out)

    def test_strict(self):
        self.refused("simulate", "wide.yaml", "--strict", "-o", "out", "--json", code=3,
                     says=r"huge: needs 9 devices .*whole cluster has 4 \(--strict\)")
        self.good("simulate", "wide.yaml", "--strict", "--set", "workload.jobs.1.job.devices=4")

    def test_validate_tells(self):
        out = self.good("validate", "wide.yaml").out
        self.assertRegex(re.sub(r"\s+", " ", out), "note: 1 of 2 jobs can never run here.*huge")
        self.assertEqual(self.good("validate", "wide.yaml", "--json").json()["infeasible"], 1)


class WorkedCases(e2e.Case):
    """The two cases by hand that tell FIFO, EASY and first-fit apart; all jobs come at 0."""

    def starts(self, devices, jobs, expected):
        self.write("t.csv", e2e.NATIVE + "".join(
            f"{i},0,{width},{seconds}\n" for i, (width, seconds) in enumerate(jobs)))
        self.good("simulate", "--trace", "t.csv", "--devices", str(devices), "-o", "out",
                  "-p", ",".join(expected), "-q")
        for policy, starts in expected.items():
            text = self.read(f"out/{policy}-seed1/jobs.csv")
            self.assertEqual(text.splitlines()[0], JOBS_HEADER)
            rows = {row["job_id"]: row for row in csv.DictReader(io.StringIO(text))}
            self.assertEqual([rows[str(i)]["start_s"] for i in range(len(jobs))],
                             [str(start) for start in starts], policy)
            for i, (width, seconds) in enumerate(jobs):
                self.assertEqual([rows[str(i)][name] for name in (
                    "tenant", "submit_s", "end_s", "wait_s", "devices", "state")],
                    ["default", "0", str(starts[i] + seconds), str(starts[i]), str(width),
                     "completed"])
                self.assertNotEqual(rows[str(i)]["reason"], "")

    def test_four_devices(self):
        self.starts(4, [(2, 10), (4, 10), (2, 10), (2, 11)], {
            "fifo": [0, 10, 20, 20], "easy": [0, 10, 0, 20], "first-fit": [0, 10, 0, 20]})

    def test_six_devices(self):
        self.starts(6, [(2, 10), (5, 10), (2, 10), (2, 11), (1, 100)], {
            "fifo": [0, 10, 20, 20, 20], "first-fit": [0, 11, 0, 0, 10],
            "easy": [0, 10, 0, 20, 0]})


if __name__ == "__main__":
    e2e.main()
