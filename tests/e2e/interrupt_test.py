"""Interrupts, killed children, and readers that go away."""

import os
import signal
import subprocess
import time

import e2e

SHORT_JOBS = e2e.LAB.replace("median: 20 min, p99: 5 h", "median: 20 s, p99: 5 min")
LONG = SHORT_JOBS.replace("count: 60", "count: 20000000")  # Minutes.
MEDIUM = SHORT_JOBS.replace("count: 60", "count: 60000")   # Long enough to be interrupted.
DEADLINE = 120


class Interrupts(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", e2e.LAB)
        self.write("long.yaml", LONG)

    def children(self, process):
        path = f"/proc/{process.pid}/task/{process.pid}/children"
        with open(path, encoding="ascii") as file:
            return [int(word) for word in file.read().split()]

    def wait_for(self, condition):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.01)
        self.fail("waited too long")

    def start_long(self, *options):
        """A simulation in a group of its own, as a shell starts it, once its child writes."""
        process = self.start_tandem("simulate", "long.yaml", "-p", "fifo", "-o", "out", *options,
                                    start_new_session=True)
        self.addCleanup(process.kill)
        self.wait_for(lambda: any(name.endswith(".tmp") for name in self.files("out")))
        return process, self.children(process)

    def alive(self, pids):
        return [pid for pid in pids if os.path.exists(f"/proc/{pid}")]

    def ended(self, process):
        out, err = process.communicate(timeout=DEADLINE)
        return e2e.Done(process.returncode, out.decode(), err.decode())

    def test_interrupt_by_terminal_or_signal(self):
        for send in (lambda p: os.killpg(p.pid, signal.SIGINT),
                     lambda p: p.send_signal(signal.SIGINT),
                     lambda p: p.send_signal(signal.SIGTERM)):
            process, children = self.start_long()
            send(process)
            done = self.ended(process)
            self.assertEqual(done.code, 130, done.err)
            self.assertEqual(done.err, "tandem: interrupted: 1 of 1 run not finished\n")
            self.assertEqual(done.out, "")
            self.assertEqual(self.files("out"), ["out/result.json"])
            self.wait_for(lambda: not self.alive(children))

    def test_finished_runs_are_kept(self):
        self.write("medium.yaml", MEDIUM)
        process = self.start_tandem("simulate", "medium.yaml", "-p", "fifo,easy,sjf", "-o", "out",
                                    "-j", "1", "--json", start_new_session=True)
        self.addCleanup(process.kill)
        self.wait_for(lambda: os.path.exists(self.path("out/easy-seed1")))
        os.killpg(process.pid, signal.SIGINT)
        done = self.ended(process)
        self.assertEqual(done.code, 130, done.err)
        self.assertRegex(done.err, "interrupted: [12] of 3 runs not finished")
        document = done.json()
        self.assertIn("fifo", [run["policy"] for run in document["runs"]])
        self.assertLess(len(document["runs"]), 3)
        self.assertIn("out/fifo-seed1/jobs.csv", self.files("out"))
        self.assertEqual([name for name in self.files("out") if ".tmp" in name], [])
        self.assertIn("actions again", self.good("replay", "out/fifo-seed1").out)

    def test_killed_child(self):
        process, children = self.start_long()
        os.kill(children[0], signal.SIGKILL)
        done = self.ended(process)
        self.assertEqual(done.code, 5)
        self.assertEqual(done.err, "tandem: fifo, seed 1: the simulation was ended by signal 9 "
                                   "(Killed)\n")
        self.assertEqual(self.files("out"), ["out/result.json"])

    def test_killed_parent_takes_its_children_along(self):
        process, children = self.start_long()
        process.kill()
        self.ended(process)
        self.wait_for(lambda: not self.alive(children))

    def test_reader_that_goes_away(self):
        for arguments in (["simulate", "lab.yaml", "--json", "-q"], ["init"], ["schema"]):
            read, write = os.pipe()
            os.close(read)
            done = subprocess.run([self.program, *arguments], cwd=self.folder, stdout=write,
                                  stderr=subprocess.PIPE, timeout=DEADLINE, check=False,
                                  env=e2e.environment(), restore_signals=True)
            os.close(write)
            self.assertEqual(done.returncode, -signal.SIGPIPE)
            self.assertEqual(done.stderr, b"")


if __name__ == "__main__":
    e2e.main()
