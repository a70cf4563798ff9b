"""Whole-process benchmarks: CPU seconds and peak memory of `tandem simulate`, and the queueing
results of theory at a million jobs.

usage: whole_process.py BUILD [--quick|--shelf]      (--quick: 100,000 jobs only; --shelf: only the
table of every policy at 10,000 and 100,000 jobs)

CPU seconds are user + system of the whole process tree; memory is the largest process's peak.
"""
import csv
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SCENARIO = """tandem: 1
name: bench
cluster:
  nodes: [{{ name: n, count: 32, devices: {{ type: h100-sxm, count: 8 }} }}]
workload:
  jobs:
    - generate:
        arrival: poisson
        load: {load}
        duration: {{ lognormal: {{ median: 20 min, p99: 2 days }} }}
        devices: {{ 1: .6, 8: .3, 64: .1 }}
        count: {jobs}
        tenants: {{ count: {tenants}, zipf: 1.0 }}
        priority: {{ 0: .7, 10: .3 }}
"""

# Policy, tenants, limits in CPU seconds and MB at 100,000 and 1,000,000 jobs (None: no limit set).
CASES = [
    ("fifo", 1, {100_000: (1, 100), 1_000_000: (10, 400)}),
    ("easy", 1, {100_000: (3, None)}),
    ("fair-share", 1000, {100_000: (3, None)}),
    ("priority-aging", 1, {}),
    ("sjf", 1, {}),
    ("first-fit", 1, {}),
    ("fair-share+easy", 1000, {}),
    ("fair-share:algorithm=fair-tree", 1000, {}),
]

# Limits of the shelf, in CPU seconds by number of jobs.
SHELF_LIMITS = {
    "conservative": {10_000: 3},
    "las+preempt": {100_000: 5},
    "fair-share+preempt": {100_000: 5},
    "drf": {100_000: 5},
}
OPENB_SCENARIO = """tandem: 1
name: openb
cluster: {{ nodes: [{{ trace: {{ file: {traces}/gpu-v2023_openb_node_list_all_node.csv }} }}] }}
workload: {{ jobs: [{{ trace: {{ format: openb, file: {traces}/gpu-v2023_openb_pod_list_default.csv }} }}] }}
"""

# 16,384 devices in 128 racks, 4 to 1: training jobs of 8 to 256 devices that share uplinks.
TRAINING_SCENARIO = """tandem: 1
name: big-training
cluster:
  nodes: [{{ name: h, count: 2048, rack: 16, devices: {{ type: h100-sxm, count: 8 }} }}]
  network: {{ fidelity: {fidelity}, topology: fat-tree, nic: 400 Gbps, nics_per_node: 8, oversubscription: 4 }}
workload:
  jobs:
    - generate:
        arrival: poisson
        load: 0.8
        count: {jobs}
        duration: {{ lognormal: {{ median: 20 min, p99: 1 day }} }}
        train:
          - {{ weight: 50, model: gpt2, batch: 64, parallel: {{ dp: 8 }} }}
          - {{ weight: 25, model: llama-2-7b, batch: 64, parallel: {{ dp: 32, zero: 3 }}, recompute: full }}
          - {{ weight: 15, model: llama-2-13b, batch: 256, parallel: {{ tp: 2, dp: 64, zero: 1 }}, recompute: full }}
          - {{ weight: 10, model: llama-2-70b, batch: 256, parallel: {{ tp: 8, pp: 4, dp: 8, zero: 1 }}, recompute: full }}
"""
TRAINING_LIMITS = (120, 400)  # CPU seconds and MB, at 1,000,000 jobs with contention.

# Name, arrivals, service, devices, policy, and what theory says of mean waits by base priority.
QUEUES = [
    ("M/M/1, load .8", "0.8/s", "exponential: 1 s", 1, "fifo", "0", {None: 4.0}),
    ("M/M/4, load .8", "3.2/s", "exponential: 1 s", 4, "fifo", "0", {None: 0.745541}),
    ("M/M/16, load .9", "14.4/s", "exponential: 1 s", 16, "fifo", "0", {None: 0.369590}),
    ("M/D/1, load .8", "0.8/s", "deterministic: 1 s", 1, "fifo", "0", {None: 2.0}),
    ("two classes, .4 + .4", "0.8/s", "exponential: 1 s", 1,
     "priority-aging:max_age=200y:weight=1", "{ 0: .5, 1: .5 }", {"1": 4 / 3, "0": 20 / 3}),
]
QUEUE_SCENARIO = """tandem: 1
name: queue
cluster: {{ nodes: [{{ name: n, devices: {{ type: any, count: {devices} }} }}] }}
tenants: {{ all: {{}} }}
workload:
  jobs:
    - generate: {{ name: {name}, arrival: {{ poisson: {rate} }}, duration: {{ {service} }},
                  count: {jobs}, tenants: {{ all: 1 }}, priority: {priority} }}
"""


