"""Simulated against real: small jobs are really trained on this machine under several policies, some
times over, and simulated with what `tandem calibrate` measured of it. Writes a page of Markdown.

    python3 tests/bench/twin.py BUILD [-o PAGE] [--repeats 3] [--jobs 32] [--seed 2] [--keep DIR]

Leave the machine alone meanwhile: what else runs here is in the figures.
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

sys.path.insert(0, str(Path(__file__).parent))
from measured_page import add_options, write_page  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
POLICIES = ["fifo", "priority-aging:weight=100:max_age=60s", "fair-share:half_life=60s:calc_period=0s",
            "las:quantum=1s+preempt:min_runtime=2s"]
HEAD = """\
tandem: 1
name: twin
catalog: [here.yaml]
cluster:
  nodes: [{ name: n, count: 1, devices: { type: this-machine, count: 2 } }]
tenants: { red: { weight: 1 }, blue: { weight: 1 }, green: { weight: 1 } }
workload:
  recipe: { text: { files: [text.txt] } }
  jobs:
"""
JOB = """\
    - train: {{ name: job-{i:02}, model: {model}, steps: {steps}, batch: {batch}, sequence: {sequence},
               precision: fp32, parallel: {{ dp: {dp} }}, tenant: {tenant}, priority: {priority},
               submit: {submit} ms, recipe: {{ seed: {i} }} }}
"""
# Model, sequences a step, tokens of each, data-parallel ranks, and steps of about one second.
KINDS = [("llama-1m", 8, 64, 1, 20), ("gpt2-1m", 8, 64, 1, 15), ("llama-1m", 8, 128, 2, 18),
         ("llama-5m", 4, 64, 1, 8)]


def scenario(jobs, seed):
    """One tenant's long jobs among two others' short ones, of which one's are urgent: what every policy
    orders in another way. They come faster than two devices work."""
    rng = random.Random(seed)
    text, now_ms = HEAD, 0
    for i in range(jobs):
        model, batch, sequence, dp, second = rng.choices(KINDS, [4, 3, 1, 2])[0]
        tenant = rng.choice(["red", "blue", "green"])
        steps = second * rng.uniform(*((5, 9) if tenant == "red" else (0.4, 1.6)))
        text += JOB.format(i=i, model=model, steps=max(5, int(steps)), batch=batch, sequence=sequence,
                           dp=dp, tenant=tenant, priority=100 if tenant == "green" else 0, submit=now_ms)
        now_ms += int(rng.expovariate(1 / 900))
    return text + f"policies: {json.dumps(POLICIES)}\n"


class Twin:
    def __init__(self, build, folder):
        self.tandem, self.folder = str(Path(build).resolve() / "tandem"), folder

    def call(self, *words):
        print(f"{time.strftime('%H:%M:%S')} tandem {' '.join(words)}", file=sys.stderr, flush=True)
        done = subprocess.run([self.tandem, *words], cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        return done.stdout

    def measure(self, jobs, seed, repeats):
        text = b"".join(page.read_bytes() for page in sorted((ROOT / "docs").glob("*.md")))
        runs = []
        for repeat in range(repeats):
            lab = self.folder / str(repeat)
            lab.mkdir(exist_ok=True)
            (lab / "text.txt").write_bytes(text)
            (lab / "lab.yaml").write_text(scenario(jobs, seed), encoding="ascii")
            self.call("calibrate", f"{repeat}/lab.yaml", "-o", f"{repeat}/here.yaml", "--on", "cpu",
                      "--quiet")
            for number, policy in enumerate(POLICIES):
                runs.append(f"{repeat}/real-{number}")
                self.call("run", f"{repeat}/lab.yaml", "-p", policy, "-o", runs[-1], "--on", "cpu",
                          "--quiet")
                self.call("replay", runs[-1])
        shares = [self.controller_share(self.folder / run / "result.json") for run in runs]
        return (self.call("validate-run", *runs),
                json.loads(self.call("validate-run", *runs, "--json")), shares)

    @staticmethod
    def controller_share(result):
        """The controller's processor time over that of the two workers."""
        run = json.loads(result.read_text(encoding="utf-8"))["runs"][0]
        return run["engine"]["cpu_s"] / (2 * run["makespan_s"])


def page(arguments, load, text, figures, shares):
    machine = f"{platform.machine()}, {os.cpu_count()} processors"
    return f"""# Simulated against real

`python3 tests/bench/twin.py build/release --repeats {arguments.repeats} --jobs {arguments.jobs} \
--seed {arguments.seed}` on {time.strftime('%Y-%m-%d')}: {machine}, load {load:.1f} before it began.
{arguments.jobs} training jobs on two slots of one processor each, every policy really run
{arguments.repeats} times, every run's journal decided again with `tandem replay`; each round
of runs has the profile of a `tandem calibrate` just before. Errors are of the simulated mean against the real mean; the
spread is half the range between real runs of one policy. The controller took {min(shares):.2%} to
{max(shares):.2%} of the processor time of the two workers.

```
{text}```

<details><summary>The same as JSON</summary>

```json
{json.dumps(figures, indent=1)}
```

</details>
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=32)
    parser.add_argument("--seed", type=int, default=2)
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    write_page(arguments, lambda folder: page(arguments, load, *Twin(arguments.build, folder).measure(
        arguments.jobs, arguments.seed, arguments.repeats)))


if __name__ == "__main__":
    main()
