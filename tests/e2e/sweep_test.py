"""tandem sweep: one table of every combination, gone on with, in parts, and as a job array of a real Slurm."""

import os
import re
import signal
import time

import e2e
import slurm_cluster

MANY = e2e.LAB.replace("count: 60", "count: 3000")
GRID = ["--vary", "nodes.n=2..4", "--vary", "workload.jobs.0.generate.estimate=exact,round", "--policy",
        "fifo,easy", "--seeds", "1..2"]
ROWS = 3 * 2 * 2 * 2


class Sweep(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", e2e.LAB)

    def sweep(self, *words, **options):
        return self.good("sweep", "lab.yaml", *words, "-o", "out", "--json", **options).json()

    def table(self, folder="out"):
        with open(self.path(f"{folder}/sweep.parquet"), "rb") as file:
            return file.read()


class Tables(Sweep):
    def test_every_combination_has_a_row(self):
        told = self.sweep(*GRID)
        self.assertEqual(told["schema"], "tandem.sweep/1")
        self.assertEqual((told["rows"], told["from_cache"]), (ROWS, 0))
        self.assertEqual(told["columns"][:4], ["nodes.n", "workload.jobs.0.generate.estimate", "policy",
                                               "seed"])
        self.assertIn("wait_s_p95", told["columns"])
        self.assertEqual(told["columns"][-1], "error")

    def test_readers_of_parquet_agree_with_simulate(self):
        try:
            import pyarrow.parquet
        except ImportError:
            self.skipTest("needs pyarrow, which Debian does not package: pip install pyarrow")
        self.sweep(*GRID)
        table = pyarrow.parquet.read_table(self.path("out/sweep.parquet")).to_pylist()
        self.assertEqual(len(table), ROWS)
        for row in table[::5]:
            one = self.good("simulate", "lab.yaml", "--set", f"cluster.nodes.0.count={row['nodes.n']:.0f}",
                            "--set", "workload.jobs.0.generate.estimate=" +
                            row["workload.jobs.0.generate.estimate"], "--policy", row["policy"], "--seeds",
                            f"{row['seed']:.0f}", "--json", "-q").json()["runs"][0]
            self.assertEqual(row["wait_s_p95"], one["wait_s"]["p95"])
            self.assertEqual(row["jobs_completed"], one["jobs"]["completed"])
            self.assertIsNone(row["cost"])
            self.assertIsNone(row["error"])

    def test_it_goes_on(self):
        self.write("lab.yaml", MANY)
        process = self.start_tandem("sweep", "lab.yaml", *GRID, "-o", "out", "-j", "1")
        end = time.monotonic() + 120
        while len([name for name in self.files("out") if name.endswith(".result")]) < 3:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130)
        self.assertIn("the same command goes on", err.decode())
        self.assertNotIn("out/sweep.parquet", self.files("out"))
        self.assertGreaterEqual(self.sweep(*GRID)["from_cache"], 3)
        whole = self.table()
        self.assertEqual(self.sweep(*GRID, "--no-cache", "-j", "2")["from_cache"], 0)
        self.assertEqual(self.table(), whole)

    def test_parts(self):
        for part in ("1/3", "2/3", "3/3"):
            self.assertEqual(self.good("sweep", "lab.yaml", *GRID, "-o", "out", "--part", part).out, "")
        self.assertEqual(self.sweep(*GRID)["from_cache"], ROWS)

    def test_what_cannot_be_is_a_row_too(self):
        done = self.run_tandem("sweep", "lab.yaml", "--vary", "cluster.nodes.0.devices.count=4,0", "--policy",
                               "fifo", "-o", "out", "--json")
        self.assertEqual(done.code, 2)
        self.assertIn("out of range", done.err)
        self.assertEqual(done.json()["rows"], 2)

    def test_text(self):
        out = self.good("sweep", "lab.yaml", *GRID, "-o", "out", "-q").out
        self.assertRegex(out, r"^the mean wait is between .* with nodes.n=[234],")
        self.assertIn(f"Table: out/sweep.parquet, {ROWS} rows, 0 of them known before", out)

    def test_refused(self):
        for words, says in ((["--vary", "nodes.n=1..3"], "--output is missing"),
                            (["-o", "out", "--part", "4/3"], "--part: expected K/N"),
                            (["-o", "out", "--engine", "slrm"], "'slrm' .*did you mean 'slurm'"),
                            (["-o", "out", "--vary", "nodes.n=1..1000", "--vary",
                              "workload.rate=x1,x2", "--vary", "cluster.nodes.0.devices.count=1..100"],
                             "combinations are more than")):
            with self.subTest(words=words):
                done = self.run_tandem("sweep", "lab.yaml", *words)
                self.assertEqual(done.code, 2, done.err)
                self.assertRegex(done.err, says)

    def test_without_slurm(self):
        done = self.run_tandem("sweep", "lab.yaml", *GRID, "-o", "out", "--engine", "slurm",
                               env=e2e.environment(PATH="/nowhere"))
        self.assertEqual(done.code, 2)
        self.assertIn("--engine slurm needs sbatch", done.err)


