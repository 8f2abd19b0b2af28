"""What `meson install` puts where, as a package for Debian would have it:
prefix /usr, settings in /etc."""
import pathlib
import re
import shutil
import stat
import subprocess

import pytest

from harness import PREFIX

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Every file that is no template, asset or step of the schema.
PATHS = """
/etc/missiond/missiond.yaml
/etc/missiond/tenants.d/example.yaml.sample
/usr/bin/missionctl
/usr/lib/systemd/system/missiond.service
/usr/lib/sysusers.d/missiond.conf
/usr/lib/tmpfiles.d/missiond.conf
/usr/sbin/missiond
/usr/share/doc/missiond/examples/example.yaml.sample
/usr/share/doc/missiond/examples/haproxy.cfg.sample
/usr/share/doc/missiond/examples/missiond.yaml
/usr/share/doc/missiond/examples/nginx.conf.sample
/usr/share/man/man1/missionctl.1
/usr/share/man/man5/missiond.yaml.5
/usr/share/man/man5/tenant.yaml.5
/usr/share/man/man8/missiond.8
/usr/share/missiond/openapi.yaml
/usr/share/missiond/schema/bootstrap.sql
/usr/share/missiond/schema/data-map.yaml
/usr/share/missiond/texts/fr.mo
""".split()
MANY = {
    "/usr/share/missiond/schema/control/": ("schema/control", ".sql"),
    "/usr/share/missiond/schema/tenant/": ("schema/tenant", ".sql"),
    "/usr/share/missiond/templates/look/assets/": ("tenants/look/assets", ""),
}
TEMPLATES = "/usr/share/missiond/templates/"


@pytest.fixture(scope="module")
def packaged(tmp_path_factory):
    """The folder that stands for / in a package."""
    folder = tmp_path_factory.mktemp("package")
    build = folder / "build"
    done = subprocess.run(
        ["meson", "setup", build, ROOT, "--prefix=/usr", "--sysconfdir=/etc", "--buildtype=release",
         "-Dwerror=false", "-Dtests=disabled"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    # As installed by what was built already: only where things go is asked.
    for program in ("missiond", "missionctl"):
        shutil.copy(next(PREFIX.glob(f"*bin/{program}")), build / program)
    subprocess.run(["ninja", "-C", build, "daemon/text/compile/fr.mo"], check=True, capture_output=True)
    root = folder / "root"
    done = subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", root],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def files_of(root):
    return {"/" + str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_everything_is_where_debian_expects_it(packaged):
    found = files_of(packaged)
    expected = set(PATHS)
    for folder, (source, ending) in MANY.items():
        names = [path.name for path in (ROOT / source).iterdir() if path.name.endswith(ending)]
        assert names
        expected |= {folder + name for name in names}
    expected |= {TEMPLATES + str(path.relative_to(ROOT / "tenants"))
                 for ending in ("html", "txt") for path in (ROOT / "tenants").rglob(f"*.{ending}")}
    assert found == expected


def test_programs_run_and_the_rest_is_read(packaged):
    for path in files_of(packaged):
        mode = stat.S_IMODE((packaged / path[1:]).stat().st_mode)
        assert mode == (0o755 if path.startswith(("/usr/bin/", "/usr/sbin/")) else 0o644), path


def test_the_unit_starts_what_is_installed(packaged):
    unit = (packaged / "usr/lib/systemd/system/missiond.service").read_text()
    assert re.search(r"(?m)^ExecStart=/usr/sbin/missiond\b", unit)


def test_what_a_host_wrote_outlives_an_install(packaged):
    settings = packaged / "etc/missiond/missiond.yaml"
    written = settings.read_text() + "# ours\n"
    settings.write_text(written)
    subprocess.run(["meson", "install", "-C", packaged.parent / "build", "--no-rebuild", "--destdir", packaged],
                   check=True, capture_output=True)
    assert settings.read_text() == written
