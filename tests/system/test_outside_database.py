"""An outside MariaDB, as the host's guide says: bootstrap-sql is piped into it
once (twice does no harm), then missiond works with it and starts none."""
import contextlib
import http.client
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

from harness import free_port


running = {}


def run(folder, *network):
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            ["mariadbd", "--no-defaults", "--user=root", f"--datadir={folder}/data",
             f"--socket={folder}/server.sock", *(network or ["--skip-networking"]),
             "--transaction-isolation=READ-COMMITTED"], stdout=log, stderr=log)
    running.setdefault(folder, []).append(process)
    end = time.monotonic() + 60
    while sql(folder, "SELECT 1", check=False).returncode != 0:
        assert time.monotonic() < end, (folder / "log").read_text()[-2000:]
        time.sleep(0.1)
    return process


@pytest.fixture
def server():
    """A MariaDB with a Unix socket, root over that socket, and no anonymous
    account; its folder."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="missiond-outside-"))
    folder.chmod(0o755)
    subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={folder}/data",
                    "--auth-root-authentication-method=normal", "--skip-test-db", "--user=root"],
                   check=True, capture_output=True)
    run(folder)
    try:
        sql(folder, "DELETE FROM mysql.global_priv WHERE User = ''; FLUSH PRIVILEGES")
        yield folder
    finally:
        # The test may have killed it and started another.
        for process in running.pop(folder):
            process.terminate()
            process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def sql(folder, text, check=True):
    return subprocess.run(["mariadb", "--no-defaults", "-S", folder / "server.sock", "-u", "root", "-N"],
                          input=text, text=True, capture_output=True, check=check)


def prepare(missiond, server):
    """What the host's guide says; the passwords by account."""
    missiond.configuration.write_text(missiond.settings())
    printed = subprocess.run([missiond.program, "--config", missiond.configuration, "bootstrap-sql"],
                             check=True, capture_output=True, text=True).stdout
    sql(server, printed)
    return dict(re.findall(r"ALTER USER (\w+)@'%' IDENTIFIED BY '(\w+)'", printed))


# No job but those that are asked for here.
def outside(server):
    return f"database:\n  private_server: false\n  socket: {server}/server.sock\n  schemas_ahead: 0\n"


def test_missiond_works_with_a_server_that_bootstrap_sql_prepared(own, server):
    missiond = own(outside(server))
    for _ in range(2):
        passwords = prepare(missiond, server)
    missiond.start().provision()
    assert missiond.process_of("mariadbd") is None
    schemas = sql(server, "SHOW DATABASES LIKE 'community%'").stdout.split()
    assert len(schemas) == 2
    # Nobody but root and the locked definer may make accounts.
    makers = sql(server, "SELECT DISTINCT GRANTEE FROM information_schema.USER_PRIVILEGES "
                         "WHERE PRIVILEGE_TYPE = 'CREATE USER'").stdout
    assert "'missiond_definer'@'localhost'" in makers
    assert "steward" not in makers and "registry" not in makers and "community" not in makers
    assert missiond.claim("guild")
    # Schemas of others are none of the steward's business, whatever their name
    # begins with; one that is named as a community's is.
    for name, allowed in (("community_news", False), ("community", False), ("community" + "x" * 25, False),
                          ("community" + "x" * 27, False), ("community" + "x" * 26, True)):
        sql(server, f"CREATE DATABASE IF NOT EXISTS {name}")
        done = subprocess.run(["mariadb", "--no-defaults", "-S", server / "server.sock", "-u", "missiond_steward",
                               f"-p{passwords['missiond_steward']}", "-e", f"CREATE TABLE {name}.t (a INT)"],
                              text=True, capture_output=True)
        assert (done.returncode == 0) == allowed, (name, done.stderr)
    drift = missiond.ctl("drift", check=False)
    assert "community" + "x" * 26 in drift.stdout and "community_news" not in drift.stdout
    assert missiond.stop() == 0


