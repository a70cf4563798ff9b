"""What a real service owes its users, measured on this machine: fairness between tenants, the bound of
virtual token counters, a killed replica, 200 streams at a time. Writes a page of Markdown.

    python3 tests/bench/serving_laws.py BUILD [-o PAGE] [--quick] [--keep DIR]

Each law starts `tandem serve` with a small model of drawn weights. Leave the machine alone meanwhile: what
else runs here is in the figures.
"""

import argparse
import asyncio
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from measured_page import add_options, write_page  # noqa: E402

SCENARIO = """\
tandem: 1
name: laws
cluster:
  nodes: [{{ name: n, count: 1, devices: {{ type: h100-sxm, count: {replicas} }} }}]
tenants: {{ light: {{ weight: 1 }}, heavy: {{ weight: 1 }} }}
workload:
  services:
    - name: chat
      model: {model}
      tenant: light
      replicas: {replicas}
      deployment: {{ precision: fp32 }}
      engine: {{ policy: {policy}, max_sequences: {places}, batch_tokens: {batch_tokens},
                block_tokens: 16, kv_blocks: {blocks}, prefix_caching: false }}
      requests: {{ generate: {{ count: 1, arrival: at-once, prompt: 1, output: 1 }} }}
policies: [fifo]
"""
TENANTS = ("light", "heavy")
INPUT_WEIGHT, OUTPUT_WEIGHT = 1, 2  # Those of `fair-share` unless told.


