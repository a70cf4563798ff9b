"""Language models: what they are, how fast they train and answer, and where they fit."""

import os
import xml.etree.ElementTree

import e2e

TINY = """\
models:
  - { name: tiny, title: Tiny, layers: 2, hidden: 64, heads: 4, ffn: 256, vocabulary: 1000,
      context: 128, sources: [mine] }
devices:
  - name: toy
    title: A toy
    memory: 4 GB
    memory_bytes_per_s: 1e11
    peak_bf16: 1e13
    node: { devices: 2, fabric: string, network: ethernet-10g }
    sources: [mine]
fabrics:
  - { name: string, title: A string, bytes_per_s: 1e9, sources: [mine] }
"""
MEASURED = """\
devices:
  - name: desk
    title: What stands here
    memory: 4 GB
    memory_bytes_per_s: 1e11
    measured:
      { start: 2 s, load: 1 s, save: 500 ms, stop: 250 ms, steps: [
        { model: llama-1m, dp: 2, zero: 1, batch: 8, micro_batch: 2, sequence: 64, precision: fp32,
          seconds: 0.1 } ] }
    sources: [mine]
"""

ON_DESK = """\
tandem: 1
name: desk
catalog: [mine.yaml]
cluster: { nodes: [{ name: d, devices: { type: desk, count: 2 } }] }
workload:
  jobs:
    - train: { name: t, model: llama-1m, steps: 10, batch: 8, micro_batch: 2, sequence: 64,
               precision: fp32, parallel: { dp: 2, zero: 1 } }
policies: [fifo]
"""

STEP_175B = ["models", "step", "korthikanti-175b", "--devices", "64xa100-sxm-80g", "--tp", "8",
             "--pp", "8", "--interleave", "3", "--batch", "64", "--attention", "unfused"]


