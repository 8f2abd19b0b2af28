"""What each process may do, on the build that is shipped, and what a worker
that was taken over can and cannot reach (hostile.c)."""
import ctypes
import errno
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess

import pytest

from harness import PREFIX, free_port
from test_processes import status_of

HOSTILE = os.environ.get("HOSTILE_MISSIOND", "")
UNIT = PREFIX / "lib/systemd/system/missiond.service"
ROLES = ["worker-1", "steward", "courier", "mariadbd"]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts processes as others")


def fatal_attempts():
    if not HOSTILE:
        return []
    return subprocess.run([HOSTILE, "--list"], capture_output=True, text=True, check=True).stdout.splitlines()


def order(process, value):
    """A signal with a value, as sigqueue(3) sends it."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.sigqueue(process, signal.SIGUSR2, ctypes.c_void_p(value)) == 0, os.strerror(ctypes.get_errno())


@pytest.fixture(scope="module")
def taken_over():
    from harness import Missiond
    # A worker for each attempt that ends it: none waits for its successor.
    missiond = Missiond(f"workers: {len(fatal_attempts()) + 1}\n")
    missiond.program = pathlib.Path(HOSTILE)
    missiond.is_attacked = True
    os.environ.update(HOSTILE_SHARE=f"{PREFIX}/share/missiond", HOSTILE_DATA=str(missiond.data),
                      HOSTILE_DATABASE=f"{missiond.folder}/run/database/server.sock",
                      HOSTILE_FOLDER=str(missiond.folder))
    try:
        yield missiond.start().provision()
    finally:
        missiond.close()


def test_every_process_is_confined(taken_over):
    assert taken_over.events("confinement"), "said at the start"
    for role in ROLES:
        status = status_of(taken_over.process_of(role))
        for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert int(status[kind], 16) == 0, (role, kind)
        assert status["NoNewPrivs"] == "1", role
        assert status["Seccomp"] == "2", role
    supervisor = status_of(taken_over.process.pid)
    assert supervisor["NoNewPrivs"] == "1" and supervisor["Seccomp"] == "2"
    # chown, dac_override, kill, setgid, setuid
    assert int(supervisor["CapPrm"], 16) & ~0xe3 == 0
    # Not dumpable: /proc/PID belongs to root.
    for role in ("worker-1", "steward", "courier"):
        assert pathlib.Path(f"/proc/{taken_over.process_of(role)}/mem").stat().st_uid == 0, role


@pytest.mark.parametrize("name", fatal_attempts())
def test_a_system_call_of_no_use_to_a_worker_ends_it(taken_over, name):
    number = fatal_attempts().index(name) + 1
    worker = f"worker-{number + 1}"
    process = taken_over.process_of(worker)
    assert process, worker
    order(process, number)
    ended = lambda: [line for line in taken_over.events("process.ended") if f"process={worker} " in line]
    taken_over.wait_until(ended, 120, f"{worker} is ended")
    assert "killed by the system call filter" in ended()[0], ended()[0]
    assert f"hostile {name}:" not in taken_over.log_text()
    taken_over.wait_until(lambda: taken_over.process_of(worker) not in (None, process), 120, "another is there")


def test_a_worker_reads_no_file_of_ours_and_writes_nowhere(taken_over):
    order(taken_over.process_of("worker-1"), 0)
    taken_over.wait_until(lambda: "hostile files done" in taken_over.log_text(), 120, "the attempts end")
    found = {name: int(number) for name, number in
             re.findall(r"hostile ([^:\n]+): errno (\d+)", taken_over.log_text())}
    found.pop("files done")
    # Refused by Landlock (and by the owner of the file, where it is private;
    # /etc/passwd and missiond.yaml are everybody's to read).
    assert {name: value for name, value in found.items() if name.startswith("read ")} == {
        "read share": errno.EACCES, "read secret": errno.EACCES, "read passwd": errno.EACCES, "read mails": errno.EACCES,
        "read database": errno.EACCES, "read configuration": errno.EACCES,
        "read memory of the supervisor": errno.EACCES, "read own maps": errno.EACCES}
    # Refused by the system call filter.
    assert {name: value for name, value in found.items() if name.startswith("write ")} == {
        "write to /tmp": errno.EROFS, "write to data": errno.EROFS, "write to share": errno.EROFS}
    assert taken_over.get("toulouse", "/").status == 200


def sql_attempts(daemon):
    return [tuple(part.strip() for part in line.split("|"))
            for line in re.findall(r"hostile sql (.*)", daemon.log_text())]


def root_rows(daemon, sql):
    done = subprocess.run(["mariadb", "--no-defaults", "-N", "-B", "-S", daemon.folder / "run/database/server.sock"],
                          input=sql.encode(), capture_output=True, check=True, timeout=60)
    return done.stdout.splitlines()


def everything_but_rows(daemon):
    """Accounts, rights, tables, triggers, routines and the host's rows."""
    return root_rows(daemon, """
        SELECT * FROM mysql.global_priv ORDER BY User, Host;
        SELECT * FROM mysql.db ORDER BY User, Db;
        SELECT table_schema, table_name, column_name, column_type FROM information_schema.columns
            WHERE table_schema LIKE 'community%' OR table_schema LIKE 'missiond%' ORDER BY 1, 2, 3;
        SELECT trigger_schema, trigger_name, action_statement FROM information_schema.triggers ORDER BY 1, 2;
        SELECT routine_schema, routine_name, routine_definition FROM information_schema.routines ORDER BY 1, 2;
        SELECT schema_name FROM information_schema.schemata ORDER BY 1;
        SELECT * FROM missiond_control.community ORDER BY id;
        SELECT * FROM missiond_control.community_domain ORDER BY domain;
        SELECT * FROM missiond_control.host_audit ORDER BY 1;
        SELECT @@global.general_log, @@global.read_only, @@global.init_connect""")


