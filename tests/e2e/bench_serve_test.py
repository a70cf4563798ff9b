"""tandem bench-serve against a server whose behaviour is known."""

import csv
import signal
import ssl
import subprocess
import time

import e2e
from fake_server import Fault, FakeServer

FIGURES = [f"{statistic}_{name}_ms" for name in ("ttft", "tpot", "itl", "e2el")
           for statistic in ("mean", "median", "std", "p50", "p90", "p95", "p99")]


class Load(e2e.Case):
    def serve(self, *arguments, **options):
        server = FakeServer(*arguments, **options)
        self.addCleanup(server.stop)
        return server

    def bench(self, server, *options, code=0):
        done = self.run_tandem("bench-serve", server.url, "--json", "-q", *options)
        self.assertEqual(done.code, code, done.err)
        return done.json()


class Paces(Load):
    def test_closed_loop(self):
        server = self.serve(lambda number, body: Fault(gap=0.002))
        told = self.bench(server, "--concurrency", "4", "--count", "20", "--prompt-tokens", "10",
                          "--output-tokens", "5", "--ignore-eos", "--warmup", "2")
        self.assertEqual((told["schema"], told["model"]), ("tandem.load/1", "toy"))
        self.assertEqual((told["completed"], told["failed"], told["rate_limited"]), (20, 0, 0))
        self.assertEqual((told["total_input_tokens"], told["total_output_tokens"]), (200, 100))
        self.assertEqual((told["max_concurrency"], server.most_open), (4, 4))
        self.assertEqual(len(server.bodies), 22)
        # Connections are used again: by the warm-up, and by each of the four.
        self.assertLessEqual(server.connections, 5)
        for key in FIGURES:
            self.assertIsInstance(told[key], float, key)
        self.assertGreaterEqual(told["mean_itl_ms"], 1)
        self.assertAlmostEqual(told["total_token_throughput"], told["output_throughput"] * 3,
                               delta=1e-6 * told["output_throughput"])
        for body in server.bodies:
            self.assertEqual((body["model"], body["max_tokens"], body["ignore_eos"],
                              body["temperature"], body["stream_options"]),
                             ("toy", 5, True, 0, {"include_usage": True}))
            self.assertTrue(all(32 <= token <= 126 for token in body["prompt"]))
        self.assertEqual(len({str(body["prompt"]) for body in server.bodies}), 22)

    def test_equal_seeds_are_equal_requests(self):
        def prompts(seed):
            server = self.serve()
            self.bench(server, "--concurrency", "1", "--count", "5", "--seed", seed,
                       "--prompt-tokens", "{uniform: {min: 3, max: 9}}", "--output-tokens", "2")
            return [body["prompt"] for body in server.bodies]
        first = prompts("7")
        self.assertEqual(prompts("7"), first)
        self.assertNotEqual(prompts("8"), first)
        self.assertGreater(len({len(prompt) for prompt in first}), 1)

    def test_open_loop_counts_from_when_a_request_was_to_be_sent(self):
        # The server is slow, and yet all are sent: nobody waits for an answer.
        server = self.serve(lambda number, body: Fault(delay=0.3))
        told = self.bench(server, "--request-rate", "200", "--burstiness", "0.5", "--count", "40",
                          "--prompt-tokens", "4", "--output-tokens", "2")
        self.assertEqual(told["completed"], 40)
        self.assertGreater(server.most_open, 20)
        self.assertGreaterEqual(told["mean_ttft_ms"], 290)
        self.assertIn("max", told["lateness_ms"])

    def test_arrivals_are_those_that_were_drawn(self):
        # Not when the client got to send them: to the nanosecond the same twice.
        server = self.serve()
        def arrivals(folder, *options):
            self.bench(server, "--request-rate", "500", "--count", "10", "--prompt-tokens", "4",
                       "--output-tokens", "2", "-o", folder, *options)
            with open(self.path(folder + "/requests.csv"), newline="", encoding="utf-8") as file:
                return {row["request_id"]: row["arrival_s"] for row in csv.DictReader(file)}
        first = arrivals("one")
        self.assertEqual(arrivals("two"), first)
        self.assertEqual((len(set(first.values())), first["0"]), (10, "0"))
        # A shape beyond all bounds leaves no variation: one every 2 ms.
        even = arrivals("even", "--burstiness", "1000000")
        for place in range(10):
            self.assertAlmostEqual(float(even[str(place)]), 0.002 * place, places=4)

    def test_all_at_once(self):
        server = self.serve(lambda number, body: Fault(delay=0.2))
        told = self.bench(server, "--request-rate", "inf", "--count", "50", "--prompt-tokens", "4",
                          "--output-tokens", "2")
        self.assertEqual((told["completed"], told["max_concurrency"]), (50, 50))

    def test_trace(self):
        rows = "".join(f"{2 * i},{3 + i},{2 + i % 3}\n" for i in range(10))
        self.write("trace.csv", "arrival_time,prompt_tokens,output_tokens\n" + rows)
        server = self.serve()
        told = self.bench(server, "--trace", "trace.csv", "--format", "native", "--rate", "x100",
                          "--count", "6")
        self.assertEqual(told["completed"], 6)
        self.assertEqual([len(body["prompt"]) for body in server.bodies], [3, 4, 5, 6, 7, 8])
        self.assertEqual([body["max_tokens"] for body in server.bodies], [2, 3, 4, 2, 3, 4])
        self.assertGreaterEqual(told["duration"], 0.1)
        self.assertLess(told["duration"], 5)
        self.assertEqual(self.bench(server, "--trace", "trace.csv", "--rate", "x1000")["completed"],
                         10)

    def test_prompts_that_begin_alike(self):
        row = '{"timestamp": %d, "input_length": %d, "output_length": 2, "hash_ids": %s}\n'
        self.write("m.jsonl", row % (0, 1024, [1, 2]) + row % (1, 1024, [1, 3]))
        server = self.serve()
        self.bench(server, "--trace", "m.jsonl", "--format", "mooncake")
        one, other = (body["prompt"] for body in server.bodies)
        self.assertEqual(one[:512], other[:512])
        self.assertNotEqual(one[512:], other[512:])


