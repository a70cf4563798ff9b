"""tandem plan: its answers against theory and against trying everything, interrupted and gone on with."""

import itertools
import json
import math
import os
import random
import re
import signal
import time

import e2e

TRACES = os.path.join(e2e.HERE, "..", "..", "..", "shared", "traces")

QUEUE = """\
tandem: 1
name: queue
cluster:
  nodes: [{{ name: n, count: 1, devices: {{ type: any }} }}]
workload:
  jobs:
    - generate: {{ count: {count}, arrival: {{ poisson: {rate}/h }}, duration: {{ exponential: 1 h }} }}
"""

# Gangs of several sizes on two types of nodes, with prices.
MIX = """\
tandem: 1
name: mix
cluster:
  nodes:
    - {{ name: new, count: 3, devices: {{ type: h100-sxm, count: 4 }} }}
    - {{ name: old, count: 2, devices: {{ type: a100-sxm-80g, count: 4 }} }}
  price: {{ new: {new} USD/device-hour, old: {old} USD/device-hour }}
workload:
  jobs:
    - generate:
        count: {count}
        arrival: {{ poisson: {rate}/h }}
        duration: {{ lognormal: {{ median: {median} min, p99: 5 h }} }}
        devices: {{ 1: 3, 2: 2, 4: {wide}, {widest}: 1 }}
"""