class Slurm(Sweep):
    def setUp(self):
        super().setUp()
        why = slurm_cluster.missing()
        if why:
            self.skipTest(why)
        self.cluster = slurm_cluster.Cluster(os.path.join(self.folder, "slurm"))
        self.addCleanup(self.cluster.stop)
        self.cluster.start()
        self.env = e2e.environment(SLURM_CONF=self.cluster.conf)

    def marks(self):
        return [name for name in self.files("out") if "/parts/" in name]

    def test_the_array_gives_the_same_table(self):
        self.sweep(*GRID)
        local = self.table()
        told = self.good("sweep", "lab.yaml", *GRID, "-o", "array", "--engine", "slurm", "--chunk", "4",
                         "--json", env=self.env).json()
        self.assertEqual(told["from_cache"], ROWS, "all was simulated on the nodes")
        self.assertEqual(self.table("array"), local)
        logs = [name for name in self.files("array/slurm") if name.endswith(".log")]
        self.assertEqual(len(logs), ROWS // 4)

    def test_a_lost_node_costs_only_its_parts(self):
        self.write("lab.yaml", e2e.LAB.replace("count: 60", "count: 60000"))
        process = self.start_tandem("sweep", "lab.yaml", *GRID, "-o", "out", "--engine", "slurm", "--chunk",
                                    "3", "--json", env=self.env)
        end = time.monotonic() + 120
        while not self.marks():
            self.assertLess(time.monotonic(), end)
            self.assertIsNone(process.poll())
            time.sleep(0.05)
        self.cluster.lose_node("n2")
        out, err = process.communicate(timeout=280)
        self.assertEqual(process.returncode, 0, err.decode())
        self.assertRegex(err.decode(), r"lost or failed: [1-3] of 8 parts go to Slurm")
        self.assertEqual(len(self.marks()), 8)
        self.assertIn(f'"from_cache": {ROWS}', out.decode())

    def test_interrupted_and_gone_on_with(self):
        self.write("lab.yaml", e2e.LAB.replace("count: 60", "count: 60000"))
        words = ["sweep", "lab.yaml", *GRID, "-o", "out", "--engine", "slurm", "--chunk", "2", "--json"]
        process = self.start_tandem(*words, env=self.env)
        end = time.monotonic() + 120
        while not self.marks():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err.decode())
        done = len(self.marks())
        again = self.good(*words, env=self.env)
        left = int(re.search(r"(\d+) of 12 parts go to Slurm", again.err).group(1))
        self.assertLessEqual(left, 12 - done)
        self.assertEqual(again.json()["from_cache"], ROWS)


if __name__ == "__main__":
    e2e.main()
