"""Services: requests in, latencies out, beside training jobs under one policy."""

import csv
import os

import e2e

SERVING = """\
tandem: 1
name: serving
cluster:
  nodes:
    - { name: h, count: 1, devices: { type: h100-sxm, count: 8 } }
tenants: { web: { weight: 3 }, lab: { weight: 1 } }
workload:
  jobs:
    - job: { name: train, devices: 6, duration: 1 h, tenant: lab }
  services:
    - name: chat
      model: llama-3.1-8b
      tenant: web
      priority: 100
      replicas: { min: 1, max: 4 }
      autoscale: { utilisation: 0.05, interval: 5 s, patience: 30 s }
      startup: 10 s
      requests:
        generate:
          count: 2000
          arrival: { poisson: 40/s }
          prompt: { lognormal: { mean: 800, cv: 1 } }
          output: { lognormal: { mean: 150, cv: 1 } }
          tenants: { web: 3, lab: 1 }
          priority: { 0: 1, 5: 1 }
      slo: { ttft_p99: 20 s, tpot_p95: 60 ms }
policies: ['priority-aging+preempt:min_runtime=0s', fifo]
"""


class Serving(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("serving.yaml", SERVING)

    def runs(self, *words):
        result = self.good("simulate", "serving.yaml", "--json", *words).json()
        return {run["policy"]: run for run in result["runs"]}

    def test_every_request_ends(self):
        for run in self.runs("-o", "out").values():
            chat = run["services"]["chat"]
            self.assertEqual(chat["requests"]["submitted"], 2000)
            self.assertEqual(chat["requests"]["completed"] + chat["requests"]["failed"], 2000)
            self.assertEqual(sum(t["requests"]["submitted"] for t in chat["tenants"].values()), 2000)
            self.assertEqual(list(chat["classes"]), ["5", "0"])
            self.assertEqual([o["metric"] for o in chat["objectives"]], ["ttft", "tpot"])
            self.assertGreater(chat["itl_ms"]["p99"], chat["itl_ms"]["p50"])
            self.assertLess(chat["ttft_ms"]["mean"], chat["e2e_ms"]["mean"])
            self.assertTrue(chat["step_time"]["provenance"])
        with open(os.path.join(self.folder, "out", "fifo-seed1", "requests.csv")) as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 2000)
        self.assertEqual({row["service"] for row in rows}, {"chat"})
        for row in rows:
            if row["state"] == "completed":
                self.assertLess(float(row["arrival_s"]), float(row["first_token_s"]))

    def test_replicas_preempt_training(self):
        runs = self.runs()
        preempting, fifo = runs["priority-aging+preempt:min_runtime=0s"], runs["fifo"]
        # Under fifo the training job keeps six of eight devices, so there are two replicas at most.
        self.assertLess(preempting["services"]["chat"]["e2e_ms"]["mean"],
                        fifo["services"]["chat"]["e2e_ms"]["mean"])

    def test_equal_runs(self):
        first, second = self.runs(), self.runs()
        for policy in first:
            self.assertEqual(first[policy]["services"], second[policy]["services"])

    def test_the_table_has_services(self):
        out = self.good("simulate", "serving.yaml").out
        self.assertIn("service chat, 2000 requests", out)
        self.assertTrue(out.startswith("chat meets all objectives for "), out[:80])
        self.assertIn("TTFT p99, limit 20.0 s", out)

    def test_batch_inference_ends_with_its_requests(self):
        run = self.runs("-p", "fifo", "--set", "workload.services.0.kind=batch-infer",
                        "--set", "workload.services.0.replicas=2", "--set",
                        "workload.services.0.requests.generate.arrival=at-once", "--set",
                        "workload.services.0.requests.max_concurrency=100")["fifo"]
        chat = run["services"]["chat"]
        self.assertEqual(chat["requests"]["completed"], 2000)
        self.assertLessEqual(chat["running"]["max"], 100)

    def test_saturation(self):
        told = self.good("saturation", "serving.yaml", "-p", "fifo", "--json", "--set",
                         "workload.services.0.replicas=1", "--set",
                         "workload.services.0.requests.rate=x0.3").json()
        found = told["policies"][0]
        self.assertEqual(told["schema"], "tandem.saturation/1")
        self.assertGreater(found["holds"], 1)
        self.assertLess(found["holds"], found["breaks"])
        self.assertGreater(found["broken"]["value_ms"], found["broken"]["limit_ms"])

    def test_saturation_is_a_gate(self):
        done = self.run_tandem("saturation", "serving.yaml", "-p", "fifo", "--set",
                               "workload.services.0.slo={ tpot_p99: 1 ms }")
        self.assertEqual(done.code, 1, done.err)
        self.assertIn("hold under no load", done.out)

    def test_wrong_words(self):
        for path, value, says in [
                ("model", "llama-3.1-8", "did you mean"),
                ("engine.policy", "fifoo", r"unknown batch policy 'fifoo' \(did you mean 'fifo'"),
                ("parallel.tp", "3", "cannot be served here"),
                ("replicas", "{ min: 3, max: 2 }", "min 3 is more than max 2"),
                ("engine.context", "1000000", "llama-3.1-8b has one of"),
                ("routing", "nearest", "round-robin")]:
            self.refused("simulate", "serving.yaml", "--set", f"workload.services.0.{path}={value}",
                         says=says)
        self.refused("simulate", "serving.yaml", "--set", "workload.services.0.model=llama-3.1-405b",
                     says="cannot be served here; h100-sxm: ")


if __name__ == "__main__":
    e2e.main()
