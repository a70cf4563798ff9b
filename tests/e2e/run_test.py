"""tandem run, serve, ps, submit, cancel, logs: a real controller, whose workers sleep."""

import json
import os
import re
import signal
import subprocess
import time

import e2e

DEADLINE = 120

# Three jobs on two devices; steps are sleeps, so that the devices' names do not matter.
LAB = """\
tandem: 1
name: lab
cluster:
  nodes: [{ name: n, count: 1, devices: { type: h100-sxm, count: 2 } }]
tenants: { red: { weight: 1 }, blue: { weight: 1 } }
workload:
  recipe: { text: { files: [text.txt] }, checkpoint_every: 10 }
  jobs:
    - train: { name: both, model: llama-1m, steps: 30, batch: 2, sequence: 16, parallel: { dp: 2 }, tenant: red }
    - train: { name: one, model: llama-1m, steps: 40, batch: 2, sequence: 16, parallel: {}, tenant: red }
    - train: { name: urgent, model: llama-1m, steps: 20, batch: 2, sequence: 16, parallel: {},
               tenant: blue, submit: 300 ms, priority: 9 }
policies: [fifo]
"""
# The first does with one device while the second has the other.
ELASTIC = """\
tandem: 1
name: elastic
cluster:
  nodes: [{ name: n, count: 1, devices: { type: h100-sxm, count: 2 } }]
workload:
  recipe: { text: { files: [text.txt] }, checkpoint_every: 10 }
  jobs:
    - train: { name: long, model: llama-1m, steps: 100, batch: 2, sequence: 16, parallel: { dp: 2 },
               elastic: { min: 1, max: 2 } }
    - train: { name: guest, model: llama-1m, steps: 20, batch: 2, sequence: 16, parallel: {}, submit: 300 ms }
policies: ['fifo+elastic:pause=0s']
"""
MORE = """\
- train: { name: later, model: llama-1m, steps: 5, batch: 2, sequence: 16, parallel: {}, tenant: blue }
"""


class Runs(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", LAB)
        self.write("text.txt", "To be, or not to be, that is the question. " * 50)

    def run_options(self, *options):
        return ["lab.yaml", "-o", "out", "--on", "cpu", "--worker",
                os.path.join(self.build, "sleeping-worker"), *options]

    def start(self, *options, command="run", step_ms=10):
        process = self.start_tandem(command, *self.run_options(*options), start_new_session=True,
                                    env=e2e.environment(TANDEM_STEP_MS=str(step_ms)))
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def wait_for(self, condition):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.02)
        return self.fail("waited too long")

    def ps(self):
        done = self.run_tandem("ps", "out", "--json")
        return {job["name"]: job for job in done.json()["jobs"]} if done.code == 0 else {}

    def until(self, name, condition):
        return self.wait_for(lambda: name in self.ps() and condition(self.ps()[name]))

    def refuses(self, *arguments, says):
        """As refused(), while a controller writes its files."""
        done = self.run_tandem(*arguments)
        self.assertEqual((done.code, done.out), (2, ""), done.err)
        self.assertIn(says, done.err)

    def ended(self, process, code=0):
        out, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, code, err.decode())
        return e2e.Done(process.returncode, out.decode(), err.decode())

    def result(self):
        return json.loads(self.read("out/result.json"))


