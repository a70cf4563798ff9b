"""tandem trace import, fit, generate: traces in and out."""

import csv
import json
import os
import subprocess

import e2e

TRACES = os.path.join(e2e.HERE, "..", "..", "..", "shared", "traces")

OPENB = ("name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,"
         "scheduled_time\n"
         "p0,8250,16384,1,460,V100M16|V100M32,LS,Running,10,500,20\n"
         "p1,4000,0,0,0,,BE,Running,30,40,30\n")

DRAWN = """\
tandem: 1
name: drawn
cluster: {{ nodes: [{{ name: n, devices: {{ type: any, count: 32 }} }}] }}
workload:
  jobs:
    - generate:
        name: g
        count: {count}
        arrival: {{ gamma: {{ rate: 20/h, cv: 2 }} }}
        duration: {{ lognormal: {{ median: 20 min, p99: 8 h }} }}
        devices: {{ 1: 6, 3: 1, 8: 1 }}
        tenants: {{ ann: 3, bob: 1 }}
        estimate: round
policies: [fifo, easy]
"""

CHAT = """\
tandem: 1
name: chats
cluster: { nodes: [{ name: n, devices: { type: h100-sxm, count: 2 } }] }
workload:
  services:
    - name: chat
      model: llama-3.1-8b
      requests:
        generate:
          count: 400
          arrival: { poisson: 2/s }
          prompt: { lognormal: { median: 300, p99: 2000 } }
          output: { exponential: 100 }
          system_prompt: 64
    - name: code
      model: llama-3.1-8b
      requests: { generate: { count: 50, arrival: { poisson: 1/s }, prompt: 100, output: 10 } }
policies: [fifo]
"""


