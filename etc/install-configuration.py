"""Puts missiond.yaml and the sample of a community's file where missiond looks
for them, but never over what a host has written there.

Called by meson when installing; the argument is the folder without DESTDIR.
"""
import os
import pathlib
import shutil
import sys

source = pathlib.Path(__file__).resolve().parent
folder = pathlib.Path(os.environ.get("DESTDIR", "") + sys.argv[1])
tenants = folder / "tenants.d"
tenants.mkdir(parents=True, exist_ok=True)
if not (folder / "missiond.yaml").exists():
    shutil.copyfile(source / "missiond.yaml", folder / "missiond.yaml")
shutil.copyfile(source / "tenants.d" / "example.yaml.sample", tenants / "example.yaml.sample")