class Server:
    """`tandem serve`, while a `with` lasts; afterwards its folder has the engines' journals."""

    def __init__(self, tandem, folder, **settings):
        self.tandem, self.folder, self.settings = tandem, folder, settings
        folder.mkdir(parents=True)
        (folder / "laws.yaml").write_text(SCENARIO.format(**settings), encoding="ascii")
        lines = []
        for tenant in TENANTS:
            made = json.loads(self.output("token", tenant, "--tenant", tenant, "--json"))
            (folder / tenant).write_text(made["token"] + "\n", encoding="ascii")
            lines.append(made["line"])
        (folder / "users.yaml").write_text("users:\n" + "\n".join(lines) + "\n", encoding="ascii")

    def output(self, *words):
        return subprocess.run([self.tandem, *words], cwd=self.folder, capture_output=True, text=True,
                              check=True).stdout

    def __enter__(self):
        told = time.strftime("%H:%M:%S"), " ".join(f"{k}={v}" for k, v in self.settings.items())
        print("%s tandem serve: %s" % told, file=sys.stderr, flush=True)
        self.process = subprocess.Popen(
            [self.tandem, "serve", "laws.yaml", "-o", "run", "--on", "cpu", "--users", "users.yaml",
             "--http", "127.0.0.1:0"], cwd=self.folder, stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL, text=True)
        listening = (re.search(r"listening on (\S+)", line) for line in self.process.stderr)
        self.url = next(found.group(1) for found in listening if found)
        for tenant in TENANTS * self.settings["replicas"]:
            self.load(tenant, "--count", "1", "--concurrency", "1")  # Everything is warm.
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)

    def start_load(self, tenant, *words):
        return subprocess.Popen(
            [self.tandem, "bench-serve", self.url, "--token-file", tenant, "--ignore-eos", "--json",
             "-q", *words], cwd=self.folder, stdout=subprocess.PIPE, text=True)

    def load(self, tenant, *words):
        """What `tandem bench-serve` says of these requests."""
        return json.loads(self.start_load(tenant, *words).communicate()[0])

    def journals(self):
        return sorted(self.folder.glob("run/jobs/*/engine-*.journal"))

    def worker_pids(self):
        pids = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                words = Path("/proc", name, "cmdline").read_text(errors="replace")
            except OSError:
                continue
            if "tandem-worker" in words.split("\0")[0] and str(self.folder) in words:
                pids.append(int(name))
        return pids

    def stream(self, tenant, prompt, tokens):
        """Opens a stream: a coroutine that gives the times of its tokens, and what ended it."""
        host, port = self.url.rsplit("/", 1)[-1].split(":")
        body = json.dumps({"model": "chat", "prompt": [40] * prompt, "max_tokens": tokens,
                           "ignore_eos": True, "stream": True})
        token = (self.folder / tenant).read_text(encoding="ascii").strip()
        head = (f"POST /v1/completions HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                "Connection: close\r\n\r\n")
        return read_stream(host, int(port), (head + body).encode())


async def read_stream(host, port, request):
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(request)
    times, end = [], "cut"
    while line := await reader.readline():
        if line.startswith(b"data: [DONE]"):
            end = "done"
        elif line.startswith(b'data: {"error"'):
            end = "error"
        elif line.startswith(b"data: ") and b'"finish_reason":null' in line:
            times.append(time.monotonic())
    writer.close()
    return times, end


class EngineJournal:
    """An engine's journal (policies/batch/engine_journal.h), fact by fact."""

    def __init__(self, path):
        self.path = path
        self.tenant, self.prompt = {}, {}  # Of each request.
        self.waiting, self.decoding = set(), set()
        self.steps = []  # When it began, seconds it took, requests that decoded.

    def service(self):
        """Walks over it; after every step, what each tenant was given in it, in weighted tokens."""
        now = begun = 0
        given = dict.fromkeys(range(len(TENANTS)), 0)
        first, decodes = [], 0
        for line in self.path.read_text(encoding="ascii").splitlines():
            words = line.split()
            if words[0] == "@":
                now = int(words[1]) / 1e9
            elif words[:2] == ["+", "submit"]:
                request = int(words[2])
                self.tenant[request], self.prompt[request] = int(words[3]), int(words[7])
                self.waiting.add(request)
            elif words[:2] == ["+", "cancel"]:
                self.waiting.discard(int(words[2]))
                self.decoding.discard(int(words[2]))
            elif words[:2] == ["-", "evict"]:
                raise SystemExit(f"{self.path}: a request was evicted, of which the bound knows nothing")
            elif words[0] == "-":
                begun = now
                if words[1] == "admit":
                    self.waiting.remove(int(words[2]))
                    given[self.tenant[int(words[2])]] += INPUT_WEIGHT * self.prompt[int(words[2])]
                if words[1] in ("admit", "chunk") and "last" in words:
                    first.append(int(words[2]))
                if words[1] == "decode":
                    decodes = int(words[2])
            elif words[:2] == ["+", "computed"]:
                self.steps.append((begun, now - begun, decodes))
                for request in [*self.decoding, *first]:
                    given[self.tenant[request]] += OUTPUT_WEIGHT
                self.decoding.update(first)
                if len(words) > 3:
                    self.decoding.difference_update(int(id) for id in words[3].split(","))
                yield given
                given = dict.fromkeys(given, 0)
                first, decodes = [], 0

    def largest_difference(self):
        """Of the tenants' service, over any time in which requests of both waited; and that time."""
        difference = least = most = worst = 0
        both = 0
        for given in self.service():
            if len({self.tenant[request] for request in self.waiting}) < len(TENANTS):
                difference = least = most = 0
                continue
            difference += given[0] - given[1]
            least, most = min(least, difference), max(most, difference)
            worst = max(worst, most - least)
            both += self.steps[-1][1]
        return worst, both


def fairness(server_of, quick):
    """A tenant alone, and beside one that sends ten times as much."""
    prompt = ["--prompt-tokens", "768", "--output-tokens", "8"]
    rows, law = [], {}
    for policy in ("fair-share", "fifo"):
        with server_of(policy, model="llama-5m", policy=policy, places=64, batch_tokens=192,
                       blocks=4000, replicas=1) as server:
            capacity = server.load("heavy", "--count", "12" if quick else "40", "--concurrency", "8",
                                   *prompt)["request_throughput"]
            rate = 0.12 * capacity
            count = 10 if quick else 40
            asked = ["--request-rate", f"{rate:.4f}", "--count", str(count), *prompt]
            alone = server.load("light", *asked)["mean_ttft_ms"]
            heavy = server.start_load("heavy", "--request-rate", f"{10 * rate:.4f}", "--count",
                                      "100000", *prompt)
            time.sleep(2)
            beside = server.load("light", *asked)
            heavy.send_signal(signal.SIGINT)
            others = json.loads(heavy.communicate()[0])
        law[policy] = beside["mean_ttft_ms"] / alone
        rows.append(f"| {policy} | {rate:.2f}/s, {10 * rate:.2f}/s of {capacity:.2f}/s | {alone:.0f} ms "
                    f"| {beside['mean_ttft_ms']:.0f} ms | {law[policy]:.2f} "
                    f"| {others['mean_ttft_ms']:.0f} ms |")
        if beside["completed"] < count:
            rows.append(f"\n{count - beside['completed']} requests of the light tenant have failed.\n")
    holds = law["fair-share"] <= 2 < law["fifo"]
    return holds, """\
## A tenant beside one that sends ten times as much

Prompts of 768 tokens and answers of 8, Poisson arrivals; together the two send a third more than the service
can take. At most 2 under fair-share, more under FIFO.

| order | light, heavy, capacity | mean TTFT alone | beside the other | ratio | the other's |
|---|---|---|---|---|---|
""" + "\n".join(rows) + """

What it takes: places enough that none has to be waited for (64), and prompts of several steps (768 tokens in
steps of 192). Whoever goes first waits then for the end of a step and of a prompt that has begun, half of it in
the mean; decodes of the others take their part of each step. With 16 places, or prompts of one step, the same
order gives 2 to 3, since nobody is stopped for who waits.
"""


def counters(server_of, quick):
    """Two tenants that always have requests waiting."""
    longest, answer, places = 96, 32, 8
    blocks = places * (longest + answer) // 16
    bound = 2 * max(INPUT_WEIGHT * longest, OUTPUT_WEIGHT * blocks * 16)
    words = ["--count", "300" if quick else "2000",
             "--prompt-tokens", "{uniform: {min: 16, max: %d}}" % longest,
             "--output-tokens", "{uniform: {min: 8, max: %d}}" % answer]
    rows, law = [], {}
    for policy in ("fair-share", "fifo"):
        with server_of("counters-" + policy, model="llama-1m", policy=policy, places=places,
                       batch_tokens=64, blocks=blocks, replicas=1) as server:
            loads = [server.start_load("light", *words, "--concurrency", "10"),
                     server.start_load("heavy", *words, "--concurrency", "20")]
            for load in loads:
                load.communicate()
        journal = server.journals()[0]
        law[policy], both = EngineJournal(journal).largest_difference()
        replay = server.output("replay", str(journal)).split(": ")[-1].strip()
        rows.append(f"| {policy} | {both:.1f} s | {law[policy]} | {bound} | {replay} |")
    return 0 < law["fair-share"] <= bound, f"""\
## The bound of virtual token counters

Two tenants, 10 and 20 requests under way at any time, {places} places: both always wait. From the engine's
journal, a token of a prompt counting {INPUT_WEIGHT} and one of an answer {OUTPUT_WEIGHT}: by how much one was given more than
the other, over whatever part of the time in which both waited. The bound (Sheng et al., OSDI'24, theorem 4.4) is
2 max(w_p L_input, w_q M) = 2 max({INPUT_WEIGHT}·{longest}, {OUTPUT_WEIGHT}·{blocks * 16}), M being the tokens that the cache holds. FIFO
has none: its difference grows with the time.

| order | steps in which both waited | largest difference | bound of fair-share | `tandem replay` |
|---|---|---|---|---|
""" + "\n".join(rows) + "\n"


async def watch(server, is_over):
    """Asks one short answer after the other: all streams, as they ended."""
    ended = []
    while not is_over():
        ended.append(await server.stream("light", 16, 24))
    return ended


async def kill_one(server, load):
    """Kills a replica under the load; when that was, and the streams that were watched meanwhile."""
    async def kill():
        worker = server.worker_pids()[0]  # Looking takes longer than a token.
        await asyncio.sleep(2)
        os.kill(worker, signal.SIGKILL)
        return time.monotonic()

    def is_over():
        return load.poll() is not None

    killed, *watched = await asyncio.gather(kill(), *(watch(server, is_over) for _ in range(8)))
    return killed, [stream for streams_of_one in watched for stream in streams_of_one]


def killed_replica(server_of, quick):
    """kill -9 of one of two replicas while requests come."""
    count = 600 if quick else 2000
    with server_of("killed", model="llama-5m", policy="fifo", places=16, batch_tokens=128, blocks=2000,
                   replicas=2) as server:
        load = server.start_load("heavy", "--count", str(count), "--concurrency", "16",
                                 "--prompt-tokens", "32", "--output-tokens", "48")
        killed, watched = asyncio.run(kill_one(server, load))
        told = json.loads(load.communicate()[0])
    if "interrupted" not in (server.folder / "run/journal").read_text(encoding="utf-8"):
        raise SystemExit("no replica was killed while requests came")
    spared = [times for times, end in watched if end == "done" and times[0] < killed < times[-1]]
    next_token = max((min(t for t in times if t > killed) for times in spared), default=killed) - killed
    after = sorted(t for times, _ in watched for t in times if t > killed)
    silence = max(b - a for a, b in zip([killed, *after], after))
    ends = [end for _, end in watched]
    unexplained = {name: n for name, n in told["errors"].items() if name != "error-event"}
    is_accounted = told["completed"] + told["failed"] == count and not unexplained and "cut" not in ends
    return is_accounted and next_token < 2 and silence < 2, f"""\
## A replica is killed

One of two replicas, with 16 requests under way and eight streams that are watched. `tandem bench-serve` sent {count}
requests: {told['completed']} completed, {told['failed']} ended with an error ({json.dumps(told['errors'])}). Of the watched
streams {ends.count('done')} were whole, {ends.count('error')} ended with an error event, {ends.count('cut')} without a word. The {len(spared)} that the
remaining replica was answering had their next token **{1000 * next_token:.0f} ms** after the kill at the latest; from then on
no time without any token was longer than {1000 * silence:.0f} ms. To be below 2 s, and nothing lost without an error.
"""


async def streams(server, count, tokens):
    return await asyncio.gather(*(server.stream("light", 16, tokens) for _ in range(count)))


def many_streams(server_of, quick):
    """So many streams at a time, on the front end's one thread."""
    count, tokens = 200, 60 if quick else 200
    with server_of("streams", model="llama-5m", policy="fifo", places=count, batch_tokens=256, blocks=4000,
                   replicas=1) as server:
        ended = asyncio.run(streams(server, count, tokens))
    journal = EngineJournal(server.journals()[0])
    for _ in journal.service():
        pass
    steps = [seconds for _, seconds, decodes in journal.steps if decodes >= 0.95 * count]
    gaps = [b - a for times, _ in ended for a, b in zip(times, times[1:])]
    step = statistics.median(steps)
    whole = sum(end == "done" and len(times) == tokens for times, end in ended)
    return whole == count and max(gaps) < 3 * step, f"""\
## {count} streams at a time

{whole} of {count} streams had all their {tokens} tokens. An engine's step with all of them took {1000 * step:.1f} ms (median of
{len(steps)}); the worst gap between two tokens of a stream was {1000 * max(gaps):.1f} ms, **{max(gaps) / step:.2f} steps**, the median
{1000 * statistics.median(gaps):.1f} ms, as a client in Python on the same machine saw it. To be below three.
"""


LAWS = [fairness, counters, killed_replica, many_streams]


def page(arguments, parts):
    missed = [law.__name__ for law, (holds, _) in parts if not holds]
    verdict = "All four hold." if not missed else f"Missed: {', '.join(missed)}."
    quick = " --quick" if arguments.quick else ""
    return f"""# What a service owes its users

`python3 tests/bench/serving_laws.py build/release{quick}` on {time.strftime('%Y-%m-%d')}: {platform.machine()}, \
{os.cpu_count()} processors, load {arguments.load:.1f} before it began. {verdict}

""" + "\n".join(text for _, (_, text) in parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--quick", action="store_true", help="few requests: does it work at all?")
    arguments = parser.parse_args()
    arguments.load = os.getloadavg()[0]
    tandem = str(Path(arguments.build).resolve() / "tandem")

    def measure(folder):
        def server_of(name, **settings):
            return Server(tandem, folder.resolve() / name, **settings)
        return page(arguments, [(law, law(server_of, arguments.quick)) for law in LAWS])

    write_page(arguments, measure)


if __name__ == "__main__":
    main()
