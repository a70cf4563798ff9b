"""tandem check: our own suite, planted regressions, unrelated changes, and baselines."""

import os
import re
import shlex
import shutil
import xml.etree.ElementTree as ElementTree

import e2e
import planted

SUITES = os.path.join(planted.ROOT, "tests", "suites")

# Plug-ins by their policy's name, drawn over 6 seeds, and over stretches of 1.
SUITE = """\
suite: 1
name: planted
policies: [shortest]
seeds: {seeds}
fail_on: ["wait.mean > +2 %", "jct.mean > +2 %"]
cases: [{{ scenario: busy.yaml }}]
"""


class Ours(e2e.Case):
    def test_our_policies_are_what_they_were(self):
        done = self.good("check", os.path.join(SUITES, "ours.yaml"), "-q")
        self.assertTrue(done.out.startswith("PASSED: our policies, all 2 cases.\n"), done.out)
        cases = self.good("check", os.path.join(SUITES, "ours.yaml"), "-q", "--json").json()["cases"]
        gates = sum(len(case["gates"]) for case in cases)
        self.assertEqual([case["decided_together"] for case in cases], [gates, gates])

    def test_commands_of_the_page_about_ci_work(self):
        with open(os.path.join(planted.ROOT, "docs", "ci.md"), encoding="utf-8") as file:
            commands = re.findall(r"build/release/tandem (check .*)", file.read())
        self.assertEqual(len(commands), 2)
        for command in commands:
            words = [os.path.join(planted.ROOT, word) if word.startswith("tests/") else word
                     for word in shlex.split(command)]
            self.good(*words, "-q")
            self.assertEqual(self.files(), ["check.md", "check.xml"])
            self.assertTrue(self.read("check.md").startswith("**PASSED: our policies"))

    def test_one_case(self):
        done = self.good("check", os.path.join(SUITES, "ours.yaml"), "-q", "--case", "half",
                         "--json")
        document = done.json()
        self.assertEqual([case["case"] for case in document["cases"]], ["half"])
        self.assertEqual(document["schema"], "tandem.check/1")
        self.assertEqual(len(document["cases"][0]["gates"]), 6)


