"""`tandem run` and `tandem calibrate` with a GPU as the scenario's one device: two jobs under a
preemptive policy, decided again by replay.

    python3 tests/gpu/run_on_gpu.py BUILD
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

SCENARIO = """\
tandem: 1
name: gpu
cluster:
  nodes: [{ name: n, count: 1, devices: { type: h100-sxm, count: 1 } }]
workload:
  recipe: { text: { files: [text.txt] } }
  jobs:
    - train: { name: long, model: llama-15m, steps: 300, batch: 16, sequence: 128, parallel: {} }
    - train: { name: short, model: gpt2-1m, steps: 40, batch: 16, sequence: 128, parallel: {},
               submit: 8 s }
policies: ['las:quantum=1s+preempt:min_runtime=2s']
"""


def main():
    tandem = str(Path(sys.argv[1]).resolve() / "tandem")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "gpu.yaml").write_text(SCENARIO, encoding="ascii")
        (folder / "text.txt").write_text("To be, or not to be, that is the question. " * 5000,
                                         encoding="ascii")

        def call(*words):
            done = subprocess.run([tandem, *words], cwd=folder, text=True, stdout=subprocess.PIPE)
            if done.returncode:
                sys.exit(f"tandem {' '.join(words)} ended with {done.returncode}")
            return done.stdout

        call("run", "gpu.yaml", "-o", "out", "--on", "cuda")
        print(call("replay", "out"))
        result = json.loads((folder / "out" / "result.json").read_text())
        jobs = result["runs"][0]["jobs"]
        print(json.dumps(jobs))
        if jobs["completed"] != 2:
            sys.exit("not all jobs completed")
        print(call("calibrate", "-o", "here.yaml", "--on", "cuda"))
        print((folder / "here.yaml").read_text())


main()
