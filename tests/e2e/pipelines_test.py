"""Pipelines: in results, in explanations, and cut into more and more slices."""

import os

import e2e

SCENARIO = os.path.join(e2e.HERE, "..", "scenario", "pipelines.yaml")


class Pipelines(e2e.Case):
    def test_results(self):
        run = self.good("simulate", SCENARIO, "-p", "fifo", "--json").json()["runs"][0]
        self.assertEqual(list(run["pipelines"]), ["p", "often", "wide"])
        p = run["pipelines"]["p"]
        self.assertEqual(p["makespan_s"]["mean"], 38)
        self.assertEqual(p["critical_path_s"]["mean"], 25)
        self.assertEqual(p["stages"]["eval"]["wait_s"], {"mean": 5, "max": 10})
        self.assertEqual(p["stages"]["eval"]["span_s"]["mean"], 20)
        self.assertEqual(p["stages"]["eval"]["overhead_device_s"], 8)
        self.assertEqual(run["pipelines"]["often"]["runs"]["completed"], 3)
        self.assertEqual(run["pipelines"]["wide"]["runs"]["rejected"], 1)
        self.assertIsNone(run["pipelines"]["wide"]["makespan_s"])

    def test_without_pipelines_nothing_is_said(self):
        self.write("lab.yaml", e2e.LAB)
        self.assertNotIn("pipeline", self.good("simulate", "lab.yaml").out)
        self.assertNotIn("pipelines", self.good("simulate", "lab.yaml", "--json").json()["runs"][0])

    def test_explain(self):
        self.good("simulate", SCENARIO, "-o", "out", "-q")
        text = self.good("explain", "out", "p", "-p", "fifo").out
        self.assertIn("It took 38.0 s, 1.52 times its critical path of 25.0 s.", text)
        self.assertIn("prep: ready at 0 s, started at 3.00 s, ended at 13.0 s; waited 3.00 s.", text)
        told = self.good("explain", "out", "often-1", "--json").json()
        self.assertEqual([item["policy"] for item in told], ["critical-path", "fifo"])
        self.assertEqual(told[0]["pipeline"]["submit_s"], 50)
        self.assertIn("wide/big was rejected", self.good("explain", "out", "wide").out)
        self.refused("explain", "out", "often", says="submitted 3 times: ask for one, often-0 to "
                     "often-2")


class Slices(e2e.Case):
    def test_the_best_comes_first(self):
        out = self.good("slices", SCENARIO, "--stage", "often/eval", "--slices", "1,2,4").out
        self.assertEqual(out.splitlines()[0],
                         "often is shortest with eval in 2 slices, under fifo: 33.0 s, 1.27 times "
                         "shorter")
        self.assertIn("under critical-path\n", out)

    def test_every_cut_is_a_simulation(self):
        told = self.good("slices", SCENARIO, "--stage", "p/eval", "--slices", "1..3", "--seeds",
                         "1,2", "--json").json()
        self.assertEqual(told["schema"], "tandem.slices/1")
        self.assertEqual(len(told["rows"]), 6)
        for row in told["rows"]:
            alone = self.good("simulate", SCENARIO, "-p", row["policy"], "--set",
                              f"workload.jobs.2.pipeline.stages.1.slices={row['slices']}",
                              "--json").json()["runs"][0]["pipelines"]["p"]
            self.assertEqual(row["seeds"], 2)
            self.assertEqual(row["makespan_s"]["mean"], alone["makespan_s"]["mean"])
            for mine, its in [("overhead_share", alone["stages"]["eval"]["overhead_share"]),
                              ("wait_s", alone["stages"]["eval"]["wait_s"]["mean"]),
                              ("span_s", alone["stages"]["eval"]["span_s"]["mean"])]:
                self.assertAlmostEqual(row[mine]["mean"], its)
        best = min(told["rows"], key=lambda row: row["makespan_s"]["mean"])
        self.assertEqual(told["best"], {"policy": best["policy"], "slices": best["slices"]})

    def test_the_only_cut_stage_needs_no_name(self):
        told = self.good("slices", SCENARIO, "--set",
                         "workload.jobs.3.pipeline.stages=[{ name: only, duration: 4 s }]",
                         "--slices", "2", "--json").json()
        self.assertEqual((told["pipeline"], told["stage"]), ("p", "eval"))

    def test_wrong_words(self):
        self.refused("slices", SCENARIO, says="name the stage to cut with --stage: one of p/eval, "
                     "often/eval")
        self.refused("slices", SCENARIO, "--stage", "p/evl",
                     says=r"unknown stage 'p/evl' \(did you mean 'p/eval'\?\)")
        self.write("lab.yaml", e2e.LAB)
        self.refused("slices", "lab.yaml", says="lab.yaml: there is no pipeline whose stages could")
        self.refused("slices", says="SCENARIO is missing")
        for slices, says in [("0", "from 1 to 10000 slices"), ("10001", "from 1 to 10000"),
                             ("4,4", "count 4 is named twice"), ("x", "expected a list")]:
            self.refused("slices", SCENARIO, "--slices", slices, says=f"--slices: .*{says}")


if __name__ == "__main__":
    e2e.main()
