#!/usr/bin/python3
"""Every statement stands in a table of statements.

The tests and attacks are generated from the tables; a `struct db_statement`
that is in none of them would go untested. Also, names are unique, and no
statement deletes a member without its root.
"""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["daemon", "tenants", "schema"]

DEFINITION = re.compile(
    r"^(static )?const struct db_statement (\w+) = \{(.*?)^\};", re.M | re.S)
TABLE = re.compile(
    r"const struct db_statement \*const (\w+)\[\] = \{(.*?)\};", re.S)
NAME = re.compile(r'\.name = "([^"]*)"')
COMMENT = re.compile(r"/\*.*?\*/", re.S)


def main():
    definitions, names, problems = {}, collections.Counter(), []
    listed = set()
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.c")):
            source = COMMENT.sub("", path.read_text(encoding="utf-8"))
            where = path.relative_to(ROOT)
            here = set()
            # Without its root a member's row is not all that is the member's.
            if re.search(r'"DELETE FROM member[ "]', source):
                problems.append(f"{where}: a member goes with its member_root")
            for _, body in TABLE.findall(source):
                here.update(re.findall(r"&(\w+)", body))
            listed |= here
            for static, name, body in DEFINITION.findall(source):
                definitions[(where, name)] = here if static else listed
                title = NAME.search(body)
                if title is None:
                    problems.append(f"{where}: {name} has no name")
                else:
                    names[title[1]] += 1
    for (where, name), tables in definitions.items():
        if name not in tables:
            problems.append(f"{where}: {name} is in no table of statements")
    problems += [f'the name "{name}" is used {count} times'
                 for name, count in names.items() if count > 1]
    if not definitions or not listed:
        problems.append("no statements found: has their form changed?")
    print(*problems, sep="\n")
    print(f"{len(definitions)} statements, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
