"""The samples below etc/: each says what is true, commented lines included."""
import configparser
import os
import pathlib
import pwd
import re
import shutil
import subprocess

import pytest
import yaml

from harness import PREFIX

ROOT = pathlib.Path(__file__).resolve().parents[2]
ETC = ROOT / "etc"
ACCOUNTS = ["missiond", "missiond-steward", "missiond-courier", "missiond-database"]


def uncommented(text):
    """With every commented key in force: after its sign stands the key, or the
    spaces that it is set in by; a comment in words has one space."""
    return re.sub(r"(?m)^( *)#(?=\S| {2})", r"\1", text)


def keys(node):
    if isinstance(node, dict):
        for name, child in node.items():
            yield name
            yield from keys(child)
    elif isinstance(node, list):
        for child in node:
            yield from keys(child)


def manual_keys(page):
    text = (ROOT / "docs" / "man" / page).read_text()
    text = text[text.index("keys are:\n"):text.index("Beyond single keys")]
    return set(re.findall(r"(?m)^\.It Ic (\S+)$", text))


def certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-subj", "/CN=example.org", "-days", "2", "-keyout", folder / "example.org.key",
         "-out", folder / "example.org.pem"], check=True, capture_output=True)


def check(folder, text):
    """missiond --check, with the paths of this machine."""
    share = PREFIX / "share" / "missiond"
    text = re.sub(r"(?m)^paths:$", f"paths:\n  share: {share}", text)
    if "\npaths:" not in text:
        text += f"paths:\n  share: {share}\n"
    text = text.replace("/etc/missiond/tls", str(folder))
    (folder / "missiond.yaml").write_text(text)
    return subprocess.run([PREFIX / "sbin" / "missiond", "--check", "--config",
                           folder / "missiond.yaml"], capture_output=True, text=True)


def test_missiond_accepts_its_sample(tmp_path):
    done = check(tmp_path, (ETC / "missiond.yaml").read_text())
    assert done.returncode == 0, done.stderr
    assert "is good" in done.stdout


def test_missiond_accepts_what_its_sample_has_commented_out(tmp_path):
    certificate(tmp_path)
    text = uncommented((ETC / "missiond.yaml").read_text())
    done = check(tmp_path, text)
    assert done.returncode == 0, done.stderr
    # Nothing was left out, neither here nor there; share depends on the prefix.
    assert set(keys(yaml.safe_load(text))) == manual_keys("missiond.yaml.5") - {"share"} - {
        "users", "worker", "steward", "courier"}


def test_a_misspelt_key_in_the_sample_would_be_found(tmp_path):
    text = uncommented((ETC / "missiond.yaml").read_text()).replace("attempts:", "atempts:")
    certificate(tmp_path)
    done = check(tmp_path, text)
    assert done.returncode == 2
    assert 'did you mean "attempts"' in done.stderr


def test_the_steward_accepts_the_sample_of_a_community(site, tmp_path):
    sample = ETC / "tenants.d" / "example.yaml.sample"
    whole = tmp_path / "example.yaml"
    whole.write_text(uncommented(sample.read_text()))
    for file in (sample, whole):
        plan = site.ctl("plan", file, json_output=True)
        assert plan["creates"] == 1 and plan["errors"] == "", plan
    assert set(keys(yaml.safe_load(whole.read_text()))) == manual_keys("tenant.yaml.5")


def test_the_unit_starts_what_is_installed():
    unit = configparser.ConfigParser(strict=False, delimiters=["="], interpolation=None)
    unit.optionxform = str
    unit.read(PREFIX / "lib" / "systemd" / "system" / "missiond.service")
    start = pathlib.Path(unit["Service"]["ExecStart"])
    assert start.parts[-2:] == ("sbin", "missiond")
    # Long enough for requests in flight and for the database after them.
    assert unit["Service"]["KillMode"] == "mixed"
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here")
    if not start.exists():
        pytest.skip("installed below a DESTDIR")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", PREFIX / "lib" / "systemd" / "system" / "missiond.service"],
        capture_output=True, text=True)
    assert "missiond.service" not in done.stderr, done.stderr


def test_the_accounts_are_those_missiond_looks_for():
    conf = (ETC / "sysusers.d" / "missiond.conf").read_text()
    # The unit's supervisor has one of its own; started by root it stays root.
    supervisor = "missiond-supervisor"
    assert re.findall(r"(?m)^u +(\S+)", conf) == [supervisor, *ACCOUNTS]
    made = re.search(r"for name in ((?:[a-z-]+|\\\n|\s)+);", (ETC / "make-accounts").read_text())
    assert set(made[1].replace("\\", "").split()) == {supervisor, *ACCOUNTS}
    unit = (ETC / "systemd" / "missiond.service.in").read_text()
    assert re.findall(r"(?m)^(?:User|Group)=(\S+)$", unit) == [supervisor, supervisor]
    page = (ROOT / "docs" / "man" / "missiond.yaml.5").read_text()
    assert [name for name in re.findall(r"(?m)^\.Ql (missiond[a-z-]*) \.$", page)] == ACCOUNTS


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="no systemd here")
def test_systemd_understands_accounts_and_folders(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (tmp_path / "etc" / "group").write_text("root:x:0:\n")
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", ETC / "sysusers.d" / "missiond.conf"],
                   check=True, capture_output=True)
    made = (tmp_path / "etc" / "passwd").read_text()
    for name in ACCOUNTS:
        assert re.search(rf"(?m)^{name}:", made), name
    subprocess.run(["systemd-tmpfiles", "--create", f"--root={tmp_path}",
                    ETC / "tmpfiles.d" / "missiond.conf"], check=True, capture_output=True)
    for folder in ("run/missiond", "var/lib/missiond/acme"):
        assert (tmp_path / folder).stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None,
                    reason="only root can give capabilities up")
def test_missiond_runs_with_the_capabilities_of_its_unit(own, tmp_path):
    unit = (ETC / "systemd" / "missiond.service.in").read_text()
    names = re.search(r"(?m)^CapabilityBoundingSet=(.*)$", unit)[1].split()
    bounding = ",".join(["-all"] + ["+" + name.removeprefix("CAP_").lower() for name in names])
    missiond = own()
    wrapper = tmp_path / "missiond"
    wrapper.write_text("#!/bin/sh\nexec setpriv --no-new-privs --bounding-set=%s %s/sbin/missiond \"$@\"\n"
                       % (bounding, PREFIX))
    wrapper.chmod(0o755)
    missiond.program = wrapper
    missiond.start().provision()
    for role, account in zip(("worker-1", "steward", "courier", "mariadbd"), ACCOUNTS):
        status = pathlib.Path(f"/proc/{missiond.process_of(role)}/status").read_text()
        assert re.search(r"(?m)^Uid:\s+(\d+)", status)[1] == str(pwd.getpwnam(account).pw_uid)
        assert "NoNewPrivs:\t1" in status
    assert missiond.stop() == 0


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="no HAProxy here")
def test_haproxy_accepts_its_sample():
    subprocess.run(["haproxy", "-c", "-f", ETC / "haproxy.cfg.sample"], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx here")
def test_nginx_accepts_its_sample(tmp_path):
    certificate(tmp_path)
    text = (ETC / "nginx.conf.sample").read_text().replace("/etc/nginx/tls", str(tmp_path))
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n"
        + "".join(f"{kind}_temp_path {tmp_path}/{kind};\n"
                  for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        + f"{text}\n}}\n")
    done = subprocess.run(["nginx", "-t", "-c", tmp_path / "nginx.conf", "-e", tmp_path / "log"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
