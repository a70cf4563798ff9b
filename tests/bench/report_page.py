"""The report of large runs: its size, the time until headless Chromium has drawn it, and of a picture of
all gangs. Writes a page of Markdown.

    python3 tests/bench/report_page.py BUILD [-o PAGE] [--jobs 100000] [--repeats 3] [--keep DIR]

The limits are those of the product: 5 MB and 3 s for 100,000 jobs.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))
import browser  # noqa: E402
from measured_page import add_options, write_page  # noqa: E402

SCENARIO = """tandem: 1
name: report-bench
cluster:
  nodes: [{{ name: n, count: 32, devices: {{ type: h100-sxm, count: 8 }} }}]
  price: {{ n: 2.5 USD/device-hour }}
tenants: {{ research: {{ weight: 2 }}, product: {{ weight: 1 }}, platform: {{ weight: 1 }} }}
workload:
  jobs:
    - generate:
        arrival: poisson
        load: 0.95
        duration: {{ lognormal: {{ median: 20 min, p99: 2 days }} }}
        devices: {{ 1: .6, 8: .3, 64: .1 }}
        count: {jobs}
        tenants: {{ research: 2, product: 1, platform: 1 }}
"""
CASES = [["easy"], ["fifo", "easy"], ["fifo", "easy", "fair-share+easy"], ["las+preempt"]]
LIMITS = {"bytes": 5e6, "seconds": 3}
ZOOM = """
const done = arguments[0];
(async () => {
  const begun = performance.now();
  for (let i = 0; i < 20; ++i) {
    at("gantt").dispatchEvent(new WheelEvent("wheel", {deltaY: i < 10 ? -100 : 100}));
    await new Promise(requestAnimationFrame);
  }
  done((performance.now() - begun) / 20);
})();
"""


def seconds_until_ready(page):
    """The best of a fresh browser's: time from the call until everything is drawn, and of one zoom."""
    case = unittest.TestCase()
    try:
        chromium = browser.start(case)
        begun = time.monotonic()
        chromium.get("file://" + str(page))
        browser.until_ready(chromium)
        ready = time.monotonic() - begun
        return ready, chromium.execute_async_script(ZOOM)
    finally:
        case.doCleanups()


def measure_case(tandem, folder, scenario, policies, repeats):
    output = folder / "-".join(policies).replace("+", "_")
    subprocess.run([tandem, "simulate", scenario, "-p", ",".join(policies), "-o", output, "-q"],
                   check=True, stdout=subprocess.DEVNULL)
    page = output.with_suffix(".html")
    begun = time.monotonic()
    process = subprocess.Popen([tandem, "report", output, "-o", page, "-q"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit("tandem report failed")
    written = time.monotonic() - begun
    data = json.loads(page.read_text().split('id="data">')[1].split("</script>")[0])
    shown = sum("turn" in run for run in data["runs"])
    times = [seconds_until_ready(page) for _ in range(repeats)]
    ready = statistics.median(one[0] for one in times)
    zoom = statistics.median(one[1] for one in times)
    size = page.stat().st_size
    over = " OVER" if size > LIMITS["bytes"] or ready > LIMITS["seconds"] else ""
    print(f"{policies}: {size} bytes, ready after {ready:.2f} s{over}", file=sys.stderr)
    return (f"| {', '.join(policies)} | {sum(run['starts'] for run in data['runs']):,} "
            f"| {shown} of {len(policies)} | {written:.1f} s, {usage.ru_maxrss / 1024:.0f} MB "
            f"| {size / 1e6:.2f} MB | {ready:.2f} s | {zoom:.0f} ms |{over}\n")


def measure(arguments, folder):
    scenario = folder / "lab.yaml"
    scenario.write_text(SCENARIO.format(jobs=arguments.jobs))
    tandem = os.path.join(arguments.build, "tandem")
    rows = "".join(measure_case(tandem, folder, scenario, policies, arguments.repeats)
                   for policies in CASES)
    return f"""\
# The report's page

`python3 tests/bench/report_page.py build/release` on {time.strftime("%Y-%m-%d")}: {os.cpu_count()} processors of a shared
{platform.machine()} machine, headless Chromium without a GPU, medians of {arguments.repeats} fresh browsers. {arguments.jobs:,} jobs on 256 devices.
Ready is the time from opening the file until every chart is drawn (`body[data-ready]`); a zoom is one turn of the wheel over the
Gantt until the next frame is drawn. Limits: 5 MB, 3 s.

| policies | gangs | single jobs of | written in | size | ready | zoom |
|---|---|---|---|---|---|---|
{rows}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    if browser.missing():
        sys.exit(f"needs {browser.missing()}")
    write_page(arguments, lambda folder: measure(arguments, folder.resolve()))


if __name__ == "__main__":
    main()