def audit_of(daemon, slug):
    schema = daemon.ctl("show", slug, json_output=True)["schema"]
    return root_rows(daemon, f"SELECT sequence, id, at, actor, action, HEX(canonical) FROM {schema}.audit"
                             " WHERE action <> 'hostile' ORDER BY sequence")


def test_what_its_keys_open_and_what_the_database_refuses(taken_over):
    """Every attempt has its expected answer in hostile_sql.c."""
    for slug in ("guild", "toulouse"):
        taken_over.claim(slug)
    before = everything_but_rows(taken_over), audit_of(taken_over, "guild"), audit_of(taken_over, "toulouse")
    assert before[1] and before[2]
    order(taken_over.process_of("worker-1"), 1000)
    taken_over.wait_until(lambda: any(row[1] == "nobody" for row in sql_attempts(taken_over)), 120, "the attempts end")
    attempts = sql_attempts(taken_over)
    print(f"\n{'ACCOUNT':<10} {'ANSWER':<44} ATTEMPT")
    for who, attempt, got, expected in attempts:
        print(f"{who:<10} {got:<44} {attempt}{'' if got == expected else f'   EXPECTED {expected}'}")
    assert len(attempts) > 140
    assert [row for row in attempts if row[2] != row[3]] == []
    assert {who for who, *_ in attempts} == {"community", "registry", "log-in"}
    # And the server's word is true.
    assert (everything_but_rows(taken_over), audit_of(taken_over, "guild"), audit_of(taken_over, "toulouse")) == before
    assert not pathlib.Path("/tmp/hostile").exists()
    assert taken_over.get("toulouse", "/").status == 200


@pytest.mark.parametrize("role", ["supervisor", "worker-2", "steward", "courier", "mariadbd"])
def test_nothing_of_another_process_is_read(taken_over, role):
    process = taken_over.process.pid if role == "supervisor" else taken_over.process_of(role)
    before = taken_over.log_text().count("hostile process done")
    order(taken_over.process_of("worker-1"), 1000000 + process)
    taken_over.wait_until(lambda: taken_over.log_text().count("hostile process done") > before, 60, "the attempts end")
    found = re.findall(rf"hostile process {process} (\w+): errno (\d+)", taken_over.log_text())
    assert len(found) == 11
    # A symbolic link that leads out of reach is no file either.
    assert [entry for entry in found if int(entry[1]) != errno.EACCES] == []


def server_attempts(daemon):
    """What is tried in the private server, and whether it may. All of it is
    open to its account but for the rules of confine.c."""
    data, run, outside = daemon.data, daemon.folder / "run", daemon.folder / "outside"
    account = "missiond-database"
    for folder in (outside, data / "beside"):
        folder.mkdir()
        folder.chmod(0o777)
    (outside / "text").write_text("x")
    for folder in (data / "database", data / "temporary", run / "database", outside):
        shutil.copy("/bin/true", folder / "true")
        shutil.chown(folder / "true", account)
    (data / "bootstrap.sql").touch()
    return {
        **{f"{verb} {folder}/{name}": verb != "run" for verb, name in
           (("read", "true"), ("write", "new"), ("run", "true"))
           for folder in (data / "database", data / "temporary", run / "database")},
        f"read {data}/bootstrap.sql": True,
        "read /etc/passwd": True, "read /proc/self/maps": True, "read /usr/bin/true": True,
        "write /dev/null": True, "run /usr/bin/true": True, "run /bin/true": True,
        f"read {outside}/text": False, f"read {outside}": False, f"read {daemon.configuration}": False,
        f"read {daemon.tenants}/guild.yaml": False, "read /": False, "read /var": False, "read /tmp": False,
        f"write {outside}/new": False, f"write {data}/beside/new": False, "write /tmp/hostile-database": False,
        f"run {outside}/true": False,
        f"connect {daemon.port}": False, f"bind {free_port()}": False,
    }


