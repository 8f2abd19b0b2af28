#!/usr/bin/python3
"""What the project agreed on for its tree: the top level, no file that the
build or the tests would leave behind, no unfinished marks, functions and files
of a size one can read."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOP = {"daemon", "tenants", "schema", "etc", "docs", "tests", "meson.build",
       "meson_options.txt", "README.md"}
FUNCTION_LINES = 100
FILE_LINES = 900
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

files = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True,
                       capture_output=True, text=True).stdout.split("\n")
bad = 0


def problem(text):
    global bad
    print(text)
    bad += 1


for name in filter(None, files):
    top = name.split("/")[0]
    if top not in TOP and not top.startswith("."):
        problem(f"{name}: not in the agreed top level")
    path = ROOT / name
    if path.suffix not in {".c", ".h"} or not path.exists():
        continue
    lines = path.read_text().split("\n")
    if len(lines) > FILE_LINES and not name.startswith("tests/"):
        problem(f"{name}: {len(lines)} lines, expected at most {FILE_LINES}")
    start = None
    for number, line in enumerate(lines, 1):
        if MARKS.search(line):
            problem(f"{name}:{number}: unfinished by its own word")
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            if number - start - 1 > FUNCTION_LINES and not name.startswith("tests/"):
                problem(f"{name}:{start}: a function of {number - start - 1} lines")
            start = None
print(f"{bad} problems")
sys.exit(1 if bad else 0)