class Prompts(Load):
    def test_text_has_as_many_tokens_as_the_server_counts(self):
        for per_word in (1, 2):
            server = self.serve(per_word=per_word)
            told = self.bench(server, "--concurrency", "2", "--count", "4", "--prompt", "text",
                              "--prompt-tokens", "40", "--output-tokens", "2")
            self.assertEqual(told["total_input_tokens"], 160)

    def test_chat(self):
        server = self.serve()
        told = self.bench(server, "--concurrency", "2", "--count", "4", "--chat",
                          "--prompt-tokens", "40", "--output-tokens", "3")
        self.assertEqual((told["total_input_tokens"], told["total_output_tokens"]), (160, 12))
        self.assertIn("/v1/chat/completions", server.paths)
        self.assertEqual(server.bodies[0]["messages"][0]["role"], "user")


class Faults(Load):
    ARGUMENTS = ["--concurrency", "1", "--count", "6", "--prompt-tokens", "4",
                 "--output-tokens", "3"]

    def errors_of(self, fault):
        server = self.serve(lambda number, body: fault if number % 3 == 1 else Fault())
        told = self.bench(server, *self.ARGUMENTS)
        self.assertEqual(told["completed"], 4)
        return told

    def test_each_has_its_name(self):
        for fault, name in [(Fault(drop_after=2), "cut"), (Fault(drop_after=0), "cut"),
                            (Fault(malformed=True), "malformed"),
                            (Fault(error_event=True), "error-event"), (Fault(empty=True), "empty"),
                            (Fault(status=503), "http-503"), (Fault(status=400), "http-400")]:
            with self.subTest(name=name):
                told = self.errors_of(fault)
                self.assertEqual((told["failed"], told["errors"]), (2, {name: 2}))
                self.assertEqual(told["total_output_tokens"], 12)

    def test_an_answer_that_does_not_come(self):
        server = self.serve(lambda number, body: Fault(delay=60 if number == 1 else 0))
        told = self.bench(server, *self.ARGUMENTS, "--timeout", "1")
        self.assertEqual((told["completed"], told["errors"]), (5, {"timeout": 1}))

    def test_refused(self):
        told = self.errors_of(Fault(status=429, retry_after=0))
        self.assertEqual((told["failed"], told["rate_limited"], told["errors"]),
                         (0, 2, {"http-429": 2}))

    def test_refused_and_tried_again(self):
        server = self.serve(lambda number, body: Fault(status=429, retry_after=0)
                            if number < 3 else Fault())
        told = self.bench(server, *self.ARGUMENTS, "--retry")
        self.assertEqual((told["completed"], told["rate_limited"], told["retries"]), (6, 0, 3))

    def test_chunks_may_end_anywhere(self):
        server = self.serve(lambda number, body: Fault(pieces=1 + number))
        told = self.bench(server, *self.ARGUMENTS)
        self.assertEqual((told["completed"], told["total_output_tokens"]), (6, 18))

    def test_nothing_answered(self):
        server = self.serve(lambda number, body: Fault(status=500))
        told = self.bench(server, *self.ARGUMENTS, code=5)
        self.assertEqual((told["completed"], told["mean_ttft_ms"]), (0, None))
        done = self.run_tandem("bench-serve", server.url, *self.ARGUMENTS)
        self.assertRegex(done.out, "^None of 6 requests was answered.\n"
                                   "http-500: 6 requests; the first: not now\n")

    def test_goodput(self):
        server = self.serve(lambda number, body: Fault(delay=0.4 if number % 2 else 0))
        told = self.bench(server, *self.ARGUMENTS, "--goodput", "ttft:200,tpot:1000")
        self.assertAlmostEqual(told["request_goodput"], told["request_throughput"] / 2, places=6)


