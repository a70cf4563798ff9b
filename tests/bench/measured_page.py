"""What scripts share that really run something and write a page about it: a folder for the runs, which is
left if somebody wants it, and where the page goes.
"""

import shutil
import tempfile
from pathlib import Path


def add_options(parser):
    parser.add_argument("build")
    parser.add_argument("-o", "--output", help="the page; absent: standard output")
    parser.add_argument("--keep", help="a folder that is left, with all runs")


def write_page(arguments, measure):
    """`measure` is given the folder, and returns the page's text."""
    folder = Path(arguments.keep or tempfile.mkdtemp(prefix="tandem-measured-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        told = measure(folder)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder)
    if arguments.output:
        Path(arguments.output).write_text(told, encoding="utf-8")
    else:
        print(told)