class Case(e2e.Case):
    def rows(self, name):
        with open(self.path(name), encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def needs(self, name):
        path = os.path.join(TRACES, name)
        if not os.path.exists(path):
            self.skipTest(f"needs the real trace {name} beside the project")
        return path


class Import(Case):
    def test_jobs(self):
        self.write("pods.csv", OPENB)
        done = self.good("trace", "import", "pods.csv", "-o", "jobs.csv")
        self.assertTrue(done.out.startswith("Imported 2 jobs (openb) of 20.0 s into jobs.csv.\n"), done.out)
        self.assertIn("note: took the run time as the estimate of 2 jobs without one", done.out)
        first, second = self.rows("jobs.csv")
        self.assertEqual((first["job_id"], first["share"], first["one_node"], first["cpus"], first["types"]),
                         ("p0", "0.460", "true", "8.250", "v100m16|v100m32"))
        self.assertEqual((first["memory"], first["user"], first["duration"]), (str(16 << 30), "LS", "480"))
        self.assertEqual((second["num_gpu"], second["submit_time"]), ("0", "20"))
        told = self.good("trace", "import", "pods.csv", "-o", "again.csv", "--json").json()
        self.assertEqual((told["schema"], told["format"], told["kind"], told["count"]),
                         ("tandem.import/1", "openb", "jobs", 2))
        self.assertEqual(self.read("again.csv"), self.read("jobs.csv"))
        self.good("trace", "import", "jobs.csv", "-o", "twice.csv")
        self.assertEqual(self.read("twice.csv"), self.read("jobs.csv"))

    def test_requests_keep_their_prefixes_in_json_lines(self):
        rows = [{"timestamp": 3 * i, "input_length": 1000 + i, "output_length": 5, "hash_ids": [7, i]}
                for i in range(20)]
        self.write("m.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        told = self.good("trace", "import", "m.jsonl", "-o", "r.jsonl", "--json").json()
        self.assertEqual((told["format"], told["kind"], told["notes"]), ("mooncake", "requests", []))
        lines = [json.loads(line) for line in self.read("r.jsonl").splitlines()]
        self.assertEqual({line["prefix_block"] for line in lines}, {512})
        self.assertEqual(len({line["prefix_hashes"][0] for line in lines}), 1)
        self.good("trace", "import", "r.jsonl", "-o", "again.jsonl")
        self.assertEqual(self.read("again.jsonl"), self.read("r.jsonl"))
        done = self.good("trace", "import", "r.jsonl", "-o", "r.csv")
        self.assertIn("left out what 20 requests share of their prompts", " ".join(done.out.split()))
        self.assertEqual(self.rows("r.csv")[1]["arrival_time"], "0.003")

    def test_what_cannot_be(self):
        self.write("t.csv", e2e.NATIVE + "a,0,1,x\n")
        self.write("unknown.csv", "a,b\n1,2\n")
        for arguments, says in [
                (["t.csv", "-o", "j.csv"], r"t\.csv:2:7: duration is 'x'"),
                (["t.csv", "-o", "j.txt"], r"t\.csv:2:7"),
                (["t.csv"], "--output is missing"),
                (["-o", "j.csv"], "FILE is missing"),
                (["none.csv", "-o", "j.csv"], r"none\.csv: cannot open it"),
                (["t.csv", "--format", "phily", "-o", "j.csv"], "'phily' .did you mean 'philly'"),
                (["t.csv", "--format", "philly", "-o", "j.csv"], "column 'timestamp' is missing")]:
            with self.subTest(arguments=arguments):
                self.refused("trace", "import", *arguments, says=says)
        self.refused("trace", "import", "unknown.csv", "-o", "j.csv", says="no trace format we know", lines=2)
        self.write("t.csv", e2e.NATIVE + "a,0,1,1\n")
        self.refused("trace", "import", "t.csv", "-o", "j.txt", says="a trace of jobs has a name that ends in .csv")
        self.refused("trace", "import", "t.csv", "-o", "nowhere/j.csv", says="there is no folder nowhere")


class Generate(Case):
    def test_is_what_simulate_sees(self):
        self.write("drawn.yaml", DRAWN.format(count=500))
        seen = self.good("simulate", "drawn.yaml", "--seeds", "7", "-o", "out", "--json", "-q").json()
        done = self.good("trace", "generate", "drawn.yaml", "--seed", "7", "-o", "jobs.csv")
        self.assertEqual(done.out, "Generated 500 jobs into jobs.csv.\n")
        again = self.good("simulate", "--trace", "jobs.csv", "--devices", "32", "-p", "fifo,easy", "-o", "back",
                          "--json", "-q").json()
        for drawn, traced in zip(seen["runs"], again["runs"]):
            self.assertEqual(drawn["wait_s"], traced["wait_s"])
            self.assertEqual(drawn["slowdown"], traced["slowdown"])
        for policy in ("fifo", "easy"):
            waits = [{row["job_id"]: (row["tenant"], row["devices"], row["wait_s"])
                      for row in self.rows(f"{folder}/jobs.csv")}
                     for folder in (f"out/{policy}-seed7", f"back/{policy}-seed1")]
            self.assertEqual(len(waits[0]), 500)
            self.assertEqual(*waits)

    def test_more_of_it_goes_on_as_it_began(self):
        self.write("drawn.yaml", DRAWN.format(count=100))
        self.good("trace", "generate", "drawn.yaml", "-o", "own.csv")
        self.good("trace", "generate", "drawn.yaml", "--jobs", "1000", "-o", "more.csv")
        own, more = self.rows("own.csv"), self.rows("more.csv")
        self.assertEqual((len(own), len(more)), (100, 1000))
        self.assertEqual(more[:100], own)
        self.good("trace", "generate", "drawn.yaml", "--until", "2 h", "-o", "until.csv")
        early = [row for row in more if float(row["submit_time"]) <= 7200]
        self.assertEqual(self.rows("until.csv"), early)
        other = self.good("trace", "generate", "drawn.yaml", "--seed", "2", "-o", "other.csv", "--json").json()
        self.assertEqual((other["count"], other["seed"], other["kind"]), (100, 2, "jobs"))
        self.assertNotEqual(self.rows("other.csv"), own)

    def test_memory_does_not_go_with_the_jobs(self):
        self.write("drawn.yaml", DRAWN.format(count=100))
        peaks = []
        for jobs in ("1000", "1000000"):
            child = subprocess.Popen([self.program, "trace", "generate", "drawn.yaml", "--jobs", jobs, "-o",
                                      "jobs.csv", "-q"], cwd=self.folder, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(child.returncode, 0)
            peaks.append(usage.ru_maxrss)
        self.assertGreater(os.path.getsize(self.path("jobs.csv")), 30e6)
        if not self.is_sanitized:
            self.assertLess(peaks[1], peaks[0] + 4096)

    def test_requests_of_a_service(self):
        self.write("chat.yaml", CHAT)
        self.good("trace", "generate", "chat.yaml", "--service", "chat", "-o", "chat.jsonl")
        lines = [json.loads(line) for line in self.read("chat.jsonl").splitlines()]
        self.assertEqual(len(lines), 400)
        self.assertEqual(lines[0]["prefix_hashes"][:4], lines[-1]["prefix_hashes"][:4])
        self.write("traced.yaml", CHAT.split("        generate:\n          count: 400")[0] +
                   "        trace: { file: chat.jsonl }\npolicies: [fifo]\n")
        self.write("alone.yaml", CHAT.split("    - name: code")[0] + "policies: [fifo]\n")
        results = [self.good("simulate", name, "--json", "-q").json()["runs"][0]["services"]["chat"]
                   for name in ("alone.yaml", "traced.yaml")]
        for figure in ("ttft_ms", "tpot_ms", "e2e_ms"):
            self.assertEqual(results[0][figure]["p99"], results[1][figure]["p99"], figure)
        done = self.good("trace", "generate", "chat.yaml", "--service", "code", "--requests", "70", "-o", "c.csv")
        self.assertIn("Generated 70 requests into c.csv", done.out)
        self.assertEqual(len(self.rows("c.csv")), 70)
        self.refused("trace", "generate", "chat.yaml", "-o", "x.csv", says="name the service with --service")

    def test_says_what_a_trace_cannot_say(self):
        self.write("lab.yaml", e2e.LAB.replace("duration: 1 h, tenant", "duration: 1 h, deadline: 2 h, tenant"))
        done = self.good("trace", "generate", "lab.yaml", "-o", "jobs.csv")
        self.assertIn("note: left out of 1 job: their deadlines", done.out)

    def test_what_cannot_be(self):
        self.write("lab.yaml", e2e.LAB)
        for arguments, says in [
                (["lab.yaml", "-o", "x.txt"], "a trace of jobs has a name that ends in .csv"),
                (["lab.yaml", "-o", "x.csv", "--jobs", "0"], "--jobs"),
                (["lab.yaml", "-o", "x.csv", "--jobs", "9", "--until", "1 h"], "excludes"),
                (["lab.yaml", "-o", "x.csv", "--until", "soon"], "expected a duration such as '90 days'"),
                (["lab.yaml", "-o", "x.csv", "--service", "chat"], "there is no service"),
                (["lab.yaml"], "--output is missing"),
                (["none.yaml", "-o", "x.csv"], "none.yaml: there is no such file")]:
            with self.subTest(arguments=arguments):
                self.refused("trace", "generate", *arguments, says=says)


class Fit(Case):
    def test_jobs_are_met(self):
        self.write("drawn.yaml", DRAWN.format(count=3000))
        self.good("trace", "generate", "drawn.yaml", "-o", "jobs.csv")
        done = self.good("trace", "fit", "jobs.csv", "-o", "fitted.yaml", "--devices", "32", "--seeds", "1..4")
        self.assertRegex(done.out, "^The fit is (not )?close: mean wait under FIFO ")
        told = self.good("trace", "fit", "jobs.csv", "-o", "again.yaml", "--devices", "32", "--seeds", "1..4",
                         "--json", "-q").json()
        self.assertEqual(self.read("again.yaml"), self.read("fitted.yaml"))
        self.assertEqual((told["schema"], told["kind"], told["count"]), ("tandem.fit/1", "jobs", 3000))
        self.assertEqual([figure["name"] for figure in told["figures"]],
                         ["gap_s", "devices", "run_time_s", "estimate_s", "tenant"])
        for figure in told["figures"]:
            self.assertLess(figure["ks_distance"], 0.06, figure["name"])
        self.assertEqual((told["wait"]["devices"], told["wait"]["seeds"]), (32, 4))
        recorded = self.good("simulate", "--trace", "jobs.csv", "--devices", "32", "-p", "fifo", "--json",
                             "-q").json()["runs"][0]
        self.assertEqual(told["wait"]["trace_s"], recorded["wait_s"]["mean"])
        self.assertEqual(told["wait"]["utilization"], recorded["utilization"])
        drawn = self.good("simulate", "fitted.yaml", "-p", "fifo", "--seeds", "1..4", "--json", "-q").json()
        mean = sum(run["wait_s"]["mean"] for run in drawn["runs"]) / 4
        self.assertAlmostEqual(told["wait"]["drawn_s"]["mean"], mean, places=6)
        self.assertIn("fitted.yaml is valid: 3000 jobs", self.good("validate", "fitted.yaml").out)

    def test_without_devices_the_load_is_stated(self):
        self.write("drawn.yaml", DRAWN.format(count=2000))
        self.good("trace", "generate", "drawn.yaml", "-o", "jobs.csv")
        told = self.good("trace", "fit", "jobs.csv", "--seeds", "1", "--json", "-q").json()
        self.assertIsNone(told["scenario"])
        self.assertGreater(told["wait"]["utilization"], 0.5)
        self.assertLess(told["wait"]["utilization"], 0.75)
        self.assertEqual(self.files(), ["drawn.yaml", "jobs.csv"])

    def test_requests_are_met(self):
        self.write("chat.yaml", CHAT)
        self.good("trace", "generate", "chat.yaml", "--service", "chat", "--requests", "3000", "-o", "r.jsonl")
        done = self.good("trace", "fit", "r.jsonl", "-o", "fitted.yaml")
        self.assertTrue(done.out.startswith("The fit is close: distributions at most 0.0"), done.out)
        told = self.good("trace", "fit", "r.jsonl", "--json").json()
        self.assertEqual([figure["name"] for figure in told["figures"]],
                         ["gap_s", "prompt_tokens", "output_tokens"])
        self.assertIsNone(told["wait"])
        hits = next(number for number in told["numbers"] if number["name"] == "prefix_hits")
        self.assertAlmostEqual(hits["trace"], hits["drawn"], delta=0.03)
        self.assertIn("3000 requests to 1 service", self.good("validate", "fitted.yaml").out)

    def test_what_cannot_be(self):
        self.write("few.csv", e2e.NATIVE + "".join(f"j{i},{i},1,5\n" for i in range(9)))
        self.write("once.csv", e2e.NATIVE + "".join(f"j{i},3,1,5\n" for i in range(20)))
        self.write("bad.csv", e2e.NATIVE + "a,0,1,1\nb,x,1,1\n")
        for arguments, says in [
                (["few.csv"], "few.csv: there is too little to fit anything to: fewer than 10 arrivals"),
                (["once.csv"], "once.csv: everything came at once"),
                (["once.csv", "--devices", "4"], "once.csv: everything came at once"),
                (["bad.csv", "-o", "f.yaml"], "bad.csv:3:3: submit_time is 'x'"),
                (["few.csv", "-o", "no/f.yaml"], "there is no folder no"),
                (["few.csv", "--devices", "0"], "--devices"),
                (["few.csv", "--seeds", "x"], "found 'x'"),
                ([], "FILE is missing")]:
            with self.subTest(arguments=arguments):
                self.refused("trace", "fit", *arguments, says=says)

    def test_real_traces(self):
        for name in ("philly/philly.csv", "swf/lublin_256.swf"):
            told = self.good("trace", "fit", self.needs(name), "-o", "f.yaml", "--seeds", "1,2", "--json", "-q").json()
            for figure in told["figures"]:
                if figure["name"] != "gap_s":
                    self.assertLess(figure["ks_distance"], 0.03, (name, figure["name"]))
        for name in ("azure-llm-2023/AzureLLMInferenceTrace_conv.csv", "mooncake-fast25/conversation_trace.jsonl"):
            told = self.good("trace", "fit", self.needs(name), "-o", "f.yaml", "--json", "-q").json()
            output = next(figure for figure in told["figures"] if figure["name"] == "output_tokens")
            self.assertLess(output["ks_distance"], 0.03, name)


if __name__ == "__main__":
    e2e.main()
