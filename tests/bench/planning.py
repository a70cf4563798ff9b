#!/usr/bin/env python3
"""What `tandem plan` answers, and how long it takes: theory, real traces, and trying everything.

python3 tests/bench/planning.py build/release -o docs/results/plan.md    (docs/planning.md has the method)
"""

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import time
from pathlib import Path

import measured_page

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from planning_test import MIX, QUEUE, erlang_c, needed  # noqa: E402

TRACES = Path(__file__).resolve().parents[3] / "shared" / "traces"

PHILLY = """\
tandem: 1
name: philly
cluster: {{ nodes: [{{ name: n, count: 64, devices: {{ type: any, count: 8 }} }}] }}
workload: {{ jobs: [trace: {{ format: philly, file: {file} }}] }}
"""
AZURE = """\
tandem: 1
name: azure
cluster:
  nodes: [{{ name: n, count: 64, devices: {{ type: a100-sxm-80g }} }}]
  price: {{ n: 1.40 USD/device-hour }}
workload:
  services:
    - name: chat
      model: llama-3.1-8b
      replicas: 64
      requests: {{ trace: {{ format: azure-llm, file: {file} }} }}
"""


class Planner:
    def __init__(self, build, folder):
        self.program = str(Path(build).resolve() / "tandem")
        self.folder = folder

    def plan(self, scenario, *words):
        """What it says as JSON, and the seconds it took without anything known before."""
        (self.folder / "plan.yaml").write_text(scenario, encoding="ascii")
        begun = time.monotonic()
        done = subprocess.run([self.program, "plan", "plan.yaml", *words, "--json", "--no-cache", "-q"],
                              cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 3, 4):
            raise SystemExit(done.stderr)
        return json.loads(done.stdout), time.monotonic() - begun


def settings(candidate):
    if candidate is None:
        return "none"
    parts = [f"{name.removeprefix('nodes.')}={value}" for name, value in candidate["settings"].items()]
    return f"{', '.join(parts)} under {candidate['policy']}"


def theory(planner, count):
    """M/M/c with a limit of the mean wait: the fewest servers by Erlang's formula and by the plan."""
    drawn = random.Random(2026)
    rows, agree = [], 0
    for _ in range(count):
        load, limit = drawn.uniform(1, 30), drawn.choice([0.05, 0.1, 0.2, 0.5, 1.0])
        right = needed(load, limit)
        told, seconds = planner.plan(QUEUE.format(count=20000, rate=load), "--slo",
                                     f"wait.mean < {limit} h", "--vary", "nodes.n=1..64", "--policy",
                                     "fifo")
        answer = int(told["answer"]["settings"]["nodes.n"])
        doubted = [int(candidate["settings"]["nodes.n"]) for candidate in told["open"]]
        holds = answer == right if not doubted else right in [*doubted, answer]
        agree += holds
        below = f"{erlang_c(right - 1, load):.3f}" if right - 1 > load else "none"
        rows.append(f"| {load:.2f} | {limit} h | {right} | {answer} | {doubted or ''} "
                    f"| {erlang_c(right, load):.3f}, {below} | {told['simulations']} | {seconds:.1f} s |")
    return agree == count, f"""\
## Erlang's formula

M/M/c, service of one hour, a limit of the mean wait; 20,000 jobs a run, 64 candidates, 95 % confidence. {agree} of
{count} answers are those of the formula, or it is among the candidates that are told to be in doubt.

| load | limit | by formula | answer | in doubt | wait there and one below, h | simulations | |
|---|---|---|---|---|---|---|---|
""" + "\n".join(rows) + "\n"


def traces(planner):
    """Real traces: 64 clusters, two policies."""
    rows, holds = [], True
    for name, file, scenario, slo, nodes in (
            ("Philly, 82,247 jobs", "philly/philly.csv", PHILLY, "wait.p95 < 1 h", "40..292:4"),
            ("Azure conversations, 19,366 requests", "azure-llm-2023/AzureLLMInferenceTrace_conv.csv",
             AZURE, "chat.ttft.p99 < 800 ms", "1..64")):
        if not (TRACES / file).exists():
            rows.append(f"| {name} | not measured: the trace is not beside the project | | | | |")
            continue
        told, seconds = planner.plan(scenario.format(file=TRACES / file), "--slo", slo, "--vary",
                                     f"nodes.n={nodes}", "--policy", "fifo,easy")
        holds &= seconds < 120
        figure = told["answer"]["figures"][0]
        rows.append(f"| {name} | {slo} | {settings(told['answer'])} | {figure['mean']:.4g} ± "
                    f"{figure['half_width']:.2g} s | {told['simulations']} | {seconds:.1f} s |")
    return holds, """\
## Real traces

64 clusters under two policies, nothing known before. To be below two minutes.

| trace | promise | answer | figure there | simulations | |
|---|---|---|---|---|---|
""" + "\n".join(rows) + "\n"


def everything(planner, count):
    """Halving against trying all candidates."""
    drawn = random.Random(77)
    agree = simulated = in_all = 0
    for _ in range(count):
        scenario = MIX.format(new=drawn.uniform(2, 4), old=drawn.uniform(0.5, 2), count=150,
                              rate=drawn.uniform(5, 25), median=drawn.uniform(10, 50),
                              wide=drawn.randint(1, 3), widest=drawn.choice([6, 8]))
        words = ["--slo", f"wait.p95 < {drawn.choice([5, 20, 60, 120])} min", "--vary", "nodes.new=0..8",
                 "--vary", "nodes.old=0..6:2", "--policy", drawn.choice(["fifo", "easy", "first-fit"]),
                 "--seeds", "1..12"]
        halved, _ = planner.plan(scenario, *words)
        tried, _ = planner.plan(scenario, *words, "--exhaustive")
        agree += (halved["verdict"], halved["answer"]) == (tried["verdict"], tried["answer"])
        simulated += len(halved["candidates"])
        in_all += len(tried["candidates"])
    return agree == count, f"""\
## Halving against trying everything

{count} random scenarios: gangs of four sizes on two types of nodes, 36 clusters, three policies. The verdict and the
answer are the same in {agree} of {count}; halving simulated {simulated} candidates where there are {in_all}.
"""


def measure(planner, quick):
    parts = [theory(planner, 4 if quick else 20), traces(planner), everything(planner, 5 if quick else 50)]
    verdict = "All hold." if all(holds for holds, _ in parts) else "Some do NOT hold."
    command = f"python3 tests/bench/planning.py build/release{' --quick' if quick else ''}"
    return f"""\
# What plans answer

`{command}` on {time.strftime('%Y-%m-%d')}: {platform.machine()}, {os.cpu_count()} processors, load \
{os.getloadavg()[0]:.1f} when it ended. {verdict}

""" + "\n".join(text for _, text in parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    measured_page.add_options(parser)
    parser.add_argument("--quick", action="store_true", help="fewer loads and scenarios")
    arguments = parser.parse_args()
    measured_page.write_page(arguments, lambda folder: measure(Planner(arguments.build, folder),
                                                               arguments.quick))


if __name__ == "__main__":
    main()
