"""tandem run with services: replicas as jobs, requests routed to them, devices given and taken. Workers
dream their answers, except where a model is really served."""

import csv
import json
import os
import re
import signal
import time
import urllib.error
import urllib.request

import e2e

DEADLINE = 120
LAB = """\
tandem: 1
name: lab
cluster:
  nodes: [{ name: n, count: 1, devices: { type: h100-sxm, count: 2 } }]
workload:
  recipe: { text: { files: [text.txt] }, checkpoint_every: 10 }
%s
  services:
    - name: chat
      model: llama-1m
      priority: 9
      %s
      engine: { kv_blocks: 400, max_sequences: 8, batch_tokens: 64, block_tokens: 4, %s }
      requests:
        generate:
          count: %d
          arrival: { poisson: %s }
          prompt: { uniform: { min: 1, max: 40 } }
          output: { uniform: { min: 1, max: 30 } }
policies: ['priority-aging:max_age=1h+preempt:min_runtime=0s']
"""
JOB = """\
  jobs:
    - train: { name: patient, model: llama-1m, steps: 400, batch: 2, sequence: 16, parallel: { dp: 2 } }
"""


class Lab(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("text.txt", "Good night, good night! parting is such sweet sorrow. " * 50)

    def lab(self, jobs="", replicas="replicas: 2", engine="policy: fifo", count=60, rate="40/s"):
        self.write("lab.yaml", LAB % (jobs, replicas, engine, count, rate))

    def options(self, *options):
        return ["run", "lab.yaml", "-o", "out", "--on", "cpu", "--quiet", *options]

    def dreams(self, *options):
        return self.options("--worker", os.path.join(self.build, "sleeping-worker"), *options)


class Services(Lab):
    def requests(self):
        with open(os.path.join(self.folder, "out", "result.json"), encoding="utf-8") as file:
            return json.load(file)["runs"][0]["services"]["chat"]["requests"]

    def journal(self):
        with open(os.path.join(self.folder, "out", "journal"), encoding="utf-8") as file:
            return file.read()

    def check_replays(self, engines):
        told = self.good("replay", "out", "--json").json()
        self.assertEqual([one["same"] for one in told], [True] * len(told))
        self.assertEqual(len([one for one in told if "batches" in one]), engines)

    def test_all_are_answered(self):
        self.lab(engine="policy: fair-share")
        self.good(*self.dreams())
        requests = self.requests()
        self.assertEqual((requests["submitted"], requests["completed"]), (60, 60))
        with open(os.path.join(self.folder, "out", "requests.csv"), encoding="ascii") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 60)
        for row in rows:
            self.assertLessEqual(float(row["arrival_s"]), float(row["first_token_s"]))
            self.assertLessEqual(float(row["first_token_s"]), float(row["last_token_s"]))
        self.check_replays(engines=2)

    def test_a_spike_takes_devices_from_training_and_gives_them_back(self):
        self.lab(jobs=JOB, replicas="replicas: { min: 0, max: 2 }\n      autoscale: { queue: 2, "
                                    "interval: 200 ms, patience: 300 ms }")
        self.good(*self.dreams())
        self.assertEqual(self.requests()["completed"], 60)
        journal = self.journal()
        self.assertIn("\n- preempt 0 ", journal)
        self.assertGreater(journal.count("\n- start 0 "), 1, "training never got its devices back")
        self.check_replays(engines=journal.count("\n+ finish ") - 1)

    def test_a_killed_replica_loses_only_what_had_begun(self):
        self.lab(count=100, rate="30/s")
        process = self.start_tandem(*self.dreams(), text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        end = time.monotonic() + DEADLINE
        path = os.path.join(self.folder, "out", "requests.csv")
        while time.monotonic() < end and process.poll() is None:
            time.sleep(0.05)
            if len(self.worker_pids()) == 2 and "\n+ start " in (self.journal() if os.path.exists(
                    os.path.join(self.folder, "out", "journal")) else ""):
                break
        time.sleep(1)
        os.kill(self.worker_pids()[0], signal.SIGKILL)
        out, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 0, err)
        requests = self.requests()
        self.assertEqual(requests["completed"] + requests["failed"], 100)
        self.assertLess(requests["failed"], 20)
        with open(path, encoding="ascii") as file:
            for row in csv.DictReader(file):
                lost = "was killed by signal 9" if row["state"] == "failed" else ""
                self.assertIn(lost, row["cause"])
        self.assertIn("interrupted", self.journal())

    def test_a_model_is_really_served(self):
        self.lab(replicas="deployment: { precision: fp32 }", count=8)
        self.good(*self.options())
        self.assertEqual(self.requests()["completed"], 8)
        self.check_replays(engines=1)

    def test_what_cannot_be_served(self):
        self.lab(replicas="parallel: { tp: 2 }")
        self.refused(*self.dreams(), says="service chat cannot be run: parallel")
        self.lab(replicas="deployment: { weights: nowhere }")
        done = self.run_tandem(*self.options())
        self.assertEqual(done.code, 1, done.err)  # Its job has failed.
        self.assertEqual(self.requests()["rejected"], 60)


