"""Workers and the controller are killed at random while ten jobs train: everything completes, nothing
runs twice at once, and replay agrees.

    python3 tests/e2e/chaos.py BUILD [--seconds 120] [--seed 1] [--keep]

Real workers, real training, on the processors of this machine.
"""

import argparse
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TEXT = "Now is the winter of our discontent made glorious summer by this sun of York. "
HEAD = """\
tandem: 1
name: chaos
cluster:
  nodes: [{ name: n, count: 1, devices: { type: h100-sxm, count: 2 } }]
tenants: { red: { weight: 1 }, blue: { weight: 1 } }
workload:
  recipe: { text: { files: [text.txt] }, checkpoint_every: 20 }
  jobs:
"""
JOB = """\
    - train: {{ name: job-{i}, model: llama-1m, steps: {steps}, batch: 4, sequence: 64, precision: fp32,
               parallel: {{ dp: {dp} }}, tenant: {tenant}, priority: {priority}, submit: {submit} s,
               recipe: {{ seed: {i} }} }}
"""
PATIENCE_S = 600


def scenario(rng, seconds):
    """Ten jobs that keep two devices busy for about the given time when nothing breaks."""
    jobs = ""
    for i in range(10):
        jobs += JOB.format(i=i, steps=int(seconds * rng.uniform(1, 3)), dp=rng.choice([1, 1, 2]),
                           tenant=rng.choice(["red", "blue"]), priority=rng.randrange(4),
                           submit=rng.randrange(max(1, seconds // 4)))
    return HEAD + jobs + "policies: ['las+preempt:min_runtime=2s']\n"


def processes(folder, program):
    """Of the run in this folder."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
        except OSError:
            continue
        if os.path.basename(words[0]) == program and any(folder in word for word in words):
            found.append(int(name))
    return found


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Chaos:
    def __init__(self, build, folder, seed, seconds):
        self.build, self.folder, self.seconds = build, folder, seconds
        self.rng = random.Random(seed)
        self.kills = {"worker": 0, "controller": 0}
        with open(os.path.join(folder, "chaos.yaml"), "w", encoding="ascii") as file:
            file.write(scenario(self.rng, seconds))
        with open(os.path.join(folder, "text.txt"), "w", encoding="ascii") as file:
            file.write(TEXT * 500)

    def start(self):
        with open(os.path.join(self.folder, "controller.log"), "ab") as log:
            return subprocess.Popen(
                [os.path.join(self.build, "tandem"), "run", os.path.join(self.folder, "chaos.yaml"),
                 "-o", os.path.join(self.folder, "out"), "--on", "cpu", "--attempts", "1000000",
                 "--patience", "20", "--quiet"], stdout=log, stderr=log)

    def is_over(self):
        """The journal's last line is written when the results are: what was killed then had done all."""
        journal = os.path.join(self.folder, "out", "journal")
        if not os.path.exists(journal):
            return False
        with open(journal, "rb") as file:
            return file.read().endswith(b"\nend\n")

    def strike(self, controller):
        """Returns the controller that goes on, or the one that had done all."""
        if self.rng.random() < 0.25:
            self.kills["controller"] += 1
            controller.kill()
            controller.wait()
            if self.is_over():
                return controller
            time.sleep(self.rng.uniform(0, 2))
            return self.start()
        workers = processes(self.folder, "tandem-worker")
        if workers:
            self.kills["worker"] += 1
            kill(self.rng.choice(workers))
        return controller

    def run(self):
        begun = time.monotonic()
        controller = self.start()
        while time.monotonic() - begun < self.seconds and controller.poll() is None:
            time.sleep(self.rng.uniform(0.5, 6))
            if controller.poll() is None:
                controller = self.strike(controller)
        code = controller.wait(timeout=PATIENCE_S)
        if code == -signal.SIGKILL and self.is_over():
            code = 0
        print(f"killed {self.kills['worker']} workers and {self.kills['controller']} controllers; "
              f"over after {time.monotonic() - begun:.0f} s, exit code {code}")
        return code

    def complaints(self):
        found = []
        with open(os.path.join(self.folder, "out", "result.json"), encoding="utf-8") as file:
            result = json.load(file)
        jobs = result["runs"][0]["jobs"]
        if jobs["completed"] != 10 or jobs["submitted"] != 10:
            found.append(f"not every job completed: {jobs}")
        replay = subprocess.run([os.path.join(self.build, "tandem"), "replay",
                                 os.path.join(self.folder, "out")], capture_output=True, check=False)
        if replay.returncode != 0:
            found.append("replay: " + replay.stderr.decode())
        for log in glob.glob(os.path.join(self.folder, "out", "jobs", "*", "rank-*.log")):
            found += twice_at_once(log)
        for losses in glob.glob(os.path.join(self.folder, "out", "jobs", "*", "losses.csv")):
            found += not_every_step_once(losses)
        return found


def twice_at_once(log):
    """Two processes that run one rank at once would both write to its log."""
    with open(log, encoding="utf-8", errors="replace") as file:
        generations = [int(number) for number in re.findall(r"Z generation (\d+):", file.read())]
    if generations != sorted(generations):
        return [f"{log}: generations {generations}"]
    return []


def not_every_step_once(losses):
    with open(losses, encoding="utf-8") as file:
        steps = [int(line.split(",")[0]) for line in file.readlines()[1:]]
    if steps != list(range(1, len(steps) + 1)):
        return [f"{losses}: steps {steps}"]
    return []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="tandem-chaos-")
    print(f"seed {arguments.seed}, in {folder}")
    chaos = Chaos(os.path.abspath(arguments.build), folder, arguments.seed, arguments.seconds)
    try:
        code = chaos.run()
        complaints = chaos.complaints() if code == 0 else ["the run failed: see controller.log"]
    finally:
        for pid in processes(folder, "tandem-worker") + processes(folder, "tandem"):
            kill(pid)
    print("\n".join(complaints) if complaints else
          "every job completed, nothing ran twice at once, replay agrees")
    if not complaints and not arguments.keep:
        shutil.rmtree(folder)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
