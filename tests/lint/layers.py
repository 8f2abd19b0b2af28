#!/usr/bin/python3
"""Who may include whom: the table of docs/architecture.md, checked for every
#include of the tree."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

LIBRARIES = {
    "openssl/": "openssl", "argon2.h": "argon2", "cmark.h": "cmark",
    "jansson.h": "jansson", "event2/": "libevent", "yaml.h": "yaml",
    "mysql.h": "mariadb", "mysql/": "mariadb", "mariadb_": "mariadb",
    "errmsg.h": "mariadb", "mysqld_error.h": "mariadb", "ma_": "mariadb",
    "http_parser.h": "http_parser", "curl/": "curl",
    "utf8proc.h": "utf8proc", "glib.h": "glib", "glib/": "glib",
}

# folder → what it may include beside itself and libc
RULES = {
    "daemon/base": set(),
    "daemon/crypto": {"base", "openssl", "argon2"},
    "daemon/text": {"base", "cmark", "jansson", "utf8proc", "glib"},
    "daemon/loop": {"base", "libevent"},
    "daemon/conf": {"base", "yaml"},
    "daemon/db": {"base", "loop", "mariadb"},
    "daemon/http": {"base", "crypto", "text", "loop", "conf", "libevent",
                    "openssl", "http_parser", "jansson"},
    "daemon/mail": {"base", "crypto", "text", "loop", "conf", "curl"},
    "daemon/ctl": {"base", "text", "curl", "http_parser", "jansson"},
    "schema": {"base", "db", "crypto"},
}
# tenants/*.c: the core; the layout's own look is part of it.
CORE = {"base", "crypto", "text", "conf", "loop", "db", "schema",
        "http public", "tenants", "look", "audit", "outbox"}
FEATURE = {"base", "crypto", "text", "db", "loop", "http public", "tenants",
           "feature", "jansson"}
# What features see of http.
HTTP_PUBLIC = {"request.h", "reply.h", "route.h", "form.h", "service.h",
               "template.h", "form_view.h", "body.h", "network.h",
               "event_stream.h"}
# The steward's part of the core.
LIFECYCLE = FEATURE | {"schema", "conf", "http public"}
SCRIPTS = {"schema", "tenants/lifecycle"}  # may use db/script.h, probe.h


def library_of(name):
    for prefix, library in LIBRARIES.items():
        if name.startswith(prefix):
            return library
    return None


def kind_of(name):
    """What a quoted include is called in the rules."""
    parts = name.split("/")
    if parts[0] == "http" and len(parts) == 2:
        return "http public" if parts[1] in HTTP_PUBLIC else "http"
    if parts[0] == "tenants":
        if len(parts) == 2:
            return "tenants"
        return parts[1]
    return parts[0]


def allowed(path):
    folder = str(path.parent.relative_to(ROOT))
    if folder in RULES:
        return folder, RULES[folder] | {folder.split("/")[-1]} | (
            {"http public"} if folder == "daemon/http" else set())
    if path.name == "features.c" and folder == "tenants":
        return folder, None  # the one table that joins all features
    if folder == "tenants":
        return folder, CORE
    if folder == "tenants/lifecycle":
        return folder, LIFECYCLE
    if folder.startswith("tenants/"):
        return folder, FEATURE
    return folder, None  # daemon/*.c: everything


def check(path):
    folder, may = allowed(path)
    problems = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        name = match.group(2)
        if match.group(1) == "<":
            what = library_of(name)
            if what is None:
                continue
        else:
            what = kind_of(name)
            if name in ("db/script.h", "db/probe.h") and folder not in SCRIPTS | {"daemon/db"}:
                problems.append((number, name))
                continue
        if may is None or what in may:
            continue
        if name.startswith("tenants/") and folder.startswith("tenants/"):
            # Another feature only through its public header, feature/feature.h
            # or a header it offers; its statements stay its own.
            other = name.split("/")[1]
            if "/" + other == "/" + folder.split("/")[1]:
                continue
            if "feature" in may and not name.endswith("statements.h"):
                continue
        problems.append((number, name))
    return problems


def main():
    bad = 0
    files = sorted(ROOT.glob("daemon/**/*.[ch]")) + \
        sorted(ROOT.glob("schema/**/*.[ch]")) + \
        sorted(ROOT.glob("tenants/**/*.[ch]"))
    for path in files:
        for number, name in check(path):
            print(f"{path.relative_to(ROOT)}:{number}: may not include {name}")
            bad += 1
        if path.suffix == ".c" and path.name != "main.c":
            own = path.with_suffix(".h")
            if own.exists():
                first = re.search(r'#\s*include\s*[<"]([^>"]+)[>"]', path.read_text())
                if first and not first.group(1).endswith(own.name):
                    print(f"{path.relative_to(ROOT)}: includes {first.group(1)} before its own header")
                    bad += 1
    print(f"{len(files)} files, {bad} problems")
    return 1 if bad else 0


sys.exit(main())
