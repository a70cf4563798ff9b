"""tandem run-batch: a file of prompts in, a file of answers out, also if everything is killed meanwhile.
Workers dream their answers, except where a model is really served."""

import json
import os
import signal
import time

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
      replicas: %d
      deployment: { chat: plain, precision: fp32 }
      engine: { kv_blocks: 400, max_sequences: 4, batch_tokens: 64, block_tokens: 4 }
      requests: { generate: { count: 5, arrival: { poisson: 40/s }, prompt: 9, output: 5 } }
%s
policies: ['priority-aging:max_age=1h']
"""
OTHER = """\
    - name: other
      model: llama-1m
      engine: { kv_blocks: 400, max_sequences: 8 }
      requests: { generate: { count: 20, arrival: { poisson: 40/s }, prompt: 9, output: 5 } }
"""
JOB = """\
  jobs:
    - train: { name: patient, model: llama-1m, steps: 100, batch: 2, sequence: 16, parallel: {} }
"""


def lines(prompts):
    return "".join(json.dumps(prompt) + "\n" for prompt in prompts)


def prompts_of(count, **others):
    return [{"custom_id": f"p{i}", "prompt": f"Prompt {i}: ", "max_tokens": 3 + i % 9,
             "ignore_eos": True, **others} for i in range(count)]


class Lab(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("text.txt", "Good night, good night! parting is such sweet sorrow. " * 50)
        self.lab()

    def lab(self, jobs="", replicas=1, others=""):
        self.write("lab.yaml", LAB % (jobs, replicas, others))

    def words(self, *options, dreams=True):
        worker = ["--worker", os.path.join(self.build, "sleeping-worker")] if dreams else []
        return ["run-batch", "lab.yaml", "-i", "in.jsonl", "-o", "out.jsonl", "--on", "cpu", *worker,
                *options]

    def answers(self):
        """By their ids; no id is answered twice."""
        found = {}
        for line in self.read("out.jsonl").splitlines():
            answer = json.loads(line)
            self.assertNotIn(answer["custom_id"], found)
            self.assertIsNone(answer["error"])
            found[answer["custom_id"]] = answer["response"]
        return found

    def told(self, *options, code=0, dreams=True):
        done = self.run_tandem(*self.words("--json", "-q", *options, dreams=dreams))
        self.assertEqual(done.code, code, done.err)
        return done.json()

    def texts(self):
        return {name: answer["body"]["choices"][0]["text"]
                for name, answer in self.answers().items()}


class Batches(Lab):
    def test_all_are_answered(self):
        self.write("in.jsonl", lines(prompts_of(30)) + lines([
            {"custom_id": "chat", "method": "POST", "url": "/v1/chat/completions",
             "body": {"model": "chat", "messages": [{"role": "user", "content": "Wherefore?"}],
                      "max_tokens": 4, "ignore_eos": True}}]))
        done = self.good(*self.words())
        self.assertRegex(done.out.splitlines()[0],
                         r"^31 prompts answered, none with an error, [0-9,]+ tokens/s$")
        self.assertIn("Results: ", done.out)
        answers = self.answers()
        self.assertEqual(len(answers), 31)
        for i in range(30):
            answer = answers[f"p{i}"]
            self.assertEqual(answer["status_code"], 200)
            body = answer["body"]
            self.assertEqual(body["object"], "text_completion")
            self.assertEqual(body["choices"][0]["finish_reason"], "length")
            self.assertEqual(body["usage"]["completion_tokens"], 3 + i % 9)
        self.assertEqual(answers["chat"]["body"]["choices"][0]["message"]["role"], "assistant")
        replayed = self.good("replay", "out.jsonl.run", "--json").json()
        self.assertEqual([one["same"] for one in replayed], [True] * len(replayed))

    def test_what_is_wrong_is_answered_and_counted(self):
        self.write("in.jsonl", lines(prompts_of(5)) + "no prompt\n" + lines([
            {"custom_id": "long", "prompt": "x", "max_tokens": 100000},
            {"custom_id": "other", "prompt": "x", "model": "somebody"},
            {"custom_id": "field", "prompt": "x", "max_tokens": 1, "best_off": 2}]))
        done = self.run_tandem(*self.words())
        self.assertEqual(done.code, 1, done.err)
        self.assertRegex(done.out, "^9 prompts answered, 3 with an error, ")
        self.assertIn("were ignored: best_off", done.err)
        answers = self.answers()
        self.assertEqual(answers["line-6"]["status_code"], 400)
        self.assertIn("in.jsonl:6:2: ", answers["line-6"]["body"]["error"]["message"])
        self.assertEqual(answers["long"]["body"]["error"]["code"], "context_length_exceeded")
        self.assertEqual(answers["other"]["status_code"], 404)
        self.assertEqual(answers["field"]["status_code"], 200)

    def test_what_is_answered_is_passed_over(self):
        self.write("in.jsonl", lines(prompts_of(10)))
        self.assertEqual(self.told()["answered_before"], 0)
        first = self.read("out.jsonl")
        told = self.told()
        self.assertEqual((told["prompts"], told["answered"], told["answered_before"]), (10, 10, 10))
        self.assertEqual(self.read("out.jsonl"), first)
        self.write("in.jsonl", lines(prompts_of(14)))
        done = self.good(*self.words())
        self.assertIn("10 of 14 prompts are answered already in out.jsonl", done.err)
        self.assertRegex(done.out, r"^14 prompts answered \(10 before\), none with an error, ")
        self.assertTrue(self.read("out.jsonl").startswith(first))
        self.assertTrue(os.path.exists(self.path("out.jsonl.run-2/result.json")))

    def test_a_prompt_that_has_changed_is_no_longer_answered(self):
        self.write("in.jsonl", lines(prompts_of(3)))
        self.told()
        self.write("in.jsonl", lines(prompts_of(3, temperature=0)))
        self.refused(*self.words(), says="in.jsonl:1: 'p0' is another prompt than the one that "
                                         "out.jsonl answers; give another file")

    def test_the_same_prompts_are_answered_the_same(self):
        self.write("in.jsonl", lines(prompts_of(12)))
        self.told()
        first = self.texts()
        os.remove(self.path("out.jsonl"))
        self.told()
        self.assertEqual(self.texts(), first)

    def test_other_services_and_training_go_on_beside(self):
        self.lab(jobs=JOB, others=OTHER)
        self.write("in.jsonl", lines(prompts_of(40)))
        told = self.told("--service", "chat")
        self.assertEqual(told["answered"], 40)
        result = json.loads(self.read("out.jsonl.run/result.json"))["runs"][0]
        self.assertEqual(result["services"]["other"]["requests"]["completed"], 20)
        self.assertEqual(result["services"]["chat"]["requests"]["completed"], 40)
        self.assertIn("patient", self.read("out.jsonl.run/jobs.csv"))
        self.assertEqual(result["jobs"]["failed"], 0)

    def test_a_model_really_answers(self):
        self.write("in.jsonl", lines(prompts_of(8, temperature=0)))
        self.assertEqual(self.told(dreams=False)["with_error"], 0)
        together = self.texts()
        # One at a time, it says the same.
        for i, prompt in enumerate(prompts_of(8, temperature=0)[:2]):
            self.write("in.jsonl", lines([prompt]))
            self.good("run-batch", "lab.yaml", "-i", "in.jsonl", "-o", f"one{i}.jsonl", "--on", "cpu",
                      "-q")
            alone = json.loads(self.read(f"one{i}.jsonl"))
            self.assertEqual(alone["response"]["body"]["choices"][0]["text"],
                             together[prompt["custom_id"]])


class Interruptions(Lab):
    def start(self, *options, dreams=True, step_ms="30"):
        process = self.start_tandem(*self.words(*options, dreams=dreams), text=True,
                                    env=e2e.environment(TANDEM_STEP_MS=step_ms))
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def wait_for_answers(self, count, process):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end and process.poll() is None:
            if os.path.exists(self.path("out.jsonl")) and self.read("out.jsonl").count("\n") >= count:
                return
            time.sleep(0.02)
        self.fail(f"there are no {count} answers")

    def workers(self):
        """Of this folder's runs, dreaming or not."""
        pids = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read().decode(errors="replace")
            except OSError:
                continue
            if "worker" in words.split("\0")[0] and self.folder in words:
                pids.append(int(name))
        return pids

    def kill_everything(self, process):
        process.kill()
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)
        process.communicate()

    def check_goes_on(self, count, dreams):
        before = self.read("out.jsonl")
        whole = before[:before.rfind("\n") + 1]
        told = self.told(dreams=dreams)
        self.assertEqual((told["prompts"], told["answered"], told["with_error"]), (count, count, 0))
        self.assertEqual(told["answered_before"], whole.count("\n"))
        self.assertTrue(self.read("out.jsonl").startswith(whole), "what was answered stays so")
        self.assertEqual(len(self.answers()), count)

    def test_all_is_killed(self):
        self.lab(jobs=JOB, replicas=1)
        self.write("in.jsonl", lines(prompts_of(120)))
        for _ in range(2):
            process = self.start()
            self.wait_for_answers(20 if _ == 0 else 50, process)
            self.kill_everything(process)
            self.assertLess(self.read("out.jsonl").count("\n"), 120)
        self.check_goes_on(120, dreams=True)
        self.assertEqual(self.told()["answered_before"], 120)

    def test_only_the_controller_is_killed(self):
        self.lab(jobs=JOB)
        self.write("in.jsonl", lines(prompts_of(120)))
        process = self.start()
        self.wait_for_answers(20, process)
        process.kill()
        process.communicate()
        self.check_goes_on(120, dreams=True)

    def test_all_is_killed_while_a_model_answers(self):
        # The prompts are many, since the model is quick.
        self.write("in.jsonl", lines(prompts_of(400, temperature=0)))
        process = self.start(dreams=False)
        self.wait_for_answers(10, process)
        self.kill_everything(process)
        self.assertLess(self.read("out.jsonl").count("\n"), 400)
        self.check_goes_on(400, dreams=False)

    def test_a_replica_is_killed(self):
        # Nobody has seen the beginning of an answer: all are asked again.
        self.lab(replicas=2)
        self.write("in.jsonl", lines(prompts_of(120)))
        process = self.start("-q")
        self.wait_for_answers(20, process)
        os.kill(self.worker_pids()[0], signal.SIGKILL)
        out, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 0, err)
        self.assertRegex(out, "^120 prompts answered, none with an error, ")
        self.assertIn("interrupted", self.read("out.jsonl.run/journal"))

    def test_it_is_asked_to_leave(self):
        self.write("in.jsonl", lines(prompts_of(120)))
        process = self.start("-q")
        self.wait_for_answers(10, process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 130, err)
        self.assertRegex(out, "^[0-9]+ of 120 prompts answered, none with an error, ")
        self.assertIn("'tandem run-batch lab.yaml -i in.jsonl -o out.jsonl' goes on with it", err)
        self.check_goes_on(120, dreams=True)

    def test_a_service_that_cannot_run_answers_nothing(self):
        self.write("in.jsonl", lines(prompts_of(5)))
        self.lab()
        text = self.read("lab.yaml").replace("precision: fp32", "precision: fp32, weights: nowhere")
        self.write("lab.yaml", text)
        done = self.run_tandem(*self.words("-q", dreams=False))
        self.assertEqual(done.code, 5, done.err)
        self.assertRegex(done.out, "^0 of 5 prompts answered")
        self.assertIn("5 prompts have no answer", done.err)


class Wrong(Lab):
    def test_words(self):
        self.write("in.jsonl", lines(prompts_of(1)))
        for words, says in [
                (["lab.yaml", "-o", "out.jsonl"], "--input is missing"),
                (["lab.yaml", "-i", "in.jsonl"], "--output is missing"),
                (["lab.yaml", "-i", "none.jsonl", "-o", "out.jsonl"], "none.jsonl: "),
                (["lab.yaml", "-i", "in.jsonl", "-o", "none/out.jsonl"],
                 "none/out.jsonl: No such file"),
                (["lab.yaml", "-i", "in.jsonl", "-o", "in.jsonl"],
                 "in.jsonl:1:1: this is no answer to a prompt"),
                (["lab.yaml", "-i", "in.jsonl", "-o", "out.jsonl", "--service", "chta"],
                 r"unknown service 'chta' \(did you mean 'chat'")]:
            with self.subTest(words=words):
                self.refused("run-batch", *words, "--on", "cpu", says=says)

    def test_two_at_a_time(self):
        self.lab(others=OTHER)
        self.write("in.jsonl", lines(prompts_of(1)))
        self.refused(*self.words(), says="name the service with --service: one of chat, other")


if __name__ == "__main__":
    e2e.main()
