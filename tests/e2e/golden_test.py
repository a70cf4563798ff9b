"""Whole runs against what they came to before: see tests/scenario/README.md."""

import json
import os
import re

import e2e

SCENARIOS = os.path.join(e2e.HERE, "..", "scenario")


class Golden(e2e.Case):
    def compare(self, name, seeds="1"):
        scenario = os.path.join(SCENARIOS, name + ".yaml")
        table = self.good("simulate", scenario, "--seeds", seeds, "-o", "out").out
        made = {"table.txt": table.replace("\nResults: out\n", "")}
        for file in self.files("out"):
            text = self.read(file)
            if file.endswith("result.json"):
                text = json.dumps(e2e.without_engine(json.loads(text)), indent=1) + "\n"
            made[os.path.relpath(file, "out").replace("/", ".")] = re.sub(
                r"(?m)^build .*\n", "", text)
        folder = os.path.join(SCENARIOS, name)
        if os.environ.get("UPDATE_GOLDEN") == "1":
            os.makedirs(folder, exist_ok=True)
            for file in os.listdir(folder):
                os.remove(os.path.join(folder, file))
            for file, text in made.items():
                with open(os.path.join(folder, file), "w", encoding="utf-8") as out:
                    out.write(text)
        self.assertEqual(sorted(os.listdir(folder)), sorted(made))
        for file, text in made.items():
            with self.subTest(file=file), open(os.path.join(folder, file),
                                               encoding="utf-8") as golden:
                self.assertEqual(text, golden.read(), "UPDATE_GOLDEN=1 accepts the new text")
        self.good("replay", "out")

    def test_backfill(self):
        self.compare("backfill")

    def test_pipelines(self):
        self.compare("pipelines")

    def test_trouble(self):
        self.compare("trouble")

    def test_random(self):
        self.compare("random", "1,2")


if __name__ == "__main__":
    e2e.main()
