"""What the end-to-end tests share: tandem as a user has it, in a folder of its own.

Every test file is a program: python3 FILE BUILD [unittest options].
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SMALL = os.path.join(HERE, "small.yaml")
TIMEOUT = 300  # Sanitizers are slow; a hang is longer.

NATIVE = "job_id,submit_time,num_gpu,duration\n"

# Two policies, a few random jobs, one of them too wide: 30 ms.
LAB = """\
tandem: 1
name: lab
cluster:
  nodes: [{ name: n, count: 2, devices: { type: h100-sxm, count: 4 } }]
tenants: { red: { weight: 2 }, blue: { weight: 1 } }
workload:
  jobs:
    - generate:
        name: g
        count: 60
        arrival: poisson
        load: 0.9
        duration: { lognormal: { median: 20 min, p99: 5 h } }
        devices: { 1: 2, 4: 1 }
        tenants: { red: 1, blue: 1 }
    - job: { name: wide, submit: 1 h, devices: 8, duration: 1 h, tenant: red }
policies: [fifo, easy]
"""


class Done:
    """What a command came to."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return json.loads(self.out)


def environment(**changes):
    """The caller's environment, without what would change what tandem prints."""
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "LC_ALL", "LANG")}
    env.update({k: v for k, v in changes.items() if v is not None})
    for name, value in changes.items():
        if value is None:
            env.pop(name, None)
    return env


class Case(unittest.TestCase):
    build = ""  # The folder of the programs.
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="tandem-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.end_workers)  # After whatever a test ends itself.
        os.environ["XDG_CACHE_HOME"] = os.path.join(self.folder, "cache")

    @property
    def program(self):
        return os.path.join(self.build, "tandem")

    @property
    def is_sanitized(self):
        """Whether the programs are built with a sanitizer, and several times slower."""
        with open(os.path.join(self.build, "CMakeCache.txt"), encoding="utf-8") as file:
            return any(line.startswith("TANDEM_SANITIZE:") and line.strip()[-1] != "=" for line in file)

    def cases(self, count):
        """How many random cases to take: fewer where a sanitizer makes each one slow."""
        return -(-count // 10) if self.is_sanitized else count

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return name

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def files(self, under="."):
        """Every file below a folder, as sorted relative names."""
        found = []
        for folder, _, names in os.walk(self.path(under)):
            found += [os.path.relpath(os.path.join(folder, name), self.folder) for name in names]
        return sorted(found)

    def run_tandem(self, *arguments, env=None, cwd=None, stdin=subprocess.DEVNULL):
        done = subprocess.run(
            [self.program, *arguments], cwd=cwd or self.folder, env=env or environment(),
            stdin=stdin, capture_output=True, timeout=TIMEOUT, check=False)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def worker_pids(self):
        """Of the workers of runs in this folder."""
        pids = []
        for name in os.listdir("/proc"):
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read().decode(errors="replace").split("\0")
            except OSError:
                continue
            if words[0].endswith("-worker") and any(self.folder in word for word in words):
                pids.append(int(name))
        return pids

    def end_workers(self):
        """Workers of a killed controller wait a minute for another one."""
        for pid in self.worker_pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def start_tandem(self, *arguments, **options):
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, "env": environment(), **options}
        return subprocess.Popen([self.program, *arguments], cwd=self.folder, **options)

    def good(self, *arguments, **options):
        done = self.run_tandem(*arguments, **options)
        self.assertEqual(done.code, 0, f"tandem {' '.join(arguments)}\n{done.err}")
        return done

    def refused(self, *arguments, says, code=2, lines=1, **options):
        """Refused with messages that match `says`, nothing on stdout, and no file anywhere."""
        before = self.files()
        done = self.run_tandem(*arguments, **options)
        context = f"tandem {' '.join(arguments)}\n{done.err}"
        self.assertEqual(done.code, code, context)
        self.assertEqual(done.out, "", context)
        self.assertRegex(done.err, says, context)
        self.assertEqual(done.err.count("\n"), lines, context)
        for line in done.err.splitlines():
            self.assertTrue(line.startswith("tandem: "), context)
        self.assertEqual(self.files(), before, context)
        return done


def without_engine(result):
    """A result with the figures removed that may differ between equal runs."""
    for run in result["runs"]:
        del run["engine"]
    return result


def main():
    Case.build = os.path.abspath(sys.argv.pop(1))
    unittest.main()