class Show(e2e.Case):
    def test_list(self):
        text = self.good("models", "list").out
        self.assertEqual(self.good("models").out, text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        models = self.good("models", "list", "--json").json()
        self.assertGreater(len(models), 60)
        for model in models:
            self.assertIn("\n" + model["name"] + " ", text)
            self.assertTrue(model["sources"])

    def test_show(self):
        text = self.good("models", "show", "mixtral-8x7b").out
        self.assertIn("46,702,792,704", text)
        self.assertIn("12,879,925,248", text)
        self.assertIn("KV cache of a token  131072 B", text)
        self.assertIn("ZERO", text)
        told = self.good("models", "show", "llama-3-8b", "--json").json()
        self.assertEqual(told["parameters"], 8030261248)
        # 3 (2 (parameters without embedding and norms) + 4 l a d_h s)
        multiplied = 8030261248 - 128256 * 4096 - 65 * 4096
        self.assertEqual(told["training_flops_per_token"],
                         3 * (2 * multiplied + 4 * 32 * 4096 * 8192))
        self.assertEqual(told["memory"][0]["optimizer_bytes"], 12 * (8030261248 - 4096))


class Step(e2e.Case):
    def test_figure_is_that_of_the_documentation(self):
        figure = os.path.join(e2e.HERE, "..", "..", "docs", "figures", "parallelism.svg")
        self.good("models", "step", "korthikanti-22b", "--devices", "64xa100-sxm-80g", "--tp", "4",
                  "--pp", "4", "--dp", "4", "--batch", "32", "--recompute", "full", "--figure",
                  "drawn.svg")
        drawn = self.read("drawn.svg")
        with open(figure, encoding="utf-8") as file:
            self.assertEqual(drawn, file.read())
        root = xml.etree.ElementTree.fromstring(drawn)
        # 64 devices; 4 stages of 8 forward and 8 backward passes, gradients, optimizer; background.
        self.assertEqual(len(root.findall("{http://www.w3.org/2000/svg}rect")), 64 + 4 * 18 + 1)
        self.refused("models", "step", "gpt2", "--devices", "8xa100-sxm-80g", "--batch", "8",
                     "--figure", "no/such/folder.svg", says="no/such")

    def test_answer_first(self):
        done = self.good(*STEP_175B, "--recompute", "full")
        first = done.out.splitlines()[0]
        self.assertRegex(first, r"^korthikanti-175b on 64 a100-sxm-80g: [\d.]+ s a step \([\d.]+ "
                                r"s to [\d.]+ s\), [\d.]+( M)? tokens/s, \d+\.\d % MFU\.$")
        for part in ("forward", "backward", "recomputed", "pipeline bubble", "optimizer", "weights",
                     "fragmentation"):
            self.assertIn("\n" + part, done.out)

    def test_parts_add_up(self):
        told = self.good(*STEP_175B, "--recompute", "full", "--json").json()
        parts = (told["forward"]["total_s"] + told["backward"]["total_s"] +
                 told["recompute"]["total_s"] + told["head_s"] + told["transfers_s"] +
                 told["bubble_s"] + told["data_parallel_s"] + told["optimizer_s"] +
                 told["overhead_s"])
        self.assertAlmostEqual(parts, told["step_s"], places=9)
        self.assertAlmostEqual(told["step_s"] / 18.13, 1, delta=0.08)  # Korthikanti, table 5.
        self.assertLess(told["step_s_low"], told["step_s"])
        self.assertGreater(told["step_s_high"], told["step_s"])
        memory = told["memory_bytes"]
        self.assertAlmostEqual(sum(v for k, v in memory.items() if k not in ("total", "capacity")),
                               memory["total"], delta=1)
        self.assertEqual(told["layout"]["micro_batches"], 64)

    def test_attention_is_as_published_unless_told(self):
        self.assertEqual(self.good(*STEP_175B, "--recompute", "full").out,
                         self.good(*STEP_175B[:-2], "--recompute", "full").out)
        told = self.good(*STEP_175B[:-1], "flash", "--recompute", "full", "--json").json()
        self.assertEqual(told["layout"]["attention"], "flash")
        newer = self.good("models", "step", "llama-3-8b", "--devices", "8xh100-sxm", "--batch", "8",
                          "--zero", "3", "--recompute", "full", "--json").json()
        self.assertEqual(newer["layout"]["attention"], "flash")

    def test_equal_questions_equal_bytes(self):
        self.assertEqual(self.good(*STEP_175B, "--recompute", "full", "--json").out,
                         self.good(*STEP_175B, "--recompute", "full", "--json").out)

    def test_every_number_has_a_source(self):
        text = self.good(*STEP_175B, "--recompute", "full", "--explain-model").out
        for name in ("peak", "memory bandwidth", "nvswitch-a100", "infiniband-hdr",
                     "cost of overlap", "optimizer", "once a step"):
            self.assertIn("\n" + name, text)
        told = self.good(*STEP_175B, "--recompute", "full", "--explain-model", "--json").json()
        for number in told["numbers"]:
            self.assertTrue(number["source"], number)

    def test_out_of_memory(self):
        done = self.run_tandem("models", "step", "llama-3-8b", "--devices", "8xh100-sxm", "--batch",
                               "16")
        self.assertEqual(done.code, 3)
        self.assertRegex(done.out, r"^llama-3-8b on 8 h100-sxm does not fit: \d+\.\d GB on a device of "
                                   r"85\.0 GB\.\n")
        for part in ("weights", "gradients", "optimizer", "activations"):
            self.assertRegex(done.out, rf"\n{part} +\d+\.\d\d GB")
        self.good("models", "step", "llama-3-8b", "--devices", "8xh100-sxm", "--batch", "16",
                  "--zero", "3", "--recompute", "full")

    def test_settings_of_the_machine(self):
        base = ["models", "step", "llama-3-8b", "--devices", "64xh100-sxm", "--batch", "64", "--zero",
                "3", "--recompute", "full", "--json"]
        told = self.good(*base).json()
        slower = self.good(*base, "--oversubscription", "8").json()
        self.assertGreater(slower["data_parallel_whole_s"], told["data_parallel_whole_s"])
        for change in (["--network", "ethernet-25g"], ["--nics", "1"], ["--devices-per-node", "4"],
                       ["--kernels", "eager"], ["--overlap", "none"]):
            with self.subTest(change=change):
                self.assertGreater(self.good(*base, *change).json()["step_s"], told["step_s"])

    def test_collectives_as_set(self):
        base = ["models", "step", "llama-3-8b", "--devices", "64xh100-sxm", "--batch", "64",
                "--zero", "0", "--recompute", "full", "--json"]
        whole = {}
        for word in ("best", "ring", "tree", "hierarchical"):
            done = self.run_tandem(*base, "--collective", word)
            whole[word] = done.json()["data_parallel_whole_s"]
        self.assertEqual(whole["best"], min(whole["ring"], whole["tree"]))
        self.assertNotEqual(whole["ring"], whole["hierarchical"])

    def test_wrong(self):
        step = ["models", "step"]
        rest = ["--devices", "64xa100-sxm-80g", "--batch", "64"]
        for words, says in [
                ([*step, "lama-3-8b", *rest], r"no model 'lama-3-8b' .*mean 'llama-3-8b'"),
                ([*step, "llama-3-8b", "--devices", "64xa100-sxm-80", "--batch", "64"],
                 "mean 'a100-sxm-80g'"),
                ([*step, "llama-3-8b", "--devices", "a100-sxm-80g", "--batch", "64"],
                 "--devices: expected NxTYPE"),
                ([*step, "llama-3-8b", "--devices", "0xt4", "--batch", "64"],
                 "--devices: expected NxTYPE"),
                ([*step, "llama-3-8b", "--devices", "8xcpu-epyc-9654", "--batch", "8"],
                 "no usual node"),
                ([*step, "llama-3-8b", *rest, "--tp", "3"], "64 devices are not --tp 3"),
                ([*step, "llama-3-8b", *rest, "--tp", "8", "--dp", "4"], "64 devices are not"),
                ([*step, "llama-3-8b", *rest, "--tp", "64"], "kv_heads|heads 32"),
                ([*step, "llama-3-8b", *rest, "--micro-batch", "3"], "--batch 64 cannot be divided"),
                ([*step, "llama-3-8b", *rest, "--interleave", "2"], "needs --pp above 1"),
                ([*step, "llama-3-8b", *rest, "--ep", "2"], "has no experts"),
                ([*step, "llama-3-8b", *rest, "--recompute", "som"], "unknown value 'som'"),
                ([*step, "llama-3-8b", *rest, "--zero", "4"], "from 0 to 3"),
                ([*step, "llama-3-8b", *rest, "--network", "infiniband-hrd"],
                 "mean 'infiniband-hdr'"),
                ([*step, "llama-3-8b", *rest, "--oversubscription", "0.5"], "--oversubscription"),
                ([*step, "llama-3-8b", *rest, "--precision", "fp8"], "no peak of a100-sxm-80g"),
                ([*step, "llama-3-8b", "--devices", "8xh100-sxm"], "--batch is missing"),
                (["models", "show", "gpt-2"], "mean 'gpt2'"),
                (["models", "shwo"], "mean 'show'"),
                ([*step, "llama-3-8b", *rest, "--catalog", "none.yaml"], "none.yaml: there is no")]:
            with self.subTest(words=words):
                self.refused(*words, says=says)


class Fit(e2e.Case):
    def test_best_first(self):
        done = self.good("models", "fit", "llama-3.1-70b", "--devices", "512xh100-sxm", "--batch",
                         "1024")
        self.assertRegex(done.out.splitlines()[0], r"^llama-3\.1-70b on 512 h100-sxm: at best ")
        told = self.good("models", "fit", "llama-3.1-70b", "--devices", "512xh100-sxm", "--batch",
                         "1024", "--top", "3", "--json").json()
        steps = [best["step_s"] for best in told["best"]]
        self.assertEqual(len(steps), 3)
        self.assertEqual(steps, sorted(steps))
        # What it prints can be asked again.
        again = self.good("models", "step", "llama-3.1-70b", "--devices", "512xh100-sxm", "--batch",
                          "1024", *told["best"][0]["options"].split(), "--json").json()
        self.assertEqual(again["step_s"], steps[0])
        self.assertTrue(again["fits"])

    def test_nothing_fits(self):
        done = self.run_tandem("models", "fit", "llama-3.1-70b", "--devices", "8xa100-sxm-40g",
                               "--batch", "8")
        self.assertEqual(done.code, 3)
        self.assertIn("does not fit: the leanest of", done.out)

    def test_nothing_divides(self):
        self.refused("models", "fit", "llama-3.1-70b", "--devices", "7xh100-sxm", "--batch", "1",
                     says="no layout of llama-3.1-70b on 7 devices divides")


SERVE = ["models", "serve", "llama-3.1-8b", "--devices", "1xh100-sxm"]

TABLES = {
    "dense.csv": "layer,tokens,time_us\n" + "".join(
        f"{layer},1,{us}\n{layer},1024,{us * 40}\n" for layer, us in
        (("embedding", 2), ("layernorm", 2), ("qkv_proj", 12), ("rotary_emb", 2), ("o_proj", 9),
         ("gate_up_proj", 50), ("act_fn", 2), ("down_proj", 26), ("final_layernorm", 2))),
    "per_sequence.csv": "layer,sequences,time_us\nlm_head,1,400\nlm_head,64,450\n"
                        "sampler,1,25\nsampler,64,60\n",
    "attention.csv": "prefill_chunk,prefill_key,n_decode,kv_decode,time_us\n0,0,1,512,8\n"
                     "0,0,1,1024,10\n512,256,0,0,60\n1024,512,0,0,200\n",
}


class Serve(e2e.Case):
    def test_answer_first(self):
        done = self.good(*SERVE)
        self.assertRegex(done.out.splitlines()[0],
                         r"^llama-3\.1-8b on 1 h100-sxm: a prompt of 512 tokens in [\d.]+ ms \([\d.]+ "
                         r"ms to [\d.]+ ms\), then [\d.]+ ms \(.* ms\) a token, [\d.]+ tokens/s\.$")
        for part in ("matrix products", "attention of prompts", "attention of decoding",
                     "logits and sampling", "host, before and after", "weights", "blocks"):
            self.assertIn("\n" + part, done.out)
        self.assertEqual(self.good(*SERVE).out, done.out)

    def test_parts_add_up(self):
        told = self.good(*SERVE, "--batch", "8", "--context", "2000", "--json").json()
        self.assertAlmostEqual(sum(told["prefill"].values()), told["prefill_s"], places=9)
        self.assertAlmostEqual(sum(told["decode"].values()), told["decode_s"], places=7)
        self.assertAlmostEqual(told["tokens_per_s"], 8 / told["decode_s"])
        # 7.5 B numbers are read for each token, at 85 % of 3.35 TB/s.
        self.assertAlmostEqual(told["decode"]["matrices_s"] / (6.98e9 * 2 / (.85 * 3.35e12)), 1,
                               delta=.15)
        memory = told["memory"]
        left = (memory["usable_bytes"] - memory["weights_bytes"] - memory["activations_bytes"] -
                memory["runtime_bytes"])
        self.assertEqual(memory["blocks"], left // memory["block_bytes"])
        self.assertEqual(memory["sequences"], memory["blocks"] // 125)

    def test_long_prompts_are_cut(self):
        told = self.good(*SERVE, "--prompt", "10000", "--batch", "3", "--json").json()
        self.assertEqual(told["prefill_steps"], 4)

    def test_degrees(self):
        serve = ["models", "serve", "llama-3.1-70b", "--json"]
        one = self.good(*serve, "--devices", "4xh100-sxm").json()
        two = self.good(*serve, "--devices", "8xh100-sxm", "--tp", "4").json()
        self.assertEqual((one["tp"], one["replicas"], two["replicas"]), (4, 1, 2))
        self.assertEqual(one["decode_s"], two["decode_s"])
        self.assertAlmostEqual(two["tokens_per_s"], 2 * one["tokens_per_s"])
        staged = self.good(*serve, "--devices", "4xh100-sxm", "--pp", "2").json()
        self.assertEqual(staged["tp"], 2)
        self.assertGreater(staged["decode"]["sends_s"], 0)

    def test_lighter_numbers_are_faster(self):
        wide = self.good(*SERVE, "--json").json()
        for change in (["--weights", "fp8"], ["--weights", "int8"], ["--weights", "int4"]):
            light = self.good(*SERVE, *change, "--json").json()
            self.assertLess(light["decode_s"], wide["decode_s"])
            self.assertGreater(light["memory"]["blocks"], wide["memory"]["blocks"])
        light = self.good(*SERVE, "--kv", "fp8", "--json").json()
        self.assertEqual(light["memory"]["block_bytes"], wide["memory"]["block_bytes"] / 2)

    def test_every_number_has_a_source(self):
        told = self.good(*SERVE, "--explain-model", "--json").json()
        self.assertGreater(len(told["numbers"]), 10)
        for number in told["numbers"]:
            self.assertTrue(number["source"], number)
        self.assertIn("Splitwise", told["band_source"])
        self.assertIn("\nmemory bandwidth", self.good(*SERVE, "--explain-model").out)
        guess = self.good("models", "serve", "llama-3.1-8b", "--devices", "1xl40s").out
        self.assertIn("a guess: l40s has no measured steps", guess)

    def test_does_not_fit(self):
        done = self.run_tandem("models", "serve", "llama-3.1-70b", "--devices", "1xh100-sxm")
        self.assertEqual(done.code, 3)
        self.assertRegex(done.out, r"^llama-3\.1-70b on 1 h100-sxm does not fit: \d+\.\d GB of weights")
        done = self.run_tandem(*SERVE, "--context", "100000", "--utilization", "30")
        self.assertEqual(done.code, 3)
        self.assertIn("one sequence of 100000 tokens", done.out.replace("\n", " "))

    def test_tables(self):
        os.makedirs(os.path.join(self.folder, "mine"))
        for name, text in TABLES.items():
            self.write(os.path.join("mine", name), text)
        told = self.good(*SERVE, "--tables", "mine", "--json", "--explain-model").json()
        # 2 + 2 + 400 + 25, and 32 layers of 2 * 2 + 12 + 2 + 9 + 50 + 2 + 26 + 8.
        self.assertAlmostEqual(told["decode_s"], (429 + 32 * 113) * 1e-6, places=11)
        self.assertEqual(len(told["warnings"]), 1)
        host = self.good(*SERVE, "--tables", "mine", "--host", "1 ms", "--json").json()
        self.assertAlmostEqual(host["decode_s"], told["decode_s"] + 1e-3, places=11)
        self.write("mine/dense.csv", TABLES["dense.csv"].replace("o_proj,1,9", "o_proj,1,x"))
        self.refused(*SERVE, "--tables", "mine", says=r"mine/dense.csv:10:10: time_us is 'x'")

    def test_wrong(self):
        for words, says in [
                (["--tp", "3"], "1 devices are not a whole number of replicas of --tp 3"),
                (["--context", "200000"], "--context 200000 is longer than the context"),
                (["--engine", "moderm"], "mean 'modern'"),
                (["--weights", "int5"], "unknown value 'int5'"),
                (["--tables", "none"], "none: there is neither dense.csv nor"),
                (["--host", "1"], "--host: expected a time"),
                (["--host", "1 ms"], "--host needs --tables"),
                (["--utilization", "0"], "from 1 to 100")]:
            with self.subTest(words=words):
                self.refused(*SERVE, *words, says=says)
        self.refused("models", "serve", "llama-3.1-8b", "--devices", "1xa100-sxm-80g", "--weights",
                     "fp8", says="no peak of a100-sxm-80g")


class OwnCatalog(e2e.Case):
    def test_adds_models_devices_and_fabrics(self):
        self.write("mine.yaml", TINY)
        self.assertIn("\ntiny ", self.good("models", "list", "--catalog", "mine.yaml").out)
        self.assertIn("\ntoy ", self.good("hardware", "list", "--catalog", "mine.yaml").out)
        self.assertIn("A string", self.good("hardware", "show", "string", "--catalog",
                                            "mine.yaml").out)
        told = self.good("models", "step", "tiny", "--devices", "4xtoy", "--batch", "8", "--tp", "2",
                         "--catalog", "mine.yaml", "--json").json()
        self.assertGreater(told["step_s"], 0)

    def test_may_have_measurements(self):
        self.write("mine.yaml", MEASURED)
        measured = self.good("hardware", "show", "desk", "--catalog", "mine.yaml",
                             "--json").json()["measured"]
        self.assertEqual([measured[key] for key in ("start_s", "load_s", "save_s", "stop_s")],
                         [2, 1, 0.5, 0.25])
        self.assertEqual(measured["steps"], [
            {"model": "llama-1m", "kind": "train", "tp": 1, "pp": 1, "dp": 2, "zero": 1, "batch": 8,
             "micro_batch": 2, "sequence": 64, "precision": "fp32", "recompute": "none",
             "seconds": 0.1, "evaluation_s": 0}])
        self.assertIn("1 steps; start 2 s", self.good("hardware", "show", "desk", "--catalog",
                                                      "mine.yaml").out)
        self.assertIsNone(self.good("hardware", "show", "h100-sxm", "--json").json()["measured"])
        self.write("scenario.yaml", ON_DESK)
        told = self.good("simulate", "scenario.yaml", "--json").json()
        self.assertEqual(told["scenario"]["step_time_band"],
                         {"desk": {"low": 1, "high": 1, "source": "measured"}})
        # Starts for 2 s; ten steps; a checkpoint.
        self.assertAlmostEqual(told["runs"][0]["makespan_s"], 2 + 10 * 0.1 + 0.5)

    def test_says_where_it_is_wrong(self):
        self.write("mine.yaml", TINY.replace("layers: 2", "layers: -2").replace("hidden", "hiden"))
        self.refused("models", "list", "--catalog", "mine.yaml", says="mine.yaml:2:", lines=3)


if __name__ == "__main__":
    e2e.main()
