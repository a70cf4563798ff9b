"""A training job that shrinks for another and grows back has learnt in the end what one has that was
left alone: every step once, the same losses. Real workers."""

import csv
import glob
import os
import re
import time

import e2e

STEPS = 400
LAB = f"""\
tandem: 1
name: elastic
cluster:
  nodes: [{{ name: n, count: 1, devices: {{ type: h100-sxm, count: 2 }} }}]
workload:
  recipe: {{ text: {{ files: [text.txt] }}, dropout: 0.1 }}
  jobs:
    - train: {{ name: long, model: gpt2-1m, steps: {STEPS}, batch: 4, sequence: 64, precision: fp32,
               parallel: {{ dp: 2 }}, elastic: {{ min: 1, max: 2 }} }}
policies: ['fifo+elastic:pause=0s']
"""
GUEST = """\
- train: { name: guest, model: llama-1m, steps: 2, batch: 1, sequence: 16, parallel: {} }
"""


class Elastic(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("text.txt", "Our revels now are ended. These our actors, as I foretold you. " * 300)
        self.write("lab.yaml", LAB)
        self.write("guest.yaml", GUEST)

    def losses(self, run):
        """By step; a step that was trained twice has two."""
        (job,) = glob.glob(os.path.join(self.folder, run, "jobs", "*-long"))
        with open(os.path.join(job, "losses.csv"), encoding="ascii") as file:
            return [(int(row["step"]), float(row["loss"])) for row in csv.DictReader(file)]

    def until_step(self, run, step):
        end = time.monotonic() + e2e.TIMEOUT
        while time.monotonic() < end:
            done = self.run_tandem("ps", run, "--json")
            jobs = done.json()["jobs"] if done.code == 0 else []
            if any(job["steps_done"] >= step for job in jobs):
                return
            time.sleep(0.05)
        self.fail("waited too long")

    def test_it_shrinks_grows_and_learns_the_same(self):
        options = ["lab.yaml", "--on", "cpu", "--quiet"]
        self.good("run", *options, "-o", "alone")
        process = self.start_tandem("run", *options, "-o", "disturbed")
        self.addCleanup(process.kill)
        self.until_step("disturbed", 20)
        self.good("submit", "disturbed", "guest.yaml")
        _, err = process.communicate(timeout=e2e.TIMEOUT)
        self.assertEqual(process.returncode, 0, err.decode())
        resizes = re.findall(r"- resize 0 ([0-9-]+) (\w+)", self.read("disturbed/journal"))
        self.assertEqual(resizes, [("0", "shrinks"), ("0-1", "grows")])
        self.assertNotIn("+ stop ", self.read("disturbed/journal"))
        self.assertIn("the same", self.good("replay", "disturbed").out)
        alone, disturbed = self.losses("alone"), self.losses("disturbed")
        self.assertEqual([step for step, _ in disturbed], list(range(1, STEPS + 1)))
        for (step, loss), (_, expected) in zip(disturbed, alone):
            self.assertAlmostEqual(loss, expected, delta=1e-4, msg=f"step {step}")


if __name__ == "__main__":
    e2e.main()