class Http(Lab):
    """tandem serve: the same services, asked by people."""

    def serve(self, *options, replicas="replicas: 2", step_ms=10):
        self.lab(replicas=replicas)
        words = ["serve"] + self.dreams()[1:] + ["--http", "127.0.0.1:0", *options]
        words.remove("--quiet")
        self.process = self.start_tandem(*words, text=True,
                                         env=e2e.environment(TANDEM_STEP_MS=str(step_ms)))
        self.addCleanup(self.process.communicate)
        self.addCleanup(self.process.kill)
        for line in self.process.stderr:
            found = re.search(r"listening on (http\S+)", line)
            if found:
                return found.group(1)
        return self.fail("it does not listen")

    def begun_stream(self, url, tokens):
        """An answer whose first token is there."""
        body = {"model": "chat", "prompt": "Romeo", "max_tokens": tokens, "ignore_eos": True,
                "stream": True}
        request = urllib.request.Request(url + "/v1/completions", json.dumps(body).encode())
        stream = urllib.request.urlopen(request, timeout=DEADLINE)
        self.addCleanup(stream.close)
        self.assertIn(b"text_completion", stream.readline())
        return stream

    def left(self):
        self.process.communicate(timeout=DEADLINE)
        self.assertEqual(self.process.returncode, 130)
        self.assertEqual(self.worker_pids(), [])

    def post(self, url, body, token=None):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def test_completions(self):
        url = self.serve()
        body = {"model": "chat", "prompt": "Romeo", "max_tokens": 5, "ignore_eos": True}
        code, text = self.post(url + "/v1/completions", body)
        self.assertEqual(code, 200, text)
        answer = json.loads(text)
        self.assertEqual(answer["usage"]["completion_tokens"], 5)
        self.assertEqual(answer["usage"]["prompt_tokens"], 5)
        code, text = self.post(url + "/v1/completions", body | {"stream": True})
        self.assertEqual(code, 200, text)
        self.assertTrue(text.rstrip().endswith("data: [DONE]"), text)
        messages = [{"role": "user", "content": "Wherefore?"}]
        code, text = self.post(url + "/v1/chat/completions",
                               {"model": "chat", "messages": messages, "max_tokens": 3})
        self.assertEqual(code, 200, text)
        code, text = self.post(url + "/v1/completions", body | {"max_tokens": 100000})
        self.assertEqual(code, 400, text)
        with urllib.request.urlopen(url + "/metrics", timeout=DEADLINE) as response:
            metrics = response.read().decode()
        self.assertIn('tandem_request_queue_time_seconds_count{model="chat"} 3\n', metrics)
        self.process.send_signal(signal.SIGINT)
        self.left()

    def test_who_is_answered_when_it_is_asked_to_leave_may_end(self):
        url = self.serve(step_ms=20)
        stream = self.begun_stream(url, 50)
        self.process.send_signal(signal.SIGTERM)
        text = stream.read().decode()
        self.assertTrue(text.rstrip().endswith("data: [DONE]"), text)
        self.left()

    def test_whoever_comes_then_is_refused_and_who_asks_twice_waits_for_nobody(self):
        url = self.serve(step_ms=200)
        stream = self.begun_stream(url, 500)
        self.process.send_signal(signal.SIGTERM)
        end = time.monotonic() + DEADLINE
        code = 200
        while code == 200 and time.monotonic() < end:
            try:
                with urllib.request.urlopen(url + "/health", timeout=DEADLINE) as response:
                    code = response.status
            except urllib.error.HTTPError as error:
                code = error.code
        self.assertEqual(code, 503)
        request = urllib.request.Request(url + "/v1/completions", b'{"model": "chat"}')
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=DEADLINE)
        self.assertEqual(refused.exception.code, 503)
        self.assertEqual(refused.exception.headers["Retry-After"], "5")
        self.process.send_signal(signal.SIGINT)
        text = stream.read().decode()
        self.assertIn("the server is being shut down", text)
        self.assertNotIn("[DONE]", text)
        self.left()

    def test_requests_of_one_prefix_go_to_one_replica(self):
        url = self.serve(replicas="replicas: 2\n      routing: { policy: prefix-affine }")
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            with urllib.request.urlopen(url + "/status.json", timeout=DEADLINE) as response:
                if json.load(response)["models"][0]["replicas"] == 2:
                    break
        for number in range(4):
            for family in ("But soft, what light", "It is the east", "Arise, fair sun"):
                code, text = self.post(url + "/v1/completions", {
                    "model": "chat", "prompt": f"{family} {number}", "max_tokens": 2})
                self.assertEqual(code, 200, text)
        self.process.send_signal(signal.SIGINT)
        self.left()
        engines = []
        for name in self.files("out/jobs"):
            if name.endswith("engine-1.journal"):
                engines.append(re.findall(r"prefix=(\w+)", self.read(name)))
        self.assertEqual(len(engines), 2)
        self.assertEqual(sum(map(len, engines)), 12)
        self.assertFalse(set(engines[0]) & set(engines[1]), engines)

    def test_the_load_client_and_the_front_end_agree(self):
        url = self.serve()
        told = self.good("bench-serve", url, "--model", "chat", "--concurrency", "6", "--count",
                         "30", "--output-tokens", "8", "--prompt-tokens", "12", "--ignore-eos",
                         "--json", "-q").json()
        self.assertEqual((told["completed"], told["failed"]), (30, 0))
        self.assertEqual(told["total_output_tokens"], 240)

    def test_tokens(self):
        made = self.good("token", "alice", "--json").json()
        self.write("users.yaml", "users:\n" + made["line"] + "\n")
        url = self.serve("--users", "users.yaml")
        body = {"model": "chat", "prompt": "Juliet", "max_tokens": 2}
        self.assertEqual(self.post(url + "/v1/completions", body)[0], 401)
        self.assertEqual(self.post(url + "/v1/completions", body, made["token"])[0], 200)

    def test_other_machines_are_not_let_in_unasked(self):
        self.lab()
        words = ["serve"] + self.dreams()[1:] + ["--http", "0.0.0.0:0"]
        done = self.run_tandem(*words)
        self.assertEqual(done.code, 2, done.err)
        self.assertIn("insecure", done.err)


if __name__ == "__main__":
    e2e.main()
