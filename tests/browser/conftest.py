"""A daemon as an operator starts it, with two communities, for the browser."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("MISSIOND_BUILD", ROOT / "build"))

COMMUNITIES = {
    "toulouse": {"name": "Toulouse entraide", "language": "fr",
                 "joining": "open"},
    "guild": {"name": "The Guild", "language": "en",
              "joining": "invitation"},
}

TENANT = """\
slug: {slug}
name: {name}
description: "We began in a courtyard, with a list on the wall."
domains: [{slug}.localhost]
founder:
  name: Camille Roux
  email: founder@{slug}.example
  organisation: The Client
joining: {joining}
reading: public
language: {language}
languages: [en, fr]
currency: EUR
"""

HOST = """\
paths:
  data: {folder}/data
  run: {folder}/run
  share: {folder}/share
  tenants: {folder}/tenants.d
  acme: {folder}/acme
workers: 2
listen:
  http: ["127.0.0.1:{port}"]
mail:
  directory: {folder}/mails
  from: noreply@example.org
"""

# The daemon has accounts of its own only where it is installed; a test started
# by root lends it this one.
AS_USER = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] \
    if os.getuid() == 0 else []


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def prepare(folder, port):
    """What an installation has, below one folder."""
    for name in ("data", "run", "acme", "mails", "tenants.d", "bin"):
        (folder / name).mkdir()
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild",
                    "--quiet", "--destdir", folder / "installed"], check=True)
    share = next((folder / "installed").rglob("share/missiond"))
    share.rename(folder / "share")
    for program in ("missiond", "missionctl"):
        shutil.copy(BUILD / program, folder / "bin")
    (folder / "missiond.yaml").write_text(
        HOST.format(folder=folder, port=port))
    for slug, values in COMMUNITIES.items():
        (folder / "tenants.d" / f"{slug}.yaml").write_text(
            TENANT.format(slug=slug, **values))
    if AS_USER:
        subprocess.run(["chown", "-R", "nobody:nogroup", folder], check=True)


def control(folder, *arguments):
    return subprocess.run(
        [*AS_USER, folder / "bin/missionctl", "--socket",
         folder / "run/control.sock", "--tenants", folder / "tenants.d",
         *arguments], capture_output=True, text=True, timeout=60)


def wait_for(what, ready, seconds=60):
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until, f"no {what} after {seconds} s"
        time.sleep(0.2)


@pytest.fixture(scope="session")
def sites():
    """MISSIOND_SITES of site.mjs, of a daemon that runs."""
    # Not pytest's own folders: they are closed to every other account.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="missiond-browser-"))
    port = free_port()
    prepare(folder, port)
    with open(folder / "log", "w") as log:
        daemon = subprocess.Popen(
            [*AS_USER, folder / "bin/missiond", "--foreground", "--config",
             folder / "missiond.yaml"], stderr=log, stdout=log)
    try:
        wait_for("control socket",
                 lambda: control(folder, "status").returncode == 0)
        applied = control(folder, "apply")
        assert applied.returncode == 0, applied.stdout + applied.stderr
        wait_for("claim mails", lambda: len(
            list((folder / "mails").glob("*.eml"))) == len(COMMUNITIES))
        yield json.dumps({
            slug: {"origin": f"http://{slug}.localhost:{port}",
                   "mails": str(folder / "mails"),
                   "founder": f"founder@{slug}.example"}
            for slug in COMMUNITIES})
        assert daemon.poll() is None, (folder / "log").read_text()
    finally:
        daemon.terminate()
        daemon.wait(timeout=30)
        print((folder / "log").read_text())
        shutil.rmtree(folder)
    assert daemon.returncode == 0
