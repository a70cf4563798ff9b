"""tandem compare, as people and CI use it."""

import csv
import io
import json
import os
import xml.etree.ElementTree as ElementTree

import e2e
import serving_test


class Compare(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", e2e.LAB)

    def simulate(self, folder, *arguments):
        self.good("simulate", "lab.yaml", "-q", "-o", folder, *arguments)

    def figures(self, document, policy=0):
        return {figure["name"]: figure for figure in document["policies"][policy]["figures"]}

    def compared(self, *arguments, code=0):
        done = self.run_tandem("compare", "--json", *arguments)
        self.assertEqual(done.code, code, done.err)
        document = done.json()
        self.assertEqual(document["exit_code"], code)
        return document

    def test_equal_results_pass(self):
        self.simulate("base", "--seeds", "1..6")
        self.simulate("head", "--seeds", "1..6")
        done = self.good("compare", "base", "head")
        self.assertTrue(done.out.startswith("PASSED: BASE and HEAD have equal figures.\n"))
        self.assertNotIn("!", done.out)
        for figure in self.figures(self.compared("base", "head")).values():
            self.assertIn(figure["verdict"], ("same", None))

    def test_a_smaller_cluster_fails(self):
        self.simulate("base", "--seeds", "1..6", "-p", "easy")
        self.simulate("head", "--seeds", "1..6", "-p", "easy", "--set",
                      "workload.jobs.0.generate.load=1.3")
        done = self.run_tandem("compare", "base", "head")
        self.assertEqual(done.code, 1)
        self.assertTrue(done.out.startswith("FAILED: "), done.out)
        self.assertIn("! the scenarios differ: lab (", done.out)
        document = self.compared("base", "head", "--fail-on", "wait.mean > +2 %", code=1)
        self.assertEqual(document["gates"][0]["outcome"], "fails")
        wait = self.figures(document)["wait.mean"]
        self.assertEqual((wait["verdict"], wait["resampled"], wait["units"]), ("worse", "runs", 6))
        self.assertLess(0.02, wait["relative"]["low"])
        self.assertLess(wait["relative"]["low"], wait["relative"]["value"])
        self.assertLess(wait["relative"]["value"], wait["relative"]["high"])
        self.compared("base", "head", "--fail-on", "wait.mean > +2000 days")

    def test_figures_are_those_of_the_results(self):
        self.simulate("base", "--seeds", "1..3")
        self.simulate("head", "--seeds", "1..3", "--set", "cluster.nodes.0.count=3")
        base = self.good("simulate", "lab.yaml", "--seeds", "1..3", "--json").json()
        document = self.run_tandem("compare", "--json", "base", "head").json()
        fifo = self.figures(document)
        mean = sum(run["wait_s"]["mean"] for run in base["runs"][:3]) / 3
        self.assertAlmostEqual(fifo["wait.mean"]["base"], mean, delta=1e-6 * mean)
        p95 = sum(run["wait_s"]["p95"] for run in base["runs"][:3]) / 3
        self.assertAlmostEqual(fifo["wait.p95"]["base"], p95, delta=1e-6 * p95)
        # From 61 jobs of three seeds each, stretches are drawn.
        self.assertEqual(fifo["wait.mean"]["resampled"], "stretches")
        self.assertEqual(fifo["utilization"]["resampled"], "runs")
        self.assertEqual(document["policies"][0]["jobs"]["common"], 183)

    def test_two_policies_of_one_result(self):
        self.simulate("out", "--seeds", "1..8")
        document = self.run_tandem("compare", "--json", "out:easy", "out:fifo").json()
        policy = document["policies"][0]
        self.assertEqual((policy["base"], policy["head"]), ("easy", "fifo"))
        self.assertIn("the policies differ", document["notes"][0])
        both = self.run_tandem("compare", "--json", "out", "out", "-p", "easy").json()
        self.assertEqual([one["base"] for one in both["policies"]], ["easy"])

    def test_places_that_are_results(self):
        self.simulate("out", "--seeds", "1,2")
        for place in ("out/", "out/result.json", "./out", "out/fifo-seed1", "out:fifo"):
            done = self.good("compare", place, "out")
            self.assertIn("PASSED", done.out, place)
        one = self.run_tandem("compare", "--json", "out/fifo-seed2", "out").json()
        self.assertEqual(one["policies"][0]["seeds"], [2])

    def test_without_tables_of_jobs(self):
        self.simulate("base")
        os.rename(self.path("base/result.json"), self.path("base.json"))
        document = self.run_tandem("compare", "--json", "base.json", "base.json").json()
        self.assertIsNone(document["policies"][0]["jobs"])
        self.assertEqual(document["verdict"], "passes")

    def test_services(self):
        self.write("serving.yaml", serving_test.SERVING)
        for folder, seconds in (("base", "10 s"), ("head", "300 s")):
            self.good("simulate", "serving.yaml", "-p", "fifo", "-q", "-o", folder, "--set",
                      f"workload.services.0.startup={seconds}")
        run = self.good("simulate", "serving.yaml", "-p", "fifo", "--json").json()["runs"][0]
        document = self.compared("base", "head", "--fail-on", "chat.ttft.p99 > +20 %", code=1)
        ttft = self.figures(document)["chat.ttft.p99"]
        self.assertAlmostEqual(ttft["base"] * 1000, run["services"]["chat"]["ttft_ms"]["p99"], 0)
        self.assertEqual((ttft["resampled"], ttft["units"], ttft["verdict"]),
                         ("stretches", 16, "worse"))
        self.compared("base", "head", "--fail-on", "chat.attainment < 1 %", code=4)

    def test_exports(self):
        self.simulate("base", "--seeds", "1..6", "-p", "easy")
        self.simulate("head", "--seeds", "1..6", "-p", "fifo")
        done = self.run_tandem("compare", "base", "head", "--fail-on", "wait.mean > +2 %",
                               "--fail-on", "jobs.failed > +0", "--export", "c.xml", "--export",
                               "c.md", "--export", "c.csv", "--export", "c.json")
        self.assertEqual(done.code, 1, done.err)
        root = ElementTree.parse(self.path("c.xml")).getroot()
        cases = root.findall(".//testcase")
        self.assertEqual([case.get("name") for case in cases],
                         ["wait.mean > +2 %", "jobs.failed > +0"])
        self.assertEqual([len(case.findall("failure")) for case in cases], [1, 0])
        self.assertTrue(self.read("c.md").startswith("**FAILED: wait.mean under easy -> fifo: +"))
        self.assertIn("<details>", self.read("c.md"))
        for text in (done.out, self.read("c.md")):
            self.assertIn("2 conditions are decided together (Holm)", " ".join(text.split()))
        told = json.loads(self.read("c.json"))
        self.assertEqual(told["decided_together"], 2)
        self.assertEqual([(gate["outcome"], gate["alone"]) for gate in told["gates"]],
                         [("fails", "fails"), ("passes", "passes")])
        rows = list(csv.DictReader(io.StringIO(self.read("c.csv"))))
        document = self.compared("base", "head", "--fail-on", "wait.mean > +2 %", code=1)
        self.assertEqual(float(rows[0]["base"]), document["policies"][0]["figures"][0]["base"])

    def test_equal_input_gives_equal_bytes(self):
        self.simulate("base", "--seeds", "1,2")
        self.simulate("head", "--seeds", "1,2", "--set", "cluster.nodes.0.count=3")
        outs = {self.run_tandem("compare", "base", "head", "--json").out for _ in range(3)}
        self.assertEqual(len(outs), 1)

    def test_wrong_input(self):
        self.simulate("out", "-p", "fifo")
        self.write("empty/x", "")
        self.write("bad.json", '{"schema": "tandem.result/2"}')
        self.write("cut.json", '{"schema": ')
        for arguments, says in [
                (["out"], "HEAD is missing"),
                (["out", "none"], "none: there is no such folder or file"),
                (["out", "empty"], "empty: there is no result.json here"),
                (["out", "bad.json"], "bad.json: schema 'tandem.result/2' is not"),
                (["out", "cut.json"], "cut.json: this is no JSON"),
                (["out", "out:esay"], "no run of 'esay' here"),
                (["out", "out", "--fail-on", "jtc.mean > +2 %"],
                 r"--fail-on:1:1: unknown figure 'jtc.mean' \(did you mean 'jct.mean'\?\)"),
                (["out", "out", "--fail-on", "jct.mean > +2 sce"], "--fail-on:1:15: unknown unit"),
                (["out", "out", "--fail-on", "jct.mean > 2 %"], "a change carries its sign"),
                (["out", "out", "--min-effect", "two"], "--min-effect:1:1: expected a number"),
                (["out", "out", "--min-effect", "3 s"], "for all figures it is a share"),
                (["out", "out", "--min-effect", "wiat.mean=3 s"], "unknown figure 'wiat.mean'"),
                (["out", "out", "--min-effect", "wait.mean=3 kWh"], "cannot be measured"),
                (["out", "out", "--confidence", "105 %"], "more than 50 % and less than 100 %"),
                (["out", "out", "--export", "x.html"], "supported are .json, .csv, .md and .xml")]:
            with self.subTest(arguments=arguments):
                self.refused("compare", *arguments, says=says)

    def test_jobs_of_another_run_are_refused(self):
        self.simulate("out", "-p", "fifo")
        self.simulate("other", "-p", "fifo", "--set", "cluster.nodes.0.count=3")
        os.replace(self.path("other/fifo-seed1/jobs.csv"), self.path("out/fifo-seed1/jobs.csv"))
        self.refused("compare", "out", "out", says="these are not the jobs of result.json")


if __name__ == "__main__":
    e2e.main()