class Training(Runs):
    def test_a_run_to_its_end(self):
        done = self.ended(self.start("--json"))
        run = done.json()["runs"][0]
        self.assertEqual(run["policy"], "fifo")
        self.assertEqual(run["jobs"]["completed"], 3)
        training = {job["job"]: job for job in done.json()["training"]}
        self.assertEqual(training["both"]["steps"], 30)
        self.assertEqual(training["urgent"]["end"], "finished")
        losses = self.read("out/jobs/0-both/losses.csv").splitlines()
        self.assertEqual(losses[0], "step,loss,gradient_norm,learning_rate,tokens_per_s")
        self.assertEqual([line.split(",")[0] for line in losses[1:]],
                         [str(step) for step in range(1, 31)])
        self.assertIn("the same", self.good("replay", "out").out)
        self.assertIn("both", self.good("explain", "out", "both").out)
        self.assertEqual(self.worker_pids(), [])

    def test_a_policy_that_preempts(self):
        done = self.ended(self.start("--json", "-p", "priority-aging+preempt:min_runtime=100ms", step_ms=30))
        run = done.json()["runs"][0]
        self.assertEqual(run["jobs"]["completed"], 3)
        self.assertIn("- preempt", self.read("out/journal"))
        self.assertIn("preempted 0\n", self.read("out/journal"))
        self.good("replay", "out")

    def test_a_finished_run_is_not_gone_on_with(self):
        self.ended(self.start())
        done = self.ended(self.start(), code=2)
        self.assertIn("out/journal: this run has come to its end", done.err)

    def test_one_that_could_not_write_its_results_is_gone_on_with(self):
        in_the_way = os.path.join(self.folder, "out", "result.json")
        os.makedirs(in_the_way)
        done = self.ended(self.start(), code=2)
        self.assertIn("result.json", done.err)
        self.assertFalse(self.read("out/journal").endswith("\nend\n"))
        os.rmdir(in_the_way)
        self.ended(self.start())
        self.assertEqual(self.result()["runs"][0]["jobs"]["completed"], 3)
        self.assertTrue(self.read("out/journal").endswith("\nend\n"))

    def test_a_terminal_less_run_tells_its_progress_in_lines(self):
        done = self.ended(self.start(step_ms=40))
        self.assertRegex(done.err, r"both: running on 0-1, step \d+ of 30\n")
        self.assertIn("both: finished, step 30 of 30\n", done.err)
        self.assertNotIn("\x1b", done.err)


class Clients(Runs):
    def test_submit_cancel_ps_logs(self):
        process = self.start(command="serve", step_ms=200)
        self.until("both", lambda job: job["state"] == "running")
        self.write("more.yaml", MORE)
        self.assertEqual(self.good("submit", "out", "more.yaml").out, "submitted later\n")
        self.refuses("submit", "out", "more.yaml", says="there is a job later already in this run")
        self.until("later", lambda job: job["state"] == "queued")
        self.assertRegex(self.good("ps", "out").out, r"job +tenant +devices +step")
        self.good("cancel", "out", "both")
        self.until("both", lambda job: job["how"] == "cancelled")
        self.refuses("cancel", "out", "both", says="no job both waits or runs")
        self.refuses("cancel", "out", "lter", says="did you mean 'later'?")
        self.until("later", lambda job: job["how"] == "finished")
        self.assertIn("rank 0 of 1 begins after step 0", self.good("logs", "out", "later").out)
        self.refuses("logs", "out", "latter", says="did you mean 'later'?")
        self.wait_for(lambda: all(job["state"] == "ended" for job in self.ps().values()))
        process.send_signal(signal.SIGTERM)
        self.ended(process, code=130)
        self.assertEqual(self.worker_pids(), [])
        self.refuses("ps", "out", says="no controller answers")

    def test_what_is_handed_in_is_checked(self):
        process = self.start(command="serve")
        self.wait_for(self.ps)
        for text, says in (("- train: { name: x }", "more.yaml"),
                           ("train: {}", "more.yaml: workload.jobs: expected a list"),
                           ("[]", "the list is empty"),
                           (MORE.replace("llama-1m", "llama-2m"), "did you mean"),
                           ("- job: { name: x, duration: 3 s }", "nothing to compute")):
            self.write("more.yaml", text)
            self.refuses("submit", "out", "more.yaml", says=says)
        process.send_signal(signal.SIGTERM)
        self.ended(process, code=130)


