"""How often a gate raises an alarm where nothing became worse, and how often it misses what did. Writes
a page of Markdown.

    python3 tests/bench/false_alarms.py BUILD [-o PAGE] [--repetitions 100] [--keep DIR]

Every repetition has seeds of its own: the results of one version of a policy, compared with those of
another version that is as good (jobs with equal estimates go in another order), and of one into which a
regression is planted (every fourth job goes behind all others).
"""

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "e2e"))
import planted  # noqa: E402
from measured_page import add_options, write_page  # noqa: E402

SCENARIO = Path(planted.ROOT) / "tests" / "suites" / "busy.yaml"
GATES = {
    "`wait.mean > +0 %`": ["wait.mean > +0 %"],
    "`wait.mean > +2 %`, `jct.mean > +2 %`": ["wait.mean > +2 %", "jct.mean > +2 %"],
    "default": [],
}
SEEDS = {"1 (stretches)": 1, "6 (seeds)": 6, "12 (seeds)": 12, "24 (seeds)": 24}


class Repetition:
    """Seeds of its own, under every version."""

    def __init__(self, tandem, folder, versions, seeds, number):
        self.tandem, self.versions = tandem, versions
        self.folder = folder / f"{number}"
        self.folder.mkdir()
        first = 1 + number * seeds
        self.seeds = f"{first}..{first + seeds - 1}"

    def tandem_says(self, *arguments, codes=(0,)):
        done = subprocess.run([self.tandem, *arguments, "-q"], cwd=self.folder, capture_output=True,
                              check=False)
        if done.returncode not in codes:
            raise RuntimeError(done.stderr.decode())
        return done.returncode

    def run(self):
        """The exit code for each gate and version."""
        for name, plugin in self.versions.items():
            self.tandem_says("simulate", SCENARIO, "-j", "1", "-p", "shortest", "--policy-plugin", plugin,
                             "--seeds", self.seeds, "-o", name)
        codes = {}
        for gate, conditions in GATES.items():
            fail_on = [word for condition in conditions for word in ("--fail-on", condition)]
            for name in ("equal", "worse"):
                codes[gate, name] = self.tandem_says("compare", "base", name, *fail_on,
                                                     codes=(0, 1, 4))
        return codes


def page(tandem, folder, repetitions):
    ties = planted.other_ties(2654435761)
    versions = {"base": planted.build(folder, "base", ties),
                "equal": planted.build(folder, "equal", planted.other_ties(2246822519)),
                "worse": planted.build(folder, "worse", ties, planted.FORGETS)}
    rows = {gate: "" for gate in GATES}
    for name, seeds in SEEDS.items():
        own = folder / f"{seeds}"
        own.mkdir()
        runs = [Repetition(tandem, own, versions, seeds, i) for i in range(repetitions)]
        with ThreadPoolExecutor(2) as pool:
            codes = list(pool.map(Repetition.run, runs))
        for gate in GATES:
            told = [sum(code[gate, version] == wanted for code in codes)
                    for version in ("equal", "worse") for wanted in (1, 4, 0)]
            rows[gate] += "| " + " | ".join(map(str, [gate, name, *told])) + " |\n"
            print(gate, name, told, file=sys.stderr, flush=True)
    return f"""# False alarms

`tandem compare` on versions of one policy (`tests/e2e/planted.py`) in `tests/suites/busy.yaml`, 600 jobs;
{repetitions} repetitions in each row, each with seeds of its own. Written by `tests/bench/false_alarms.py`.

- **as good**: jobs with equal estimates go in another order. Nothing has become worse: an alarm is false.
- **regression**: every fourth job goes behind all others.

An interval of 95 % has 2.5 % on the worse side: so many false alarms are promised at most for one condition
whose bound is no change at all (the first rows). Unclear is exit code
4: this policy lets nobody overtake, and on a busy cluster the order of two jobs moves the waits of
hundreds; more seeds tell.

| gate | seeds | as good: alarm | unclear | passed | regression: alarm | unclear | passed |
|---|---|---:|---:|---:|---:|---:|---:|
""" + "".join(rows.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--repetitions", type=int, default=100)
    arguments = parser.parse_args()
    tandem = Path(arguments.build).absolute() / "tandem"
    write_page(arguments, lambda folder: page(tandem, folder.absolute(), arguments.repetitions))


if __name__ == "__main__":
    main()