def certify(folder, name):
    """An authority's certificate and, by it, the server's; what mariadbd is
    told of them."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    (folder / "extensions").write_text("subjectAltName=IP:127.0.0.1")
    for arguments in (["req", "-x509", *key, "-keyout", f"{name}-ca.key", "-out", f"{name}-ca.pem", "-subj", f"/CN={name}"],
                      ["req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=database"],
                      ["x509", "-req", "-in", f"{name}.csr", "-CA", f"{name}-ca.pem", "-CAkey", f"{name}-ca.key",
                       "-CAcreateserial", "-extfile", "extensions", "-out", f"{name}.pem"]):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    return [f"--ssl-cert={folder}/{name}.pem", f"--ssl-key={folder}/{name}.key"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root sees which worker has a connection")
def test_an_authority_that_was_replaced_under_its_name_vouches_after_a_reload(own, server):
    """By another file, as tools do it: the processes are confined to what was
    there when they started."""
    port = free_port()
    network = [f"--port={port}", "--bind-address=127.0.0.1"]

    def restart(name):
        running[server][-1].terminate()
        running[server][-1].wait(60)
        run(server, *network, *certify(server, name))

    def replace(name):
        authority = server / "authority" / "ca.pem"
        authority.parent.mkdir(exist_ok=True)
        new = authority.with_name("new")
        shutil.copy(server / f"{name}-ca.pem", new)
        new.rename(authority)
        return authority

    restart("first")
    missiond = own(f"database:\n  private_server: false\n  address: 127.0.0.1\n  port: {port}\n"
                   f"  ca_file: {replace('first')}\n")
    prepare(missiond, server)
    missiond.start().provision()
    processes = {role: missiond.process_of(role) for role in ("worker-1", "worker-2", "steward", "courier")}
    restart("second")
    missiond.wait_until(lambda: missiond.get("toulouse", "/account").status == 503, 60, "nobody vouches for the server")
    replace("second")
    missiond.ctl("reload")
    answered = set()

    def both_answer():
        visitor = Visitor(missiond)
        with contextlib.closing(visitor.connection):
            if visitor.get("/")[0] == 200:
                answered.add(visitor.worker())
        return {"worker-1", "worker-2"} <= answered

    # Each tries again when its pause is over.
    missiond.wait_until(both_answer, 120, "both workers believe the server")
    missiond.wait_until(lambda: missiond.ctl("claim-link", "guild", check=False).returncode == 0, 120, "so does the steward")
    missiond.claim("guild")
    missiond.join("guild", "anna")
    assert missiond.mails("anna@example.org")
    assert {role: missiond.process_of(role) for role in processes} == processes
    # And a file that is none is not taken over.
    replace("second").write_text("no certificate")
    refused = missiond.ctl("reload", check=False)
    assert refused.returncode != 0 and "ca.pem" in refused.stderr, refused.stderr
    assert missiond.get("toulouse", "/").status == 200


class Visitor:
    """One connection kept open, so that one worker answers all of it."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=60)

    def get(self, path):
        self.connection.request("GET", path, headers={"Host": f"toulouse.localhost:{self.daemon.port}"})
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()

    def worker(self):
        """Which one: the only one with this connection's other end."""
        port = self.connection.sock.getsockname()[1]
        hexadecimal = f"{self.daemon.port:04X} 0100007F:{port:04X} "
        table = pathlib.Path("/proc/net/tcp").read_text()
        inode = next(line.split()[9] for line in table.splitlines() if hexadecimal in line)
        for role in ("worker-1", "worker-2"):
            for entry in pathlib.Path(f"/proc/{self.daemon.process_of(role)}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.readlink(entry) == f"socket:[{inode}]":
                        return role
        return None


def visitors_of_both_workers(daemon):
    visitors = {}
    opened = []

    def both():
        opened.append(Visitor(daemon))
        assert opened[-1].get("/")[0] == 200
        visitors.setdefault(opened[-1].worker(), opened[-1])
        return {"worker-1", "worker-2"} <= set(visitors)
    daemon.wait_until(both, 120, "both workers have answered")
    return [visitors["worker-1"], visitors["worker-2"]]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root sees which worker has a connection")
def test_two_machines_see_a_change_and_outlive_the_database(own, server):
    outside = f"database:\n  private_server: false\n  socket: {server}/server.sock\n"
    here, there = own(outside), own(outside)
    here.configuration.write_text(here.settings())
    printed = subprocess.run([here.program, "--config", here.configuration, "bootstrap-sql"],
                             check=True, capture_output=True, text=True).stdout
    sql(server, printed)
    # Machines of one host share its secret.
    there.data.mkdir()
    shutil.copy2(here.data / "secret", there.data / "secret")
    here.start().provision()
    there.start()
    there.wait_until(lambda: there.get("toulouse", "/").status == 200, 120, "the other answers")
    token = here.claim("toulouse")
    near, far = visitors_of_both_workers(here), visitors_of_both_workers(there)
    longest = 0
    for turn in range(5):
        name = f"Turn {turn}"
        here.api("toulouse", "PATCH", "/community", {"name": name}, token)
        changed = time.monotonic()
        # On the machine itself at once: the very next page of every worker.
        assert all(name in visitor.get("/")[1] for visitor in near)
        # On others within 1.1 s (epoch_sync.h), but for the machine's load.
        there.wait_until(lambda: all(name in visitor.get("/")[1] for visitor in far), 30, "the other follows")
        longest = max(longest, time.monotonic() - changed)
    print(f"seen by the other machine after {longest:.2f} s at most")

    # The database is killed: said once by each process, and they wait for it.
    process = running[server][-1]
    before = {daemon: len(daemon.events("database.away")) for daemon in (here, there)}
    process.send_signal(signal.SIGKILL)
    process.wait()
    running[server].remove(process)
    for daemon in (here, there):
        for _ in range(4):
            assert daemon.get("toulouse", "/listings").status in (200, 503)
        daemon.wait_until(lambda: daemon.get("toulouse", "/listings").status == 503, 120, "pages say 503")
    run(server)
    for daemon in (here, there):
        daemon.wait_until(lambda: daemon.get("toulouse", "/listings").status == 200, 120, "pages come again")
        said = daemon.events("database.away")[before[daemon]:]
        roles = [line.split(" role=")[1].split()[0] for line in said]
        assert roles and len(roles) == len(set(roles)), roles
    # Each worker finds out by itself; which one answers is chance.
    here.wait_until(lambda: here.api("toulouse", "POST", "/listings", {
        "kind": "offer", "category": "other", "title": "A bicycle", "body": "Words.",
        "exchange": "a coffee"}, token, check=False).status == 201, 120, "writes go on")
    assert here.stop() == 0 and there.stop() == 0


def test_a_steward_takes_over_from_its_predecessor_and_from_no_other_machine(own, server):
    database = outside(server)
    here = own(database)
    prepare(here, server)
    here.start().provision()
    there = own(database, files=())
    there.data.mkdir()
    shutil.copy(here.data / "secret", there.data / "secret")
    there.start()
    # A job that the steward here holds for longer than the test needs, as if it were at work; of the
    # other community than the one applied below, which would be waited for.
    sql(server, "UPDATE missiond_control.job SET state = 'running', finished_at = NULL, step = 0,"
                " claimed_until = UTC_TIMESTAMP(6) + INTERVAL 9 MINUTE WHERE community ="
                " (SELECT id FROM missiond_control.community WHERE slug = 'toulouse')")
    holder = sql(server, "SELECT claimed_by FROM missiond_control.job WHERE state = 'running'").stdout

    def restart(missiond):
        steward = missiond.process_of("steward")
        os.kill(steward, signal.SIGKILL)
        missiond.wait_until(lambda: missiond.process_of("steward") not in (None, steward), 120, "a new steward")
        missiond.wait_until(missiond.answers, 120, "it answers")

    restart(there)
    there.ctl("apply", here.tenants / "guild.yaml")
    assert sql(server, "SELECT claimed_by, claimed_until > UTC_TIMESTAMP(6) + INTERVAL 4 MINUTE"
                       " FROM missiond_control.job WHERE state = 'running'").stdout == holder.strip() + "\t1\n"
    # The same after a start of everything: the name stays. What is free again any steward may take, so only
    # this one is left.
    assert there.stop() == 0
    assert here.stop() == 0
    here.start()
    here.wait_until(lambda: sql(server, "SELECT COUNT(*) FROM missiond_control.job WHERE state <> 'done'"
                                ).stdout == "0\n", 120, "the job is taken over and done")
    assert sql(server, "SELECT DISTINCT claimed_by FROM missiond_control.job").stdout == holder


def test_a_lost_secret_is_not_replaced(own, server):
    missiond = own(outside(server), files=())
    prepare(missiond, server)
    missiond.start()
    assert missiond.stop() == 0
    kept = (missiond.data / "secret").read_bytes()
    (missiond.data / "secret").unlink()
    done = subprocess.run([missiond.program, "--config", missiond.configuration, "--foreground"],
                          text=True, capture_output=True, timeout=120)
    assert done.returncode != 0 and f"{missiond.data}/secret is missing" in done.stderr
    assert "restore it from the backup" in done.stderr and not (missiond.data / "secret").exists()
    (missiond.data / "secret").write_bytes(kept)
    (missiond.data / "secret").chmod(0o600)
    assert missiond.start().stop() == 0