class Planted(e2e.Case):
    def setUp(self):
        super().setUp()
        shutil.copy(os.path.join(SUITES, "busy.yaml"), self.folder)
        self.base = self.version("base", planted.other_ties(2654435761))

    def version(self, name, *changes, **options):
        return planted.build(self.folder, name, *changes, **options)

    def check(self, plugin, *arguments):
        return self.run_tandem("check", "suite.yaml", "-q", "--policy-plugin", plugin, *arguments)

    def suite(self, seeds):
        self.write("suite.yaml", SUITE.format(seeds=seeds))
        done = self.check(self.base, "--update")
        self.assertEqual((done.code, done.out),
                         (0, "Wrote the baselines of 1 case to suite.baseline\n"), done.err)

    def test_a_regression_is_caught(self):
        for seeds in ("1..6", "1"):
            self.suite(seeds)
            worse = self.version("worse", planted.other_ties(2654435761), planted.FORGETS)
            done = self.check(worse, "--export", "check.xml", "--export", "check.md")
            self.assertEqual(done.code, 1, done.out + done.err)
            self.assertTrue(done.out.startswith("FAILED: 1 of 1 cases fails; busy: FAILED: "))
            root = ElementTree.parse(self.path("check.xml")).getroot()
            self.assertEqual(len(root.findall(".//testcase")), 2)
            self.assertGreaterEqual(len(root.findall(".//failure")), 1)
            self.assertTrue(self.read("check.md").startswith("**FAILED: "))

    def test_an_unrelated_change_is_not(self):
        self.suite("1..6")
        again = self.version("again", planted.other_ties(2654435761), flags=("-O2", "-DX"))
        done = self.check(again)
        self.assertEqual(done.code, 0, done.out)
        self.assertIn("BASE and HEAD have equal figures", done.out)

    def test_other_decisions_that_are_as_good_raise_no_alarm(self):
        # A small version of tests/bench/false_alarms.py.
        other = self.version("other", planted.other_ties(2246822519))
        worse = self.version("worse", planted.other_ties(2654435761), planted.FORGETS)
        for repetition in range(5):
            first = 1 + 12 * repetition
            self.suite(f"{first}..{first + 11}")
            self.assertNotEqual(self.check(other).code, 1, f"seeds from {first}")
            self.assertEqual(self.check(worse).code, 1, f"seeds from {first}")

    def test_baselines_are_small_and_equal_for_equal_runs(self):
        self.suite("1..6")
        self.assertEqual(self.files("suite.baseline"),
                         ["suite.baseline/busy/result.json.zst"])
        self.assertLess(os.path.getsize(self.path("suite.baseline/busy/result.json.zst")), 20_000)
        with open(self.path("suite.baseline/busy/result.json.zst"), "rb") as file:
            before = file.read()
        self.suite("1..6")
        with open(self.path("suite.baseline/busy/result.json.zst"), "rb") as file:
            self.assertEqual(file.read(), before)
        self.suite("1")
        self.assertEqual(self.files("suite.baseline"),
                         ["suite.baseline/busy/result.json.zst",
                          "suite.baseline/busy/shortest-seed1/jobs.csv.zst"])

    def test_missing_and_outdated_baselines(self):
        self.write("suite.yaml", SUITE.format(seeds="1"))
        plugin = ("--policy-plugin", self.base, "-q")
        self.refused("check", "suite.yaml", *plugin, says="case 'busy' has no baseline; 'tandem check")
        self.suite("1")
        self.write("suite.yaml", SUITE.format(seeds="1,2"))
        self.refused("check", "suite.yaml", *plugin, says="no run of shortest with seed 2; ")
        self.write("suite.yaml", SUITE.format(seeds="1"))
        self.write("busy.yaml", self.read("busy.yaml").replace("count: 600", "count: 601"))
        self.refused("check", "suite.yaml", *plugin, says="is of another scenario .*--update")

    def test_nothing_is_written_if_a_run_breaks(self):
        self.suite("1")
        self.write("suite.yaml", SUITE.format(seeds="1").replace(
            "[shortest]", "['broken:fault=throw']"))
        before = self.files()
        broken = os.path.join(self.build, "tests", "examples", "broken_plugin.so")
        done = self.check(broken, "--update")
        self.assertEqual(done.code, 5, done.err)
        self.assertEqual(self.files(), before)

    def test_wrong_suites(self):
        plugin = ("--policy-plugin", self.base, "-q")
        good = SUITE.format(seeds="1")
        self.write("suite.yaml", good.replace("cases:", "csaes:"))
        self.refused("check", "suite.yaml", *plugin, lines=2,
                     says=r"'csaes' \(did you mean 'cases'\?\)")
        for text, says in [
                ("", "suite.yaml"),
                (good.replace("suite: 1", "suite: 2"), "suite.yaml:1:8: "),
                (good.replace("[shortest]", "[shortets]"), "suite.yaml:3:12: .*shortets"),
                (good.replace("seeds: 1", "seeds: x"), "suite.yaml:4:8: expected a list"),
                (good.replace("wait.mean > +2 %", "wait.mean = 2"), "suite.yaml:5:22: expected >"),
                (good.replace("busy.yaml", "bsuy.yaml"), "bsuy.yaml: there is no such file"),
                (good.replace("{ scenario", "{ name: a/b, scenario"), "cannot name a folder"),
                (good + "confidence: 20 %\n", "suite.yaml:7:13: a confidence is more than")]:
            self.write("suite.yaml", text)
            with self.subTest(says=says):
                self.refused("check", "suite.yaml", *plugin, says=says)
        self.write("suite.yaml", good)
        self.refused("check", "none.yaml", says="none.yaml: there is no such file")
        self.refused("check", "suite.yaml", *plugin, "--case", "buys",
                     says=r"unknown case 'buys' \(did you mean 'busy'\?\)")
        self.suite("1")
        self.write("suite.yaml", good.replace("jct.mean", "jtc.mean"))
        self.refused("check", "suite.yaml", *plugin, says="suite.yaml:5:32: unknown figure 'jtc.mean'")


if __name__ == "__main__":
    e2e.main()
