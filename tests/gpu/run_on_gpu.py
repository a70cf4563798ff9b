"""`tandem run` and `tandem calibrate` with a GPU as the scenario's one device: two jobs under a
preemptive policy, and a service that answers, both decided again by replay.

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
SERVICE = """\
tandem: 1
name: gpu-serves
cluster:
  nodes: [{ name: n, count: 1, devices: { type: h100-sxm, count: 1 } }]
workload:
  services:
    - name: chat
      model: llama-15m
      deployment: { precision: bf16 }
      engine: { policy: fair-share, kv_blocks: 2000 }
      requests:
        generate: { count: 200, arrival: { poisson: 50/s }, prompt: 150, output: 60 }
policies: [fifo]
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
        (folder / "serve.yaml").write_text(SERVICE, encoding="ascii")
        call("run", "serve.yaml", "-o", "served", "--on", "cuda")
        print(call("replay", "served"))
        result = json.loads((folder / "served" / "result.json").read_text())
        chat = result["runs"][0]["services"]["chat"]
        print(json.dumps(chat))
        if chat["requests"]["completed"] != 200:
            sys.exit("not all requests were answered")
        print(call("calibrate", "-o", "here.yaml", "--on", "cuda"))
        print((folder / "here.yaml").read_text())


main()
