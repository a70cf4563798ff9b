"""Simulated against real, of a service: a small model is really served on this machine at several rates
of requests, some times over, and simulated with what `tandem calibrate` measured of its engine. Writes a
page of Markdown.

    python3 tests/bench/serving_twin.py BUILD [-o PAGE] [--repeats 3] [--seconds 30] [--seed 1] [--keep DIR]

Leave the machine alone meanwhile: what else runs here is in the figures.
"""

import argparse
import json
import os
import platform
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from measured_page import add_options, write_page  # noqa: E402
from twin import Twin  # noqa: E402

# Of what the engine can do with all requests at hand.
LOADS = [0.25, 0.5, 0.75, 1.5]
START_S = 3
SCENARIO = """\
tandem: 1
name: serving-twin
catalog: [here.yaml]
cluster:
  nodes: [{ name: n, count: 1, devices: { type: this-machine, count: 1 } }]
workload:
  services:
    - name: chat
      model: llama-15m
      deployment: { precision: fp32 }
      engine: { kv_blocks: 512, max_sequences: 16, batch_tokens: 256 }
      requests: { trace: { format: native, file: REQUESTS, start: START s } }
policies: [fifo]
"""
METRICS = [("chat.e2e_s_mean", "E2E"), ("chat.ttft_s_mean", "TTFT"), ("chat.tpot_s_mean", "TPOT")]


def requests(rate, count, seed):
    """Poisson arrivals of prompts of 16 to 128 tokens for answers of 8 to 64."""
    rng = random.Random(seed)
    now, rows = 0.0, ["arrival_time,prompt_tokens,output_tokens"]
    for _ in range(count):
        rows.append(f"{now:.6f},{rng.randint(16, 128)},{rng.randint(8, 64)}")
        now += rng.expovariate(rate)
    return "\n".join(rows) + "\n"


class ServingTwin(Twin):
    def lab(self, folder, name, rate, count, seed):
        (folder / f"{name}.csv").write_text(requests(rate, count, seed), encoding="ascii")
        text = SCENARIO.replace("REQUESTS", f"{name}.csv").replace("START", str(START_S))
        (folder / f"{name}.yaml").write_text(text, encoding="ascii")
        return str((folder / f"{name}.yaml").relative_to(self.folder))

    def calibrate(self, folder, seed):
        # The requests of the scenario make no difference to what is measured.
        lab = self.lab(folder, "calibrated", 10, 10, seed)
        profile = str((folder / "here.yaml").relative_to(self.folder))
        self.call("calibrate", lab, "-o", profile, "--on", "cpu", "--quiet")

    def capacity(self, folder, seed):
        """Requests a second that the simulated engine ends if all are there from the beginning."""
        lab = self.lab(folder, "all-at-once", 1e6, 500, seed)
        run = json.loads(self.call("simulate", lab, "--json", "--quiet"))["runs"][0]
        return run["services"]["chat"]["throughput_rps"]

    def measure(self, seconds, seed, repeats):
        rates = None
        runs = {load: [] for load in LOADS}
        for repeat in range(repeats):
            folder = self.folder / str(repeat)
            folder.mkdir(exist_ok=True)
            if rates is None:
                self.calibrate(folder, seed)
                rates = {load: load * self.capacity(folder, seed) for load in LOADS}
            for load, rate in rates.items():
                place = folder / f"load-{load:g}"
                place.mkdir(exist_ok=True)
                self.calibrate(place, seed)
                lab = self.lab(place, "lab", rate, max(50, int(rate * seconds)), seed)
                runs[load].append(str(place.relative_to(self.folder) / "real"))
                self.call("run", lab, "-o", runs[load][-1], "--on", "cpu", "--quiet")
                self.call("replay", runs[load][-1])
        return rates, {load: (self.call("validate-run", *of_load),
                              json.loads(self.call("validate-run", *of_load, "--json")))
                       for load, of_load in runs.items()}


def row(load, rate, figures):
    metrics = figures["policies"][0]["metrics"]
    cells = [f"{load:g}", f"{rate:.1f}"]
    for name, _ in METRICS:
        one = metrics[name]
        spread = f" ±{one['spread']:.1%}" if one["spread"] is not None else ""
        cells.append(f"{one['real'] * 1e3:.1f} ms{spread} | {one['simulated'] * 1e3:.1f} ms | "
                     f"{one['error']:+.1%}")
    return "| " + " | ".join(cells) + " |"


def page(arguments, before, rates, told):
    head = "| load | requests/s | " + " | ".join(
        f"{label}, real | simulated | error" for _, label in METRICS) + " |"
    lines = [head, "|" + "---|" * (head.count("|") - 1)]
    lines += [row(load, rate, told[load][1]) for load, rate in rates.items()]
    texts = "\n".join(f"Load {load:g}, {rates[load]:.1f} requests/s:\n\n{told[load][0]}" for load in rates)
    return f"""# Simulated against real: serving

`python3 tests/bench/serving_twin.py build/release --repeats {arguments.repeats} --seconds \
{arguments.seconds} --seed {arguments.seed}` on {time.strftime('%Y-%m-%d')}: {platform.machine()}, \
{os.cpu_count()} processors, load {before:.1f} before it began.

llama-15m in f32 on one thread, 16 places, 256 tokens a step; Poisson arrivals, prompts of 16 to 128
tokens, answers of 8 to 64. Load 1 is what the engine does in a simulation in which all requests are there
from the beginning: the first rates are below saturation, the last above. Every rate was really run
{arguments.repeats} times with the same requests, and every engine's journal decided again with `tandem
replay`; each run has the profile of a `tandem calibrate` just before. Means over the requests; errors are of
the simulated mean against the real mean, the spread is half the range between real runs.

{chr(10).join(lines)}

```
{texts}```
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=15, help="for which requests come, at each rate")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    write_page(arguments, lambda folder: page(arguments, load, *ServingTwin(arguments.build, folder).measure(
        arguments.seconds, arguments.seed, arguments.repeats)))


if __name__ == "__main__":
    main()
