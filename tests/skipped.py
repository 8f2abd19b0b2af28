"""Names the tests that a run of meson skipped, also those within a test program,
as "name: reason" lines. Its argument is what "meson test" printed, which says
where the log is."""
import json
import pathlib
import re
import sys


def skipped(test):
    words = (test.get("stdout") or "") + "\n" + (test.get("stderr") or "")
    name = test["name"].rsplit(" / ", 1)[-1]
    if test["result"] == "SKIP":
        lines = [line for line in words.splitlines() if line.strip()]
        yield f"{name}: {lines[-1] if lines else 'it does not say why'}"
        return
    # pytest's are written by tests/system/conftest.py.
    yield from re.findall(r"(?m)^skipped (.*)$", words)
    for inner in dict.fromkeys(re.findall(r"(?m)^\[  SKIPPED \] (\w+)$", words)):
        yield f"{name} {inner}: skip() in the test"


def main():
    said = re.search(r"(?m)^Full log written to (.*)\.txt$", pathlib.Path(sys.argv[1]).read_text())
    if said is None:
        sys.exit("tests/skipped.py: meson did not say where its log is")
    for line in pathlib.Path(said[1] + ".json").read_text().splitlines():
        for words in skipped(json.loads(line)):
            print(words)


main()
