"""Versions of one policy, shortest job first, built from docs/examples/shortest_plugin.c with one line
changed: what a pull request does to a policy.
"""

import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCE = os.path.join(ROOT, "docs", "examples", "shortest_plugin.c")

TIES = "a.id < b.id"
ORDERED = "for (; place > 0 &&"

# Unrelated: which of two jobs with equal estimates goes first follows no order that anybody could
# prefer. Versions with different numbers decide differently and are equally good.
def other_ties(number):
    return {TIES: f"a.id * {number}u < b.id * {number}u"}


# A regression: every fourth job is not put where it belongs but behind all others.
FORGETS = {ORDERED: "for (; job.id % 4 != 0 && place > 0 &&"}


def build(folder, name, *changes, flags=("-O1",)):
    """Builds a version of the plug-in and returns its file."""
    with open(SOURCE, encoding="utf-8") as file:
        text = file.read()
    for change in changes:
        for old, new in change.items():
            assert text.count(old) == 1, f"'{old}' is not once in {SOURCE}"
            text = text.replace(old, new)
    source = os.path.join(folder, name + ".c")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    library = os.path.join(folder, name + ".so")
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", *flags, "-I", ROOT, source,
                    "-o", library], check=True)
    return library
