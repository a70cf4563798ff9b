#!/usr/bin/env python3
"""How well `tandem trace fit` meets real traces, and what importing and fitting them takes.

python3 tests/bench/trace_fits.py build/release -o docs/results/trace-fits.md    (docs/traces.md has the method)
"""

import argparse
import json
import os
import platform
import subprocess
import time
from pathlib import Path

import measured_page

TRACES = Path(__file__).resolve().parents[3] / "shared" / "traces"
JOBS = [("Philly", "philly/philly.csv"), ("KTH-SP2", "swf/KTH-SP2-1996-2.1-cln.swf"),
        ("lublin_256", "swf/lublin_256.swf"), ("openb", "alibaba/gpu-v2023_openb_pod_list_default.csv")]
REQUESTS = [("Azure, conversations", "azure-llm-2023/AzureLLMInferenceTrace_conv.csv"),
            ("Azure, code", "azure-llm-2023/AzureLLMInferenceTrace_code.csv"),
            ("Mooncake, conversations", "mooncake-fast25/conversation_trace.jsonl"),
            ("Mooncake, synthetic", "mooncake-fast25/synthetic_trace.jsonl")]


class Program:
    def __init__(self, build, folder):
        self.path = str(Path(build).resolve() / "tandem")
        self.folder = folder

    def run(self, *words):
        """What it says as JSON, its seconds and its peak of memory in MB (of the largest process)."""
        begun = time.monotonic()
        child = subprocess.Popen([self.path, "trace", *words, "--json", "-q"], cwd=self.folder,
                                 stdout=subprocess.PIPE)
        out = child.stdout.read()
        child.stdout.close()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise SystemExit(f"tandem trace {' '.join(words)} ended with {child.returncode}")
        return json.loads(out), time.monotonic() - begun, usage.ru_maxrss / 1024


def distances(told):
    return " | ".join(f"{figure['ks_distance']:.3f}" for figure in told["figures"])


def shown(seconds):
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def number(told, name, form="{:.3g}"):
    for found in told["numbers"]:
        if found["name"] == name:
            return f"{form.format(found['trace'])}, {form.format(found['drawn'])}"
    return "-"


def jobs(program, seeds):
    rows = []
    for name, file in JOBS:
        if not (TRACES / file).exists():
            rows.append(f"| {name} | not measured: the trace is not beside the project | | | | | | | | |")
            continue
        told, seconds, memory = program.run("fit", str(TRACES / file), "-o", "fitted.yaml", "--seeds", seeds)
        by_name = {figure["name"]: f"{figure['ks_distance']:.3f}" for figure in told["figures"]}
        wait = told["wait"]
        rows.append(f"| {name}, {told['count']} jobs | " +
                    " | ".join(by_name.get(key, "-") for key in
                               ("gap_s", "devices", "run_time_s", "estimate_s", "tenant")) +
                    f" | {number(told, 'neighbour_correlation')} | {wait['devices']}, {wait['utilization']:.0%} "
                    f"| {shown(wait['trace_s'])}, {shown(wait['drawn_s']['mean'])} ± "
                    f"{shown(wait['drawn_s']['ci95'])} | {'yes' if told['close'] else 'no'} "
                    f"| {seconds:.1f} s, {memory:.0f} MB |")
    return f"""\
## Jobs

K-S distances of what is drawn with seed 1; mean waits under FIFO of the trace and of seeds {seeds}, with their 95 %
interval. "Neighbours" is the rank correlation of the run times of neighbours, in the trace and drawn.

| trace | gaps | devices | run times | estimates | tenants | neighbours | devices, busy | waits | close | fit |
|---|---|---|---|---|---|---|---|---|---|---|
""" + "\n".join(rows) + "\n"


def requests(program):
    rows = []
    for name, file in REQUESTS:
        if not (TRACES / file).exists():
            rows.append(f"| {name} | not measured: the trace is not beside the project | | | | | | |")
            continue
        told, seconds, memory = program.run("fit", str(TRACES / file), "-o", "fitted.yaml")
        rows.append(f"| {name}, {told['count']} requests | {distances(told)} | {number(told, 'gap_cv')} "
                    f"| {number(told, 'prefix_hits', '{:.1%}')} | {'yes' if told['close'] else 'no'} "
                    f"| {seconds:.1f} s, {memory:.0f} MB |")
    return """\
## Requests

K-S distances; how much gaps vary (standard deviation over mean), and the share of blocks that an unlimited cache hits,
in the trace and drawn.

| trace | gaps | prompts | answers | variation of gaps | cache hits | close | fit |
|---|---|---|---|---|---|---|---|
""" + "\n".join(rows) + "\n"


def speed(program, count):
    """Philly, and as many generated jobs, imported and fitted."""
    rows = []
    philly = TRACES / "philly/philly.csv"
    if philly.exists():
        _, seconds, memory = program.run("import", str(philly), "-o", "philly.csv")
        rows.append(f"| import, Philly | {seconds:.2f} s | {memory:.0f} MB |")
        program.run("fit", str(philly), "-o", "fitted.yaml", "--seeds", "1")
        _, seconds, memory = program.run("generate", "fitted.yaml", "--jobs", str(count), "-o", "many.csv")
        rows.append(f"| generate, {count:,} jobs like them | {seconds:.1f} s | {memory:.0f} MB |")
        _, seconds, memory = program.run("import", "many.csv", "-o", "again.csv")
        rows.append(f"| import of these, {os.path.getsize(program.folder / 'many.csv') / 1e6:.0f} MB | "
                    f"{seconds:.1f} s | {memory:.0f} MB |")
        (program.folder / "many.csv").unlink()
        (program.folder / "again.csv").unlink()
    return """\
## Speed

Whole processes.

| command | time | memory |
|---|---|---|
""" + "\n".join(rows) + "\n"


def measure(program, quick):
    parts = [jobs(program, "1..3" if quick else "1..10"), requests(program),
             speed(program, 100_000 if quick else 10_000_000)]
    command = f"python3 tests/bench/trace_fits.py build/release{' --quick' if quick else ''}"
    return f"""\
# Fits of real traces

`{command}` on {time.strftime('%Y-%m-%d')}: {platform.machine()}, {os.cpu_count()} processors, load \
{os.getloadavg()[0]:.1f} when it ended. `docs/traces.md` says what is fitted, and what "close" is.

""" + "\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    measured_page.add_options(parser)
    parser.add_argument("--quick", action="store_true", help="fewer seeds and jobs")
    arguments = parser.parse_args()
    measured_page.write_page(arguments, lambda folder: measure(Program(arguments.build, folder),
                                                               arguments.quick))


if __name__ == "__main__":
    main()