class Crashes(Runs):
    def test_a_controller_killed_takes_over_what_goes_on(self):
        process = self.start(step_ms=60)
        self.until("both", lambda job: job["steps_done"] >= 3)
        before = self.worker_pids()
        process.kill()
        process.wait()
        self.assertEqual(sorted(self.worker_pids()), sorted(before))
        self.ended(self.start("--json", step_ms=60))
        self.assertEqual(self.result()["runs"][0]["jobs"]["completed"], 3)
        # Nothing was begun a second time.
        self.assertEqual(self.read("out/journal").count("- start 0 "), 1)
        self.good("replay", "out")

    def test_a_gang_that_was_resized_is_taken_over_where_it_is(self):
        self.write("lab.yaml", ELASTIC)
        process = self.start(step_ms=60)
        self.until("guest", lambda job: job["steps_done"] >= 2)
        process.kill()
        process.wait()
        self.ended(self.start("--json", step_ms=60))
        journal = self.read("out/journal")
        self.assertEqual(self.result()["runs"][0]["jobs"]["completed"], 2)
        self.assertEqual((journal.count("- start "), journal.count("+ stop ")), (2, 0))
        self.assertEqual(re.findall(r"- resize 0 ([0-9-]+) ", journal), ["0", "0-1"])
        self.good("replay", "out")

    def test_a_controller_and_its_workers_killed(self):
        process = self.start(step_ms=40)
        self.until("both", lambda job: job["steps_saved"] >= 10)
        process.kill()
        process.wait()
        self.end_workers()
        self.ended(self.start())
        self.assertEqual(self.result()["runs"][0]["jobs"]["completed"], 3)
        self.assertIn("+ stop 0 interrupted", self.read("out/journal"))
        self.assertRegex(self.read("out/jobs/0-both/rank-0.log"),
                         r"generation 2: rank 0 of 2 begins after step [1-9]0")
        self.good("replay", "out")

    def test_a_job_that_was_accepted_is_not_lost(self):
        process = self.start(command="serve", step_ms=50)
        self.until("both", lambda job: job["state"] == "running")
        self.write("more.yaml", MORE)
        self.good("submit", "out", "more.yaml")
        process.kill()
        process.wait()
        process = self.start(command="serve", step_ms=5)
        self.until("later", lambda job: job["how"] == "finished")
        process.send_signal(signal.SIGTERM)
        self.ended(process, code=130)

    def test_a_run_that_was_left_is_gone_on_with(self):
        process = self.start(step_ms=50)
        self.until("both", lambda job: job["steps_done"] >= 3)
        process.send_signal(signal.SIGINT)
        done = self.ended(process, code=130)
        self.assertIn("gangs have saved themselves", done.err)
        self.assertEqual(self.worker_pids(), [])
        self.ended(self.start())
        log = self.read("out/jobs/0-both/rank-0.log")
        stopped = int(re.search(r"stops after step (\d+)", log).group(1))
        self.assertIn(f"begins after step {stopped}", log)
        self.good("replay", "out")

    def test_a_torn_journal_is_mended(self):
        process = self.start(step_ms=50)
        self.until("both", lambda job: job["steps_done"] >= 3)
        process.kill()
        process.wait()
        journal = self.read("out/journal")
        for cut in (len(journal) - 3, journal.rindex("- start") + 4, journal.rindex("\n@") + 1):
            self.write("out/journal", journal[:cut])
            process = self.start(step_ms=50)
            self.until("both", lambda job: job["state"] in ("running", "ended"))
            process.kill()
            process.wait()
        self.ended(self.start(step_ms=2))
        self.assertEqual(self.result()["runs"][0]["jobs"]["completed"], 3)
        self.good("replay", "out")

    def test_one_controller_at_a_time(self):
        process = self.start(step_ms=50)
        self.wait_for(self.ps)
        done = self.ended(self.start(), code=2)
        self.assertIn(f"a controller works here already (process", done.err)
        process.kill()

    def test_a_folder_of_another_run(self):
        process = self.start(step_ms=50)
        self.until("both", lambda job: job["steps_done"] >= 1)
        process.kill()
        process.wait()
        done = self.ended(self.start("-p", "sjf"), code=2)
        self.assertIn("this run has another policy, fifo", done.err)
        done = self.ended(self.start("--set", "workload.jobs.0.train.steps=31"), code=2)
        self.assertIn("this run is of another scenario", done.err)


class WrongInput(Runs):
    def refused_run(self, text, says, *options):
        self.write("lab.yaml", text)
        done = self.ended(self.start(*options), code=2)
        self.assertIn(says, done.err)
        self.assertFalse(os.path.exists(self.path("out/journal")))

    def test_what_cannot_really_be_run(self):
        self.refused_run(LAB.replace("files: [text.txt]", "files: [none.txt]"), "none.txt: job both")
        self.refused_run(LAB.replace("recipe:", "# recipe:"), "job both has no 'recipe'")
        self.refused_run(LAB + "", "nobody knows before a real run", "-p", "sjf:size=oracle")
        self.refused_run(LAB.replace("parallel: {}, tenant: red",
                                     "parallel: { zero: 3 }, tenant: red"), "zero: 0 and 1")
        self.refused_run(LAB.replace("    - train: { name: one",
                                     "    - job: { name: plain, duration: 9 s }\n"
                                     "    - train: { name: one"), "nothing to compute")
        self.write("lab.yaml", LAB)
        self.refused("run", "lab.yaml", "--worker", "nowhere", says="nowhere: no such program")


if __name__ == "__main__":
    e2e.main()
