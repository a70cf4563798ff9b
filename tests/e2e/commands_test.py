"""Every command but simulate, as people and as programs use it."""

import shutil
import subprocess

import e2e

COMMANDS = ["simulate", "slices", "saturation", "compare", "check", "plan", "sweep", "cache", "run", "run-batch", "serve",
            "ps", "submit", "cancel", "logs", "calibrate", "bench-serve", "token", "validate-run", "init", "report", "trace",
            "validate", "explain", "replay", "policies", "hardware", "models", "schema", "doctor",
            "completion", "version"]


class Help(e2e.Case):
    def test_tandem_alone_explains_itself(self):
        done = self.run_tandem()
        self.assertEqual(done.code, 2)
        for command in COMMANDS:
            self.assertIn(f"\n  {command} ", done.out)
        self.assertIn("Exit codes: 0 done", done.out)
        self.assertIn("tandem init lab.yaml && tandem simulate lab.yaml", done.out)
        self.assertEqual(done.out, self.good("--help").out)

    def test_every_command_has_help(self):
        for command in COMMANDS:
            out = self.good(command, "--help").out
            self.assertIn(f"Usage: tandem {command}", out)
            self.assertNotRegex(out, "TEXT|UINT")
            self.assertEqual(out, self.good(command, "-h").out)
        for command in ("import", "fit", "generate", "export"):
            out = self.good("trace", command, "--help").out
            self.assertIn(f"Usage: tandem trace {command}", out)
            self.assertNotRegex(out, "TEXT|UINT")
        self.assertIn("Usage: tandem policies show", self.good("policies", "show", "--help").out)

    def test_version(self):
        text = self.good("version").out
        self.assertRegex(text, r"^tandem \d+\.\d+\.\d+\n$")
        self.assertEqual(self.good("--version").out, text)
        self.assertEqual(self.good("version", "--json").json()["version"], text.split()[1])


class Beginnings(e2e.Case):
    def test_init(self):
        example = self.good("init").out
        self.assertIn("tandem: 1", example)
        self.assertIn("Wrote lab.yaml", self.good("init", "lab.yaml").out)
        self.assertEqual(self.read("lab.yaml"), example)
        self.write("lab.yaml", "mine")
        self.refused("init", "lab.yaml", says="lab.yaml: exists already; --force replaces it")
        self.assertEqual(self.read("lab.yaml"), "mine")
        self.assertEqual(self.good("init", "lab.yaml", "--force", "--json").json(),
                         {"file": "lab.yaml"})
        self.assertEqual(self.read("lab.yaml"), example)
        self.assertEqual(self.files(), ["lab.yaml"])

    def test_the_example_is_valid(self):
        self.good("init", "lab.yaml")
        self.assertIn("lab.yaml is valid: ", self.good("validate", "lab.yaml").out)
        told = self.good("validate", "lab.yaml", "--json").json()
        self.assertTrue(told["valid"])
        self.assertEqual(told["devices"], 192)
        self.assertEqual(told["infeasible"], 0)
        self.assertEqual(len(told["policies"]), 4)

    def test_schema(self):
        schema = self.good("schema").json()
        self.assertEqual(schema["type"], "object")
        self.assertLessEqual({"tandem", "cluster", "workload", "policies"},
                             set(schema["properties"]))


