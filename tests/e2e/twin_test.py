"""calibrate, run, validate-run: this machine measured, jobs really trained, requests really served, and
simulated again."""

import os
import re

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
    - train: { name: a, model: llama-1m, steps: 10, batch: 2, sequence: 32, precision: fp32, parallel: {},
               recipe: { evaluate_every: 4 } }
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
        self.assertEqual(done.out, "Wrote here.yaml: device this-machine, 3 kinds of gangs and 0 engines measured\n")
        shown = self.good("hardware", "show", "this-machine", "--catalog", "here.yaml", "--json").json()
        self.assertGreater(shown["peak_fp32"], 1e9)
        self.assertEqual(sorted((step["kind"], step["dp"], step["evaluation_s"] > 0)
                                for step in shown["measured"]["steps"]),
                         [("evaluate", 1, False), ("train", 1, True), ("train", 2, False)])
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


SERVICE = """\
tandem: 1
name: twin
catalog: [here.yaml]
cluster:
  nodes: [{ name: n, count: 1, devices: { type: this-machine, count: 2 } }]
workload:
  services:
    - name: chat
      model: llama-1m
      deployment: { precision: fp32 }
      engine: { kv_blocks: 64, max_sequences: 4, batch_tokens: 32 }
      requests: { generate: { count: 20, arrival: { poisson: 20/s }, prompt: 20, output: 10 } }
policies: [fifo]
"""


class TwinOfAService(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", SERVICE)

    def metrics(self, *runs):
        told = self.good("validate-run", *runs, "--json").json()
        return told["policies"][0]["metrics"]

    def test_an_engine_is_measured_and_its_service_simulated(self):
        done = self.good("calibrate", "lab.yaml", "-o", "here.yaml", "--on", "cpu", "--quiet")
        self.assertEqual(done.out,
                         "Wrote here.yaml: device this-machine, 0 kinds of gangs and 1 engines measured\n")
        simulated = self.good("simulate", "lab.yaml", "--json", "--quiet").json()["runs"][0]
        self.assertIn("as it was measured", simulated["services"]["chat"]["step_time"]["provenance"][0])
        self.good("run", "lab.yaml", "-o", "real", "--on", "cpu", "--quiet")
        self.good("run", "lab.yaml", "-o", "again", "--on", "cpu", "--quiet")
        metrics = self.metrics("real", "again")
        for latency in ("ttft", "tpot", "e2e"):
            one = metrics[f"chat.{latency}_s_mean"]
            self.assertGreater(one["real"], 0)
            self.assertGreater(one["simulated"], 0)
            self.assertIsNotNone(one["spread"])
        self.assertNotIn("jct_s_mean", metrics)
        self.assertRegex(self.good("validate-run", "real").out,
                         r"^The simulated mean E2E latency is at most [\d.]+ % off, the mean TTFT")

    def test_requests_that_came_over_http_are_simulated_as_they_came(self):
        self.good("calibrate", "-o", "here.yaml", "--on", "cpu", "--quiet")
        server = self.start_tandem("serve", "lab.yaml", "-o", "real", "--on", "cpu",
                                   "--http", "127.0.0.1:0", text=True)
        self.addCleanup(server.communicate)
        self.addCleanup(server.kill)
        url = next(found.group(1) for line in server.stderr
                   if (found := re.search(r"listening on (http\S+)", line)))
        self.good("bench-serve", url, "--model", "chat", "--count", "12", "--request-rate", "20",
                  "--prompt-tokens", "16", "--output-tokens", "6", "--ignore-eos", "-q")
        server.terminate()
        server.communicate()
        metrics = self.metrics("real")
        for world in ("real", "simulated"):
            ttft, tpot, e2e = (metrics[f"chat.{latency}_s_mean"][world]
                               for latency in ("ttft", "tpot", "e2e"))
            # Answers of six tokens, and not of ten as the scenario has them.
            self.assertAlmostEqual((e2e - ttft) / tpot, 5, places=2)


if __name__ == "__main__":
    e2e.main()
