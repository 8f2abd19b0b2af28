#!/usr/bin/python3
"""Every function that a header offers is called.

    tests/lint/unused.py BUILD

The functions are those that the objects of missiond and missionctl in a build
folder define for others (nm). Each must stand somewhere else than where it is
declared and defined: in daemon/, tenants/ or schema/, or in the tests, which
also take things down and look inside.
"""
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ["libmissiond-core.a.p", "missiond.p", "missionctl.p"]
CALLED_BY_C = {"main"}


def functions(build):
    objects = sorted(path for program in PROGRAMS for path in (build / program).glob("*.c.o"))
    for line in subprocess.run(["nm", "--format=posix", "--print-file-name", *objects], check=True,
                               capture_output=True, text=True).stdout.splitlines():
        path, name, kind = line.split()[:3]
        if kind == "T":
            yield name, pathlib.Path(path.removesuffix(":")).name.removesuffix(".o")


def words(pattern):
    found = collections.Counter()
    for folder in ("daemon", "tenants", "schema", "tests"):
        for path in ROOT.glob(f"{folder}/**/{pattern}"):
            text = re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", " ", path.read_text(), flags=re.S)
            found.update(re.findall(r"[A-Za-z_]\w+", text))
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split("\n\n")[1].strip())
    defined = dict(functions(pathlib.Path(sys.argv[1])))
    if len(defined) < 500:
        sys.exit(f"{sys.argv[1]}: few objects: is it built?")
    sources, headers = words("*.c"), words("*.h")
    unused = sorted((source, name) for name, source in defined.items()
                    if name not in CALLED_BY_C and sources[name] <= 1 and headers[name] <= 1)
    for source, name in unused:
        print(f"{source}: {name}() is called by nobody")
    print(f"{len(defined)} functions, {len(unused)} problems")
    return 1 if unused else 0


if __name__ == "__main__":
    sys.exit(main())
