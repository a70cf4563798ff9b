"""Policies in shared libraries: loaded, compared, checked, and caught when they break a rule."""

import os

import e2e


class Plugins(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", e2e.LAB)

    def plugin(self, name):
        return os.path.join(self.build, "tests", "examples", f"{name}_plugin.so")

    def test_its_policy_is_compared_with_the_others(self):
        document = self.good("simulate", "lab.yaml", "--json", "--policy-plugin",
                             self.plugin("shortest"), "-p", "shortest,sjf").json()
        shortest, sjf = document["runs"]
        self.assertEqual(shortest["policy"], "shortest")
        self.assertEqual(shortest["wait_s"], sjf["wait_s"])
        self.assertEqual(shortest["jobs"], sjf["jobs"])

    def test_without_p_it_is_added_to_those_of_the_scenario(self):
        document = self.good("simulate", "lab.yaml", "--json", "--policy-plugin",
                             self.plugin("shortest")).json()
        self.assertEqual([run["policy"] for run in document["runs"]], ["fifo", "easy", "shortest"])

    def test_its_parameters_are_described_and_checked(self):
        out = self.good("policies", "show", "shortest", "--policy-plugin",
                        self.plugin("shortest")).out
        self.assertIn("longest", out)
        self.assertIn("Strict shortest job first", out)
        done = self.run_tandem("simulate", "lab.yaml", "--policy-plugin", self.plugin("shortest"),
                               "-p", "shortest:longest=short")
        self.assertEqual(done.code, 2)
        self.assertIn("policy 'shortest' refuses its parameters: short", done.err)

    def test_its_journal_replays(self):
        self.good("simulate", "lab.yaml", "--policy-plugin", self.plugin("shortest"), "-p",
                  "shortest", "-o", "out", "--quiet")
        self.good("replay", "out", "--policy-plugin", self.plugin("shortest"))
        self.assertEqual(self.run_tandem("replay", "out").code, 2)

    def test_check_passes_a_lawful_policy(self):
        done = self.good("policies", "check", self.plugin("shortest"), "--workloads", "50")
        self.assertIn("kept every law in 50 random workloads", done.out)

    def test_check_names_what_is_broken(self):
        done = self.run_tandem("policies", "check", self.plugin("broken"), "--workloads", "50")
        self.assertEqual(done.code, 1)
        self.assertIn("progress: ", done.out)

    def test_rules_that_are_broken_end_the_run(self):
        for fault, rule in (("throw", "plugin-must-not-throw"), ("twice", "gang-whole"),
                            ("unknown", "known-job")):
            done = self.run_tandem("simulate", "lab.yaml", "--policy-plugin",
                                   self.plugin("broken"), "-p", f"broken:fault={fault}")
            self.assertEqual(done.code, 5, fault)
            self.assertIn(rule, done.err)

    def test_what_is_no_plugin_is_an_input_error(self):
        self.write("text.so", "no library")
        with open("/proc/self/maps", encoding="utf-8") as maps:
            libc = next(line.split()[-1] for line in maps if "/libc.so" in line)
        for file, why in ((self.plugin("outdated"), "made for version 99 of the policy interface"),
                          ("nowhere.so", "there is no such file"),
                          ("text.so", "cannot load text.so"),
                          (libc, "it exports no function 'tandem_policy'")):
            done = self.run_tandem("simulate", "lab.yaml", "--policy-plugin", file)
            self.assertEqual(done.code, 2, file)
            self.assertIn(why, done.err)


if __name__ == "__main__":
    e2e.main()
