"""calibrate, run, validate-run: this machine measured, jobs really trained, and simulated again."""

import os

import e2e

LAB = """\
tandem: 1
name: twin
catalog: [here.yaml]
cluster:
  nodes: [{ name: n, count: 1, devices: { type: this-machine, count: 2 } }]
workload:
  recipe: { text: { files: [text.txt] } }
  jobs:
    - train: { name: a, model: llama-1m, steps: 10, batch: 2, sequence: 32, precision: fp32, parallel: {} }
    - train: { name: b, model: llama-1m, steps: 8, batch: 2, sequence: 32, precision: fp32,
               parallel: { dp: 2 } }
    - evaluate: { name: c, model: llama-1m, of: a, rows: 4, batch: 2, sequence: 32, precision: fp32,
                  parallel: {} }
policies: [fifo, sjf]
"""


class Twin(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", LAB)
        self.write("text.txt", "All the world's a stage, and all the men and women merely players. " * 40)

    def test_the_whole_way(self):
        done = self.good("calibrate", "lab.yaml", "-o", "here.yaml", "--on", "cpu", "--quiet")
        self.assertEqual(done.out, "Wrote here.yaml: device this-machine, 2 measured\n")
        shown = self.good("hardware", "show", "this-machine", "--catalog", "here.yaml", "--json").json()
        self.assertGreater(shown["peak_fp32"], 1e9)
        self.good("run", "lab.yaml", "-o", "real", "--on", "cpu", "--quiet")
        self.good("run", "lab.yaml", "-o", "again", "--on", "cpu", "--quiet")
        self.good("run", "lab.yaml", "-o", "sjf", "-p", "sjf", "--on", "cpu", "--quiet")
        self.assertIn("the same", self.good("replay", "real").out)
        told = self.good("validate-run", "real", "again", "sjf", "--json").json()
        self.assertEqual(told["schema"], "tandem.validation/1")
        self.assertEqual([(p["policy"], p["runs"]) for p in told["policies"]],
                         [("fifo", 2), ("sjf", 1)])
        for policy in told["policies"]:
            self.assertGreater(policy["metrics"]["jct_s_mean"]["real"], 0)
            self.assertGreater(policy["metrics"]["makespan_s"]["simulated"], 0)
        self.assertIsNotNone(told["policies"][0]["metrics"]["makespan_s"]["spread"])
        text = self.good("validate-run", "real").out
        self.assertRegex(text, r"^The simulated mean JCT is at most [\d.]+ % off")

    def test_what_is_no_real_run(self):
        self.refused("validate-run", "nowhere", says="nowhere: no real run is here")
        self.refused("calibrate", "lab.yaml", "-o", os.path.join("none", "here.yaml"), "--quiet",
                     says="here.yaml")


if __name__ == "__main__":
    e2e.main()