class Lists(e2e.Case):
    def listed(self, group):
        text = self.good(group, "list").out
        self.assertEqual(self.good(group).out, text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        items = self.good(group, "list", "--json").json()
        for item in items:
            self.assertIn("\n" + item["name"] + " ", text)
        return items

    def test_policies(self):
        for part in self.listed("policies"):
            self.assertIn(part["summary"].split()[0], self.good("policies", "show",
                                                                part["name"]).out)
        shown = self.good("policies", "show", "priority-aging", "--json").json()
        self.assertEqual({p["name"] for p in shown[0]["parameters"]}, {"max_age", "weight"})
        text = self.good("policies", "show", "easy").out
        self.assertIn("Lifka", text)
        self.assertIn("fifo+easy", text)

    def test_hardware(self):
        names = [device["name"] for device in self.listed("hardware")]
        self.assertIn("h100-sxm", names)
        shown = self.good("hardware", "show", "h100-sxm", "--json").json()
        self.assertEqual(shown["peak_bf16"], 989.5e12)
        self.assertTrue(shown["sources"])
        self.assertIn("989.5 T/s", self.good("hardware", "show", "h100-sxm").out)

    def test_doctor(self):
        self.assertIn("Everything that is needed works", self.good("doctor").out)
        told = self.good("doctor", "--json").json()
        self.assertTrue(told["healthy"])
        self.assertIn("simulator", [check["check"] for check in told["checks"]])


class Runs(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", e2e.LAB)
        self.good("simulate", "lab.yaml", "--seeds", "1,2", "-o", "out", "-q")

    def test_explain(self):
        text = self.good("explain", "out", "wide").out
        self.assertEqual(text.count("Under "), 4)
        self.assertIn("wide of red was submitted at 1.00 h (3600 s) and asked for 8 devices.", text)
        self.assertIn("it started on ", text)
        one = self.good("explain", "out", "wide", "-p", "easy").out
        self.assertEqual(one.count("Under easy, seed "), 2)
        self.assertNotIn("Under fifo", one)
        alone = self.good("explain", "out/easy-seed2/journal", "wide").out
        self.assertIn(alone, one)

    def test_explain_json(self):
        told = self.good("explain", "out", "wide", "--json").json()
        self.assertEqual([(item["policy"], item["seed"]) for item in told],
                         [("easy", 1), ("easy", 2), ("fifo", 1), ("fifo", 2)])
        for item in told:
            self.assertEqual(item["job"]["job"], "wide")
            self.assertEqual(item["job"]["devices"], 8)
            self.assertEqual(item["job"]["submit_s"], 3600)

    def test_replay(self):
        lines = self.good("replay", "out").out.splitlines()
        self.assertEqual(len(lines), 4)
        for line in lines:
            self.assertRegex(line, "/journal: the same 61 actions again, in [0-9]+ steps$")
        self.assertEqual(len(self.good("replay", "out/fifo-seed1").out.splitlines()), 1)
        told = self.good("replay", "out", "--json").json()
        self.assertEqual([item["same"] for item in told], [True] * 4)
        self.assertEqual([item["actions"] for item in told], [61] * 4)


class Completion(e2e.Case):
    def completed(self, *words):
        script = self.good("completion", "bash").out
        line = " ".join(f"'{word}'" for word in words)
        script += f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _tandem\n"
        script += "printf '%s\\n' \"${COMPREPLY[@]}\"\n"
        done = subprocess.run(["bash", "--norc", "-c", script], cwd=self.folder, check=True,
                              stdout=subprocess.PIPE, timeout=60)
        return done.stdout.decode().splitlines()

    def test_bash(self):
        self.write("completion", self.good("completion", "bash").out)
        subprocess.run(["bash", "-n", "completion"], cwd=self.folder, check=True, timeout=60)
        self.write("my lab.yaml", "")
        self.assertEqual(self.completed("tandem", "sim"), ["simulate"])
        self.assertEqual(self.completed("tandem", "simulate", "--po"),
                         ["--policy", "--policy-plugin"])
        self.assertEqual(self.completed("tandem", "simulate", "my"), ["my lab.yaml"])
        self.assertEqual(self.completed("tandem", "policies", "sh"), ["show"])
        self.assertEqual(self.completed("tandem", "completion", "z"), ["zsh"])
        self.assertEqual(set(self.completed("tandem", "")), set(COMMANDS))
        self.assertEqual(self.completed("tandem", "init", "--h"), ["--help"])

    def test_zsh_and_fish(self):
        for shell in ("zsh", "fish"):
            text = self.good("completion", shell).out
            self.assertIn("simulate", text)
            self.assertIn("policy", text)
            if shutil.which(shell):
                subprocess.run([shell, "-n"], input=text.encode(), check=True, timeout=60)


if __name__ == "__main__":
    e2e.main()
