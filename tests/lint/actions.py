#!/usr/bin/python3
"""Every action of the audit list has its words, and no words are left over.

Compares `.action = "…"` in the sources of the features with the table in
tenants/audit/actions.c. tenants/lifecycle writes the host's own audit log,
which no community reads.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "tenants/audit/actions.c"


def main():
    words = set(re.findall(r'\{"([a-z-]+\.[a-z-]+)", N_\(',
                           TABLE.read_text(encoding="utf-8")))
    used = {}
    for path in sorted((ROOT / "tenants").rglob("*.c")):
        if path.parent.name == "lifecycle":
            continue
        for action in re.findall(r'\.action = "([^"]*)"',
                                 path.read_text(encoding="utf-8")):
            used[action] = path.relative_to(ROOT)
    if not words or not used:
        sys.exit("nothing was found at all: the extraction is broken")
    problems = [f"{used[action]}: {action} has no words in "
                f"{TABLE.relative_to(ROOT)}" for action in used.keys() - words]
    problems += [f"{TABLE.relative_to(ROOT)}: {action} is used nowhere"
                 for action in words - used.keys()]
    print("\n".join(sorted(problems + [f"{len(used)} actions"])))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