def erlang_c(servers, load):
    """The mean wait in M/M/c, in service times (A. K. Erlang 1917; Cooper, Introduction to Queueing
    Theory, 1981): C(c, a) / (c - a), with C from Erlang's B by recursion."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    waits = blocked / (1 - load / servers * (1 - blocked))
    return waits / (servers - load)


def needed(load, limit):
    """The fewest servers with a mean wait below the limit."""
    return next(c for c in itertools.count(int(load) + 1) if erlang_c(c, load) < limit)


class Plan(e2e.Case):
    def plan(self, *words, codes=(0,)):
        done = self.run_tandem("plan", *words, "--json")
        self.assertIn(done.code, codes, f"{words}\n{done.err}{done.out}")
        return done.json()

    def nodes(self, candidate):
        return int(candidate["settings"]["nodes.n"])


class Theory(Plan):
    def test_erlang(self):
        self.assertAlmostEqual(erlang_c(4, 3.2), 0.745541, places=5)  # reference.md, section 1
        self.assertAlmostEqual(erlang_c(16, 14.4), 0.369590, places=5)

    def test_the_answer_is_erlangs(self):
        drawn = random.Random(8)
        sure = 0
        for _ in range(self.cases(20)):
            load, limit = drawn.uniform(1, 15), drawn.choice([0.1, 0.2, 0.3, 0.5, 0.8])
            self.write("queue.yaml", QUEUE.format(count=8000, rate=load))
            right = needed(load, limit)
            told = self.plan("queue.yaml", "--slo", f"wait.mean < {limit} h", "--vary", "nodes.n=1..32",
                             "--policy", "fifo", codes=(0, 4))
            with self.subTest(load=load, limit=limit, right=right):
                answer = self.nodes(told["answer"])
                doubted = [self.nodes(candidate) for candidate in told["open"]]
                if not doubted:
                    self.assertEqual(answer, right)
                    self.assertEqual(self.nodes(told["next_cheaper"]), right - 1)
                    self.assertEqual(told["next_cheaper"]["state"], "misses")
                    sure += 1
                else:  # The theory's own value is near the limit.
                    self.assertIn(right, [*doubted, answer])
        self.assertGreaterEqual(sure, 0.8 * self.cases(20))


class Everything(Plan):
    def test_halving_and_trying_everything_agree(self):
        drawn = random.Random(5)
        fewer = 0
        for number in range(self.cases(50)):
            values = {"new": drawn.uniform(2, 4), "old": drawn.uniform(0.5, 2), "count": 150,
                      "rate": drawn.uniform(5, 25), "median": drawn.uniform(10, 50),
                      "wide": drawn.randint(1, 3), "widest": drawn.choice([6, 8])}
            self.write("mix.yaml", MIX.format(**values))
            words = ["mix.yaml", "--slo", f"wait.p95 < {drawn.choice([5, 20, 60, 120])} min",
                     "--vary", "nodes.new=0..6:2", "--vary", "nodes.old=0..6:3",
                     "--policy", drawn.choice(["fifo", "easy", "first-fit"]), "--seeds", "1..12"]
            halved = self.plan(*words, codes=(0, 3, 4))
            tried = self.plan(*words, "--exhaustive", codes=(0, 3, 4))
            with self.subTest(number=number, values=values, words=words):
                self.assertEqual(halved["verdict"], tried["verdict"])
                self.assertEqual(halved["answer"], tried["answer"])
                fewer += len(halved["candidates"]) < len(tried["candidates"])
        self.assertGreater(fewer, 0.7 * self.cases(50))


class Interrupted(Plan):
    WORDS = ["mix.yaml", "--slo", "wait.p95 < 30 min", "--vary", "nodes.new=1..16", "--vary",
             "nodes.old=0..4", "--policy", "fifo,easy"]

    def write_mix(self, count):
        self.write("mix.yaml", MIX.format(new=2.5, old=1.4, count=count, rate=20, median=20, wide=2,
                                          widest=8))

    def planned(self, *words):
        """Whether all can be told does not matter here."""
        return self.plan(*self.WORDS, *words, codes=(0, 4))

    def without_cache_counts(self, told):
        told.pop("from_cache")
        return told

    def simulations(self):
        return self.good("cache", "--json").json()["simulations"]

    def test_killed_and_gone_on_with(self):
        self.write_mix(6000)
        for kill, code in ((signal.SIGKILL, -9), (signal.SIGINT, 130)):
            process = self.start_tandem("plan", *self.WORDS, "--json")
            end = time.monotonic() + 120
            before = self.simulations()
            while self.simulations() < before + 3 and process.poll() is None:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.02)
            process.send_signal(kill)
            _, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, code)
            if code == 130:
                self.assertIn("interrupted: what was simulated is kept", err.decode())
        resumed = self.planned()
        self.assertGreater(resumed["from_cache"], 5)
        fresh = self.planned("--no-cache")
        self.assertEqual(fresh["from_cache"], 0)
        self.assertEqual(self.without_cache_counts(resumed), self.without_cache_counts(fresh))
        again = self.planned("-j", "1")
        self.assertEqual(again["from_cache"], again["simulations"])
        self.assertEqual(self.without_cache_counts(again), fresh)

    def test_two_at_one_time(self):
        self.write_mix(500)
        both = [self.start_tandem("plan", *self.WORDS, "--json", "-q") for _ in range(2)]
        told = [json.loads(process.communicate(timeout=200)[0]) for process in both]
        self.assertEqual(*map(self.without_cache_counts, told))

    def test_a_changed_scenario_is_simulated_again(self):
        self.write_mix(300)
        first = self.planned()
        self.assertEqual(self.planned()["from_cache"], first["simulations"])
        changed = self.planned("--set", "workload.jobs.0.generate.count=301")
        self.assertEqual(changed["from_cache"], 0)

    def test_cache(self):
        self.write_mix(300)
        self.planned("--cache", "mine")
        told = self.good("cache", "--cache", "mine", "--json").json()
        self.assertGreater(told["simulations"], 10)
        self.assertRegex(self.good("cache", "--cache", "mine").out, "^mine: [0-9]+ simulations, ")
        self.assertIn("removed", self.good("cache", "clear", "--cache", "mine").out)
        self.assertEqual(self.good("cache", "show", "--cache", "mine", "--json").json()
                         ["simulations"], 0)
        self.assertEqual(self.good("cache", "--json").json()["simulations"], 0)


SERVICE = """\
tandem: 1
name: service
cluster: { nodes: [{ name: n, count: 1, devices: { type: h100-sxm } }] }
workload:
  services:
    - name: chat
      model: llama-3.1-8b
      replicas: 1
      requests:
        generate: { arrival: { poisson: 2/s }, count: %d, prompt: { lognormal: { mean: 500, cv: 1 } },
                    output: { lognormal: { mean: 100, cv: 1 } } }
      slo: { ttft_p99: 2 s }