@pytest.mark.parametrize("confinement", ["enforce", "off"])
def test_a_private_server_that_was_taken_over_has_its_own_folders_and_what_is_installed(own, confinement):
    """Without the rules all of it works: nothing else refused it."""
    daemon = own(f"security:\n  confinement: {confinement}\n").start()
    server = daemon.process_of("mariadbd")
    assert status_of(server)["Uid"].split()[0] == str(pwd.getpwnam("missiond-database").pw_uid)
    daemon.stop()
    attempts = server_attempts(daemon)
    # Where it may read, and other accounts too: into them it is loaded as well.
    module = daemon.folder / "run/database/hostile.so"
    shutil.copy(pathlib.Path(HOSTILE).parent / "hostile-database.so", module)
    daemon.environment = {"LD_PRELOAD": str(module), "HOSTILE_ATTEMPTS": "\n".join(attempts)}
    try:
        daemon.start()
    finally:
        pathlib.Path("/tmp/hostile-database").unlink(missing_ok=True)
    found = {line: int(number) for line, number in
             re.findall(r"hostile (.+): errno (\d+)", (daemon.data / "database.log").read_text())}
    # Kernels before Linux 6.7 have no rules for ports.
    if confinement == "off" or "ports=yes" not in daemon.events("confinement")[-1]:
        attempts.update({line: True for line in attempts if confinement == "off" or line.startswith(("connect", "bind"))})
    assert found == {line: 0 if allowed else errno.EACCES for line, allowed in attempts.items()}


def test_off_is_off_and_said(own):
    daemon = own("security:\n  confinement: off\n").start()
    assert daemon.events("confinement.off")
    worker = daemon.wait_until(lambda: daemon.process_of("worker-1"), 120, "a worker is there")
    assert status_of(worker)["Seccomp"] == "0"


# What each attempt finds when the filter only notes it: Landlock, capabilities
# and the floor of all processes (EPERM) still hold.
NOTED = {
    "execve": errno.EACCES, "fork": 0, "ptrace": errno.EPERM, "process_vm_readv": errno.EPERM, "kill": errno.EPERM,
    "internet socket": 0, "bind": 0, "new code": 0, "mount": errno.EPERM, "bpf": errno.EPERM,
    "userfaultfd": errno.EPERM, "setuid": errno.EPERM, "dumpable": 0, "unlink": errno.ENOENT}


def test_log_notes_what_enforce_ends(own):
    daemon = own("workers: 1\nsecurity:\n  confinement: log\n")
    daemon.program = pathlib.Path(HOSTILE)
    daemon.start().provision()
    worker = daemon.process_of("worker-1")
    assert "system_calls=log" in daemon.events("confinement")[0]
    assert status_of(worker)["Seccomp"] == "2"
    for number, name in enumerate(fatal_attempts(), 1):
        order(worker, number)
        daemon.wait_until(lambda n=name: f"hostile {n}:" in daemon.log_text(), 60, f"{name} is tried")
    found = {name: int(value) for name, value in re.findall(r"hostile ([^:\n]+): errno (\d+)", daemon.log_text())}
    assert found == NOTED
    assert daemon.process_of("worker-1") == worker and not daemon.events("process.ended")
    assert daemon.get("toulouse", "/").status == 200
    # "off" lets everything through, "enforce" ends each (above). Of many at once
    # the kernel leaves some out.
    again = fatal_attempts().index("internet socket") + 1

    def is_noted():
        order(worker, again)
        noted = subprocess.run(["dmesg"], capture_output=True, text=True).stdout
        return "type=1326" not in noted or re.search(rf"type=1326 .*pid={worker} ", noted)

    daemon.wait_until(is_noted, 60, "the kernel says so", pause=1)


def unit_words(key):
    return [word for line in UNIT.read_text().splitlines() if line.startswith(key + "=")
            for word in line.split("=", 1)[1].split()]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
def test_the_unit_scores_at_most_2_0():
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=20", UNIT],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_missiond_runs_with_the_capabilities_of_the_unit(own):
    daemon = own(first=True)
    user = unit_words("User")[0]
    names = [name.removeprefix("CAP_").lower() for name in unit_words("AmbientCapabilities")]
    shutil.chown(daemon.folder, user)
    daemon.log.touch()
    more = ",".join("+" + name for name in names)
    wrapper = daemon.folder / "as-unit"
    wrapper.write_text(f"#!/bin/sh\nexec setpriv --reuid {user} --regid {user} --clear-groups --no-new-privs "
                       f"--bounding-set=-all,{more} --inh-caps=-all,{more} --ambient-caps=-all,{more} "
                       f"{PREFIX}/sbin/missiond \"$@\"\n")
    wrapper.chmod(0o755)
    daemon.program = wrapper
    daemon.start().provision()
    for role, account in {"worker-1": "missiond", "steward": "missiond-steward",
                          "courier": "missiond-courier", "mariadbd": "missiond-database"}.items():
        status = status_of(daemon.process_of(role))
        assert status["Uid"].split() == [str(pwd.getpwnam(account).pw_uid)] * 4, role
        assert int(status["CapPrm"], 16) == 0 and int(status["CapAmb"], 16) == 0, role
    token = daemon.claim("toulouse")
    daemon.join("toulouse", "anna")
    listing = daemon.post_listing("toulouse", token)
    assert daemon.stop() == 0
    # A second start opens what is others' by now.
    daemon.start()
    daemon.wait_until(lambda: daemon.get("toulouse", f"/listings/{listing['id']}").status == 200, 120, "it is there")
    assert daemon.stop() == 0
