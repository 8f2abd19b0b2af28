"""Copies every feature's templates (*.html, *.txt) below SHARE/templates.

Called by meson when installing; the argument is relative to the prefix.
"""
import os
import pathlib
import shutil
import sys

source = pathlib.Path(__file__).resolve().parent
prefix = pathlib.Path(os.environ["MESON_INSTALL_DESTDIR_PREFIX"])
target = prefix / sys.argv[1] / "templates"
for template in sorted(source.glob("*/*.html")) + sorted(source.glob("*/*.txt")):
    folder = target / template.parent.name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, folder / template.name)