"""


class KeptByOthers(Plan):
    """saturation and slices simulate through the same cache, and end by the same rules."""

    SATURATION = ["saturation", "service.yaml", "-p", "fifo", "--seeds", "1..2", "--json", "-q"]

    def kept(self):
        return self.good("cache", "--json").json()["simulations"]

    def test_saturation(self):
        self.write("service.yaml", SERVICE % 500)
        fresh = self.good(*self.SATURATION, "--no-cache").json()
        self.assertEqual(self.kept(), 0)
        self.assertEqual(self.good(*self.SATURATION).json(), fresh)
        kept = self.kept()
        self.assertGreater(kept, 5)
        self.assertEqual(self.good(*self.SATURATION).json(), fresh)
        self.assertEqual(self.kept(), kept)

    def test_an_interrupted_saturation_goes_on(self):
        self.write("service.yaml", SERVICE % 20000)
        process = self.start_tandem(*self.SATURATION)
        end = time.monotonic() + 120
        while self.kept() < 2 and process.poll() is None:
            self.assertLess(time.monotonic(), end)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn("interrupted", err.decode())
        self.assertEqual(self.good(*self.SATURATION).json(),
                         self.good(*self.SATURATION, "--no-cache").json())

    def test_slices(self):
        words = ["slices", os.path.join(e2e.HERE, "..", "scenario", "pipelines.yaml"), "--stage",
                 "often/eval", "--slices", "1,2,4", "-p", "fifo", "--json", "-q"]
        fresh = self.good(*words, "--no-cache").json()
        self.assertEqual(self.kept(), 0)
        self.assertEqual(self.good(*words).json(), fresh)
        self.assertEqual(self.kept(), 3)
        self.assertEqual(self.good(*words).json(), fresh)
        self.assertEqual(self.kept(), 3)


class Answers(Plan):
    def setUp(self):
        super().setUp()
        self.write("queue.yaml", QUEUE.format(count=3000, rate=8))
        self.write("mix.yaml", MIX.format(new=2.5, old=1.4, count=400, rate=20, median=20, wide=2,
                                          widest=8))

    def test_text_and_exports(self):
        done = self.good("plan", "queue.yaml", "--slo", "wait.mean < 0.3 h", "--vary", "nodes.n=4..32",
                         "--policy", "fifo", "--export", "plan.md", "--export", "plan.csv", "--export",
                         "plan.json", "-q")
        self.assertRegex(done.out.replace("\n ", ""), r"^n=\d+ under fifo is the cheapest of 29 candidates")
        for word in ("binds", "next cheaper", "saturation", "What more devices buys"):
            self.assertIn(word, done.out)
        self.assertIn("| settings | policy |", self.read("plan.md"))
        rows = self.read("plan.csv").splitlines()
        told = json.loads(self.read("plan.json"))
        self.assertEqual(len(rows), 1 + len(told["candidates"]))
        self.assertEqual(told["schema"], "tandem.plan/1")
        self.assertGreater(told["headroom"]["holds"], 0.99)
        self.assertLess(told["headroom"]["breaks"], 1.6)

    def test_the_documented_keys_are_those_there_are(self):
        documented = set()
        with open(os.path.join(e2e.HERE, "..", "..", "docs", "planning.md"), encoding="utf-8") as file:
            for line in file:
                if line.startswith(("| `", "| candidate`")):
                    for name in line.split("|")[1].replace("`", "").split(","):
                        documented.add(name.strip())

        def keys(value, path):
            """Every path in a document; a candidate is one wherever it stands."""
            if re.fullmatch(r"(answer|next_cheaper|open\[\]|front\[\]|candidates\[\])", path):
                yield path
                path = "candidate"
            if isinstance(value, list):
                yield path + "[]"
                for item in value:
                    yield from keys(item, path + "[]")
            elif isinstance(value, dict) and not path.endswith("settings"):
                for key, item in value.items():
                    yield from keys(item, f"{path}.{key}" if path else key)
            if path not in ("", "candidate") and not path.endswith("[]"):
                yield path

        words = ["queue.yaml", "--slo", "wait.mean < 0.3 h", "--policy", "fifo", "--vary"]
        there = set()
        for plan in (self.plan(*words, "nodes.n=4..24", "--growth", "8 %/month", "--horizon", "3 months"),
                     self.plan(*words, "nodes.n=4..9", codes=(3,))):
            there.update(keys(plan, ""))
        groups = {path for path in there if path + "[]" in there or any(
            other.startswith(path + ".") for other in there)} - documented
        self.assertEqual(there - groups, documented)

    def test_infeasible(self):
        done = self.run_tandem("plan", "queue.yaml", "--slo", "wait.mean < 0.1 h", "--vary",
                               "nodes.n=4..9", "--policy", "fifo", "-q")
        self.assertEqual(done.code, 3, done.err)
        text = " ".join(done.out.split())
        self.assertRegex(text, r"^Infeasible: the nearest of 6 candidates, n=9 under fifo, misses")
        self.assertRegex(text, r"feasible if nodes.n=1[012], beyond its 4..9")

    def test_a_gangs_size_binds(self):
        told = self.plan("mix.yaml", "--slo", "wait.p50 < 1000 h", "--vary", "nodes.new=0..4", "--set",
                         "cluster.nodes.1.count=0", "--policy", "first-fit")
        self.assertEqual(told["answer"]["settings"], {"nodes.new": "2"})
        self.assertIn("can never run", told["next_cheaper"]["obstacle"])
        self.assertIn("a gang's size", told["binds"])

    def test_the_network_binds(self):
        # Inputs of 100 GB take minutes through cards that eight devices share; jobs compute ten.
        self.write("network.yaml", """\
