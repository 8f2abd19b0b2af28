#!/usr/bin/python3
"""Runs the tests of this folder that drive a browser (*.test.mjs, Node) on a
real daemon with five communities. MISSIOND_PREFIX names the installation; with
arguments only the tests of those names are run ("listings"); SCREENSHOTS names
a folder for pictures of every page that was checked."""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "system"))

from harness import Missiond  # noqa: E402

TENANT = """\
slug: {slug}
name: {name}
description: "We began in a courtyard, with a list on the wall."
domains: [{slug}.localhost]
founder: {{name: Camille Roux, email: founder@{slug}.example}}
joining: {joining}
reading: public
language: {language}
languages: [en, fr]
"""

COMMUNITIES = {
    "toulouse": {"name": "Toulouse entraide", "language": "fr",
                 "joining": "open"},
    "guild": {"name": "The Guild", "language": "en",
              "joining": "invitation"},
    # Claimed and filled by their founders on the other two screens.
    "carmaux": {"name": "Carmaux entraide", "language": "fr",
                "joining": "open"},
    "harbour": {"name": "The Harbour", "language": "en",
                "joining": "invitation"},
    # Where nobody but the tests of events posts.
    "albi": {"name": "Albi entraide", "language": "fr",
             "joining": "open"},
}

# What is run at the same time: a test, and the communities it is told of. The
# founders come first: the others' pages look fuller then.
TURNS = [
    [("founder", ["toulouse", "carmaux"]), ("founder", ["guild", "harbour"]), ("events", ["albi"])],
    [("members", COMMUNITIES), ("listings", COMMUNITIES), ("profile", COMMUNITIES)],
]


def sites(missiond, slugs):
    """MISSIOND_SITES of site.mjs."""
    return {slug: {"origin": f"http://{slug}.localhost:{missiond.port}",
                   "mails": str(missiond.data / "mail"),
                   "founder": f"founder@{slug}.example"}
            for slug in slugs}


def run(missiond, name, slugs):
    """What a test prints, and whether it passed."""
    try:
        ran = subprocess.run(
            ["node", "--test", "--test-reporter=tap", f"{name}.test.mjs"],
            cwd=FOLDER, timeout=900, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "MISSIOND_SITES": json.dumps(sites(missiond, slugs))})
    except subprocess.TimeoutExpired as late:
        return f"{(late.stdout or b'').decode()}\nnot ok - {name} did not end\n# fail 1\n", False
    return ran.stdout.decode(), ran.returncode == 0


def run_turn(missiond, turn):
    with concurrent.futures.ThreadPoolExecutor(len(turn)) as pool:
        running = [(name, pool.submit(run, missiond, name, slugs)) for name, slugs in turn]
        for name, future in running:
            shown, passed = future.result()
            print(f"# {name}\n{shown}", end="", flush=True)
            yield passed


def main():
    missiond = Missiond(files=[
        (slug, TENANT.format(slug=slug, **values))
        for slug, values in COMMUNITIES.items()])
    failed = False
    try:
        missiond.start().provision()
        for turn in TURNS:
            turn = [entry for entry in turn if entry[0] in (sys.argv[1:] or entry)]
            if turn:
                failed = not all(list(run_turn(missiond, turn))) or failed
        status = missiond.stop()
        if status != 0:
            print(f"missiond ended with {status}:\n{missiond.log_text()}")
    finally:
        missiond.close()
    return 1 if failed or status != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
