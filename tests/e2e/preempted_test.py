"""A job that is preempted again and again, at steps nobody chose, has learnt in the end what one has
that was left alone: the same losses, and the same bytes in its last checkpoint. Real workers."""

import csv
import glob
import os
import random

import e2e

HEAD = """\
tandem: 1
name: preempted
cluster:
  nodes: [{ name: n, count: 1, devices: { type: h100-sxm, count: 1 } }]
workload:
  recipe: { text: { files: [text.txt] }, dropout: 0.1 }
  jobs:
    - train: { name: long, model: gpt2-1m, steps: 150, batch: 2, sequence: 64, precision: %s, parallel: {} }
"""
URGENT = """\
    - train: {{ name: urgent-{i}, model: llama-1m, steps: 2, batch: 1, sequence: 16, parallel: {{}},
               priority: 9, submit: {submit} ms }}
"""


class Preempted(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("text.txt", "Our revels now are ended. These our actors, as I foretold you. " * 300)

    def run_to_the_end(self, name, scenario):
        self.write(f"{name}.yaml", scenario + "policies: ['priority-aging:max_age=1h+preempt:min_runtime=0s']\n")
        self.good("run", f"{name}.yaml", "-o", name, "--on", "cpu", "--quiet")
        self.assertIn("the same", self.good("replay", name).out)
        job = glob.glob(os.path.join(self.folder, name, "jobs", "*-long"))[0]
        with open(os.path.join(job, "losses.csv"), encoding="ascii") as file:
            rows = [(row["step"], row["loss"], row["gradient_norm"]) for row in csv.DictReader(file)]
        (last,) = glob.glob(os.path.join(job, "checkpoints", "step-*150", "*.safetensors"))
        with open(last, "rb") as file:
            return rows, file.read()

    def check(self, precision, seed):
        rng = random.Random(seed)
        alone = self.run_to_the_end("alone", HEAD % precision)
        urgent = [URGENT.format(i=i, submit=600 + rng.randrange(2500)) for i in range(4)]
        disturbed = self.run_to_the_end("disturbed", HEAD % precision + "".join(urgent))
        with open(os.path.join(self.folder, "disturbed", "journal"), encoding="utf-8") as file:
            self.assertIn("\n- preempt 0 ", file.read(), "nothing was preempted")
        self.assertEqual(disturbed[0], alone[0])
        self.assertEqual(disturbed[1], alone[1], "the last checkpoints differ")

    def test_in_f32(self):
        self.check("fp32", 1)

    def test_in_bf16(self):
        self.check("bf16", 2)


if __name__ == "__main__":
    e2e.main()