tandem: 1
name: network
cluster:
  nodes: [{ name: n, count: 2, devices: { type: any, count: 8 } }]
  network: { topology: fat-tree, nic: 5 Gbps }
workload:
  jobs:
    - generate: { count: 1000, arrival: { poisson: 60/h }, duration: { exponential: 10 min }, input: 100 GB }
""")
        words = ["network.yaml", "--slo", "wait.mean < 1 min", "--vary", "nodes.n=1..8", "--policy", "fifo"]
        slow = self.plan(*words)
        self.assertEqual(slow["binds"],
                         "the network: with wires that are never full the next cheaper cluster would do")
        fast = self.plan(*words, "--set", "cluster.network.nic=400 Gbps", codes=(0, 4))
        self.assertIn("the queue", fast["binds"])
        self.assertLess(self.nodes(fast["answer"]), self.nodes(slow["answer"]))

    def test_budget(self):
        words = ["mix.yaml", "--slo", "wait.p50 < 1000 h", "--vary", "nodes.new=1..4", "--set",
                 "cluster.nodes.1.count=0", "--policy", "first-fit"]
        answer = self.plan(*words)["answer"]
        cost = answer["usd_per_month"]
        self.assertEqual(self.plan(*words, "--budget", f"{cost + 1} USD/month")["answer"], answer)
        told = self.plan(*words, "--budget", f"{12 * cost - 1} USD/year", codes=(3,))
        self.assertEqual(told["verdict"], "infeasible")
        self.assertIn(f"the budget were {cost:.0f} USD a month", told["advice"][0])

    def test_growth(self):
        told = self.plan("queue.yaml", "--slo", "wait.mean < 0.3 h", "--vary", "nodes.n=4..24",
                         "--policy", "fifo", "--growth", "8 %/month", "--horizon", "1 year")
        steps = told["growth"]
        self.assertEqual((steps[0]["month"], steps[-1]["month"]), (0, 12))
        nodes = [int(step["settings"]["nodes.n"]) for step in steps]
        self.assertEqual(nodes, sorted(nodes))
        self.assertAlmostEqual(steps[-1]["load"], 1.08 ** 12)
        # All months together have the stated confidence: intervals are wider than of one question.
        self.assertEqual(told["verdicts"], 21 * 13)
        alone = self.plan("queue.yaml", "--slo", "wait.mean < 0.3 h", "--vary", "nodes.n=4..24",
                          "--policy", "fifo")
        self.assertEqual(alone["verdicts"], 21)
        widths = [{(candidate["settings"]["nodes.n"], candidate["seeds"]): figure["half_width"]
                   for candidate in plan["candidates"] for figure in candidate["figures"]}
                  for plan in (alone, told)]
        both = widths[0].keys() & widths[1].keys()
        self.assertGreater(len(both), 0)
        for key in both:
            self.assertGreater(widths[1][key], 1.2 * widths[0][key])
        # Erlang's formula for the load of the last month, give or take one node in doubt.
        self.assertIn(nodes[-1] - needed(8 * 1.08 ** 12, 0.3), (0, 1))
        scarce = self.plan("queue.yaml", "--slo", "wait.mean < 0.3 h", "--vary", "nodes.n=4..13",
                           "--policy", "fifo", "--growth", "8 %/month", "--horizon", "12 months")
        self.assertFalse(scarce["growth"][-1]["meets"])

    def test_inconclusive(self):
        # The limit is the theory's own value: no number of seeds tells.
        told = self.plan("queue.yaml", "--slo", f"wait.mean < {erlang_c(11, 8):.4f} h", "--vary",
                         "nodes.n=9..16", "--policy", "fifo", "--seeds", "1..8", codes=(4,))
        self.assertEqual(told["verdict"], "inconclusive")
        self.assertIn(11, [self.nodes(candidate) for candidate in told["open"]])

    def test_energy(self):
        scenario = self.read("mix.yaml").replace(
            "  price:", "  power: { new: { busy: 700 W, idle: 100 W }, old: { busy: 400 W, idle: 60 W } }\n"
            "  price:")
        self.write("mix.yaml", scenario)
        words = ["mix.yaml", "--slo", "wait.p95 < 2 h", "--vary", "nodes.new=0..6:2", "--vary",
                 "nodes.old=0..6:3", "--policy", "easy", "--objective", "energy"]
        told = self.plan(*words)
        self.assertEqual(told["objective"], "energy")
        prices = [candidate["price"] for candidate in self.plan(*words, "--exhaustive")["candidates"]
                  if candidate["state"] == "meets"]
        self.assertAlmostEqual(told["answer"]["price"], min(prices))

    def test_choices_beside_amounts(self):
        told = self.plan("mix.yaml", "--slo", "wait.p95 < 1 h", "--vary", "nodes.new=1..12", "--vary",
                         "workload.jobs.0.generate.duration.lognormal.median=10 min,20 min",
                         "--policy", "easy", codes=(0, 4))
        self.assertEqual(told["answer"]["settings"]
                         ["workload.jobs.0.generate.duration.lognormal.median"], "10 min")

    def test_refused(self):
        slo = ["--slo", "wait.mean < 1 h"]
        vary = ["--vary", "nodes.n=1..4"]
        for words, says in (
                ([*vary], "--slo is missing"),
                ([*slo], "--vary is missing"),
                (["--slo", "wait.men < 1 h", *vary], r"--slo:1:1: unknown figure 'wait.men' \(did you"),
                ([*slo, "--vary", "nodes.m=1..4"], r"--vary:1:7: unknown node group 'm'"),
                ([*slo, "--vary", "nodes.n=4..1"], "the range ends before it begins"),
                ([*slo, "--vary", "nodes.n"], "expected PATH=VALUES"),
                ([*slo, "--vary", "nodes.n=1,1"], "the value 1 comes twice"),
                ([*slo, *vary, *vary], "cluster.nodes.0.count is varied twice"),
                ([*slo, "--vary", "cluster.nodez=1,2"], "did you mean 'nodes'"),
                ([*slo, "--vary", "nodes.n=0..1:0"], "expected LO..HI"),
                ([*slo, *vary, "--objective", "cost"], "no price"),
                ([*slo, *vary, "--budget", "5 EUR"], "--budget: expected|no price"),
                ([*slo, *vary, "--growth", "8 %/month"], "--growth and --horizon need each other"),
                ([*slo, *vary, "--growth", "8", "--horizon", "3 months"], "--growth: expected"),
                ([*slo, *vary, "--growth", "8 %/month", "--horizon", "3"], "--horizon: expected"),
                ([*slo, *vary, "--confidence", "2"], "--confidence: expected a share"),
                ([*slo, *vary, "--seeds", "1"], "an interval needs at least 3 seeds"),
                ([*slo, *vary, "--cache", "queue.yaml"], "a cache is a folder"),
                ([*slo, *vary, "--cache", "c", "--no-cache"], "excludes"),
                ([*slo, *vary, "--export", "plan.txt"], "supported are .json, .csv and .md"),
                ([*slo, *vary, "--policy", "esay"], "unknown policy 'esay'")):
            with self.subTest(words=words):
                self.refused("plan", "queue.yaml", *words, says=says)


class Traces(Plan):
    """Real traces: 64 clusters and two policies (docs/results/plan.md has the times)."""

    def needs(self, name):
        if self.is_sanitized:
            self.skipTest("too slow with a sanitizer")
        path = os.path.abspath(os.path.join(TRACES, name))
        if not os.path.exists(path):
            self.skipTest(f"needs the real trace {name} beside the project")
        return path

    def test_philly(self):
        file = self.needs("philly/philly.csv")
        self.write("philly.yaml", f"""\
