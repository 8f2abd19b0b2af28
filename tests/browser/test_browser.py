"""Runs the tests of this folder that drive a browser (*.test.mjs, Node)."""
import os
import pathlib
import subprocess

import pytest

FOLDER = pathlib.Path(__file__).parent


@pytest.mark.parametrize(
    "file", ["founder", "members", "listings", "profile"])
def test_in_browser(sites, file):
    ran = subprocess.run(
        ["node", "--test", f"{file}.test.mjs"], cwd=FOLDER, timeout=600,
        env={**os.environ, "MISSIOND_SITES": sites},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert ran.returncode == 0, ran.stdout
