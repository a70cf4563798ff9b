"""Equal input, equal output: only `engine` may differ between two runs."""

import os

import e2e


class Determinism(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", e2e.LAB)

    def written(self, folder, *options, scenario=e2e.SMALL):
        self.good("simulate", scenario, "--seeds", "1,2", "-o", folder, "-q", *options)
        return {os.path.relpath(name, folder): self.read(name) for name in self.files(folder)
                if not name.endswith("result.json")}

    def test_again_and_in_any_order(self):
        first = self.written("one", "-j", "1")
        self.assertEqual(len(first), 5 * 2 * 3)  # Journal, jobs.csv, requests.csv.
        self.assertEqual(self.written("two", "-j", "2"), first)
        self.assertEqual(self.written("all", "-j", "0"), first)

    def test_json(self):
        results = []
        for parallel in ("1", "2", "1"):
            document = self.good("simulate", e2e.SMALL, "--seeds", "1..3", "-j", parallel,
                                 "--json", "-q").json()
            results.append(e2e.without_engine(document))
        self.assertEqual(results[0], results[1])
        self.assertEqual(results[0], results[2])

    def test_only_engine_differs_in_the_text(self):
        texts = []
        for _ in range(2):
            lines = self.good("simulate", "lab.yaml", "--json", "-q").out.splitlines()
            start = [i for i, line in enumerate(lines) if '"engine"' in line]
            texts.append([line for i, line in enumerate(lines)
                          if not any(s < i <= s + 5 for s in start)])
        self.assertEqual(texts[0], texts[1])

    def test_seeds_matter_and_policies_share_arrivals(self):
        first = self.written("one", scenario="lab.yaml")
        self.assertNotEqual(first["fifo-seed1/jobs.csv"], first["fifo-seed2/jobs.csv"])

        def arrivals(name):
            rows = first[name].splitlines()[1:]
            return sorted(tuple(row.split(",")[i] for i in (0, 1, 2, 6)) for row in rows)
        self.assertEqual(arrivals("fifo-seed1/jobs.csv"), arrivals("easy-seed1/jobs.csv"))

    def test_other_seeds_do_not_matter(self):
        alone = self.good("simulate", "lab.yaml", "--seeds", "7", "--json", "-q").json()
        among = self.good("simulate", "lab.yaml", "--seeds", "5..8", "--json", "-q").json()
        self.assertEqual(
            e2e.without_engine(alone)["runs"],
            [run for run in e2e.without_engine(among)["runs"] if run["seed"] == 7])

    def test_the_folder_does_not_matter(self):
        self.write("here/t.csv", e2e.NATIVE + "a,0,2,10\n")
        self.write("there/t.csv", e2e.NATIVE + "a,0,2,10\n")
        results = [e2e.without_engine(self.good(
            "simulate", "--trace", "t.csv", "--devices", "4", "--json", "-q",
            cwd=self.path(folder)).json()) for folder in ("here", "there")]
        self.assertEqual(results[0], results[1])


if __name__ == "__main__":
    e2e.main()