tandem: 1
name: philly
cluster: {{ nodes: [{{ name: n, count: 64, devices: {{ type: any, count: 8 }} }}] }}
workload: {{ jobs: [trace: {{ format: philly, file: {file} }}] }}
""")
        told = self.plan("philly.yaml", "--slo", "wait.p95 < 1 h", "--vary", "nodes.n=40..292:4",
                         "--policy", "fifo,easy")
        self.assertEqual(told["answer"]["state"], "meets")
        self.assertEqual(told["next_cheaper"]["state"], "misses")
        self.assertGreater(told["answer"]["figures"][0]["half_width"], 0, "arrivals are shaken")

    def test_azure(self):
        file = self.needs("azure-llm-2023/AzureLLMInferenceTrace_conv.csv")
        self.write("azure.yaml", f"""\
tandem: 1
name: azure
cluster: {{ nodes: [{{ name: n, count: 64, devices: {{ type: a100-sxm-80g }} }}] }}
workload:
  services:
    - name: chat
      model: llama-3.1-8b
      replicas: 64
      requests: {{ trace: {{ format: azure-llm, file: {file} }} }}
""")
        told = self.plan("azure.yaml", "--slo", "chat.ttft.p99 < 800 ms", "--vary",
                         "workload.services.0.replicas=1..64", "--policy", "fifo,easy",
                         "--set", "cluster.nodes.0.count=64")
        self.assertIn(told["verdict"], ("meets", "inconclusive"))


if __name__ == "__main__":
    e2e.main()