class People(Load):
    def test_table(self):
        server = self.serve(lambda number, body: Fault(gap=0.001))
        done = self.good("bench-serve", server.url, "--concurrency", "2", "--count", "4",
                         "--prompt-tokens", "4", "--output-tokens", "3", "--goodput", "ttft:9999")
        self.assertRegex(done.out, r"^4 of 4 requests answered in [\d.]+ s: ")
        for words in ("\nTTFT ", "\nTPOT ", "\nITL ", "\nE2E ", "Goodput: ", "The client sent"):
            self.assertIn(words, done.out)
        self.assertEqual(done.err, "")

    def test_files(self):
        server = self.serve(lambda number, body: Fault(status=500) if number == 1 else Fault())
        told = self.bench(server, "--concurrency", "1", "--count", "3", "--prompt-tokens", "4",
                          "--output-tokens", "3", "-o", "out", "--export", "copy.json")
        self.assertEqual(self.files(), ["copy.json", "out/requests.csv", "out/result.json"])
        self.assertEqual(self.read("copy.json"), self.read("out/result.json"))
        self.assertEqual(e2e.json.loads(self.read("copy.json")), told)
        with open(self.path("out/requests.csv"), newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["state"] for row in rows], ["completed", "failed", "completed"])
        self.assertEqual([row["service"] for row in rows], ["toy"] * 3)
        self.assertRegex(rows[1]["cause"], "^http-500")
        self.assertEqual(rows[0]["cause"], "")
        for row in rows:
            self.assertEqual(row["input_tokens"], "4")
            if row["state"] == "completed":
                self.assertLessEqual(float(row["arrival_s"]), float(row["first_token_s"]))
                self.assertLessEqual(float(row["first_token_s"]), float(row["last_token_s"]))
                self.assertEqual(row["output_tokens"], "3")

    def test_interrupt_keeps_what_there_is(self):
        server = self.serve(lambda number, body: Fault(delay=60 if number > 2 else 0))
        process = self.start_tandem("bench-serve", server.url, "--concurrency", "1", "--count", "9",
                                    "--prompt-tokens", "4", "--output-tokens", "3", "--json")
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 60
        while len(server.bodies) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err)
        told = e2e.json.loads(out)
        self.assertEqual((told["completed"], told["interrupted"]), (3, 1))
        self.assertIn("tandem: interrupted: 3 of 9 requests have ended", err.decode())


class Servers(Load):
    ARGUMENTS = ["--concurrency", "1", "--count", "1", "--prompt-tokens", "4"]

    def test_models(self):
        two = self.serve(models=("llama", "gpt2"))
        self.refused("bench-serve", two.url, *self.ARGUMENTS,
                     says=r"say which model with --model \(one of: llama, gpt2\)")
        self.refused("bench-serve", two.url, "--model", "lama", *self.ARGUMENTS,
                     says=r"no model 'lama' \(did you mean 'llama'\?\)")
        self.assertEqual(self.bench(two, "--model", "gpt2", *self.ARGUMENTS)["model"], "gpt2")

    def test_nobody_there(self):
        self.refused("bench-serve", "http://127.0.0.1:1", *self.ARGUMENTS,
                     says="127.0.0.1:1: unreachable: Connection refused")

    def test_token(self):
        server = self.serve(token="secret")
        self.refused("bench-serve", server.url, *self.ARGUMENTS, says="refused: no such token")
        self.write("token", "secret\n")
        self.assertEqual(
            self.bench(server, "--token-file", "token", *self.ARGUMENTS)["completed"], 1)

    def test_tls(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-keyout", self.path("key"), "-out", self.path("cert"), "-subj",
                        "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True,
                       capture_output=True, timeout=60)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("cert"), self.path("key"))
        server = self.serve(tls=context)
        self.refused("bench-serve", server.url, *self.ARGUMENTS, says="certificate verify failed")
        self.assertEqual(self.bench(server, "--ca", "cert", *self.ARGUMENTS)["completed"], 1)
        self.assertEqual(self.bench(server, "--insecure", *self.ARGUMENTS)["completed"], 1)
        self.refused("bench-serve", server.url, "--ca", "none", *self.ARGUMENTS,
                     says="no certificates")


if __name__ == "__main__":
    e2e.main()