def run(program, arguments):
    """CPU seconds, peak MB and the result document of one simulation."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([program, "simulate", *arguments, "--quiet", "--json"],
                                   stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(f"tandem simulate {' '.join(arguments)} failed")
        output.seek(0)
        document = json.load(output)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, document


def verdict(value, limit):
    return "" if limit is None else (f" (limit {limit})" if value <= limit else f" OVER {limit}")


def bench_policies(tandem, folder, sizes):
    print(f"{'policy':<32}{'load':>5}{'jobs':>10}{'CPU s':>9}{'MB':>6}"
          f"{'queue mean':>12}{'max':>9}  growth, limits")
    for policy, tenants, limits in CASES:
        for load in (0.95, 1.2):
            smaller = None
            for jobs in sizes:
                scenario = folder / "bench.yaml"
                scenario.write_text(SCENARIO.format(load=load, jobs=jobs, tenants=tenants))
                cpu, memory, document = run(tandem, [str(scenario), "--policy", policy])
                queue = document["runs"][0]["queue_length"]
                most_cpu, most_memory = limits.get(jobs, (None, None)) if load < 1 else (None, None)
                note = f"{cpu / smaller:.1f} times" if smaller else ""
                note += verdict(cpu, most_cpu) + verdict(memory, most_memory)
                smaller = cpu
                print(f"{policy:<32}{load:>5}{jobs:>10,}{cpu:>9.2f}{memory:>6.0f}"
                      f"{queue['mean']:>12,.0f}{queue['max']:>9,}  {note}", flush=True)


def shelf(tandem):
    """Every policy there is: each order alone and preempting, each other part with FIFO."""
    listed = json.loads(subprocess.check_output([tandem, "policies", "list", "--json"]))
    names = {}
    for part in listed:
        names.setdefault(part["kind"], []).append(part["name"])
    policies = []
    for order in names["order"]:
        policies += [order, f"{order}+preempt"]
    policies += [f"fifo+{name}" for name in names["backfill"] if name not in ("none", "conservative")]
    policies += ["conservative", "fifo+conservative:compression=shift"]
    policies += [f"fifo+{name}" for name in names["placement"]]
    return policies + ["fifo+preempt:by=priority", "fifo+elastic"] + names["policy"]


def bench_shelf(tandem, folder):
    print(f"{'policy':<40}{'CPU s at 10,000':>16}{'100,000':>10}{'growth':>8}{'MB':>6}  limits")
    for policy in shelf(tandem):
        seconds = []
        notes = ""
        for jobs in (10_000, 100_000):
            scenario = folder / "shelf.yaml"
            scenario.write_text(SCENARIO.format(load=0.95, jobs=jobs, tenants=30))
            cpu, memory, _ = run(tandem, [str(scenario), "--policy", policy])
            seconds.append(cpu)
            notes += verdict(cpu, SHELF_LIMITS.get(policy, {}).get(jobs))
        print(f"{policy:<40}{seconds[0]:>16.2f}{seconds[1]:>10.2f}{seconds[1] / seconds[0]:>8.1f}"
              f"{memory:>6.0f} {notes}", flush=True)


def bench_openb(tandem, folder):
    traces = Path(__file__).resolve().parents[3] / "shared" / "traces" / "alibaba"
    if not (traces / "gpu-v2023_openb_pod_list_default.csv").exists():
        print(f"openb: skipped, {traces} has no traces")
        return
    scenario = folder / "openb.yaml"
    scenario.write_text(OPENB_SCENARIO.format(traces=traces))
    for placement in ("packed", "fgd"):
        cpu, memory, document = run(tandem, [str(scenario), "--policy", f"fifo+{placement}"])
        jobs = document["runs"][0]["jobs"]["submitted"]
        limit = 5 if placement == "fgd" else None
        print(f"openb pods on openb nodes, fifo+{placement:<8}{jobs:>7,} jobs{cpu:>7.2f} CPU s"
              f"{memory:>5.0f} MB {verdict(cpu, limit)}", flush=True)


def bench_training(tandem, folder, sizes):
    """Training jobs with and without contention."""
    print(f"\n{'training':<18}{'jobs':>10}{'CPU s':>9}{'MB':>6}  JCT mean, h")
    for fidelity in ("L0", "L1"):
        for jobs in sizes:
            scenario = folder / "training.yaml"
            scenario.write_text(TRAINING_SCENARIO.format(jobs=jobs, fidelity=fidelity))
            cpu, memory, result = run(tandem, [str(scenario), "--policy", "fifo+first-fit"])
            limited = fidelity == "L1" and jobs == 1_000_000
            limits = (verdict(cpu, TRAINING_LIMITS[0]) + verdict(memory, TRAINING_LIMITS[1])
                      if limited else "")
            mean = result["runs"][0]["jct_s"]["mean"] / 3600
            print(f"{fidelity:<18}{jobs:>10,}{cpu:>9.2f}{memory:>6.0f}  {mean:.3f} {limits}",
                  flush=True)


def batch_means(waits, batches=50):
    """Mean and half-width of its 99 % confidence interval, by batch means after a warm-up."""
    waits = waits[len(waits) // 50:]
    size = len(waits) // batches
    means = [math.fsum(waits[i * size:(i + 1) * size]) / size for i in range(batches)]
    mean = math.fsum(means) / batches
    deviation = math.sqrt(math.fsum((m - mean) ** 2 for m in means) / (batches - 1))
    quantile = 2.680  # Student's t, 49 degrees of freedom, 99.5 %
    return mean, quantile * deviation / math.sqrt(batches)


def waits_by_priority(folder):
    """Waits of a run by base priority, in the order of submission, from jobs.csv and the journal."""
    priority = {}
    journal = next(folder.glob("*/journal*"))
    text = subprocess.run(["zstd", "-dcq", str(journal)], capture_output=True, check=True).stdout \
        if journal.suffix == ".zst" else journal.read_bytes()
    for line in text.decode().splitlines():
        if line.startswith("+ submit "):
            words = line.split(" ")
            priority[words[8]] = words[6]
    rows = []
    with open(next(folder.glob("*/jobs.csv")), newline="") as file:
        for row in csv.DictReader(file):
            rows.append((float(row["submit_s"]), float(row["wait_s"]), priority[row["job_id"]]))
    rows.sort()
    return rows


def check_queues(tandem, folder, jobs):
    print(f"\n{'queue':<24}{'jobs':>10}{'theory':>10}{'simulated':>11}{'99 % +-':>10}  verdict")
    for name, rate, service, devices, policy, priority, expected in QUEUES:
        scenario = folder / "queue.yaml"
        scenario.write_text(QUEUE_SCENARIO.format(name="q", rate=rate, service=service, jobs=jobs,
                                                  devices=devices, priority=priority))
        output = folder / "out"
        subprocess.run(["rm", "-rf", str(output)], check=True)
        run(tandem, [str(scenario), "--policy", policy, "-o", str(output)])
        rows = waits_by_priority(output)
        for wanted, theory in expected.items():
            waits = [wait for _, wait, p in rows if wanted is None or p == wanted]
            mean, half = batch_means(waits)
            inside = abs(mean - theory) <= half
            label = name if wanted is None else f"{name}, class {wanted}"
            print(f"{label:<24}{len(waits):>10,}{theory:>10.6f}{mean:>11.6f}{half:>10.6f}  "
                  f"{'within' if inside else 'OUTSIDE'}", flush=True)


def main():
    build = Path(sys.argv[1]).resolve()
    quick = "--quick" in sys.argv[2:]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench_shelf(str(build / "tandem"), folder)
        bench_openb(str(build / "tandem"), folder)
        if "--shelf" in sys.argv[2:]:
            return
        bench_policies(str(build / "tandem"), folder, [100_000] if quick else [100_000, 1_000_000])
        bench_training(str(build / "tandem"), folder, [100_000] if quick else [100_000, 1_000_000])
        check_queues(str(build / "tandem"), folder, 100_000 if quick else 1_000_000)


main()
