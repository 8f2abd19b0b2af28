"""The processes: kills, restarts, stopping, users, an absent database."""
import concurrent.futures
import email
import email.policy
import json
import os
import pathlib
import pwd
import re
import signal
import socket
import subprocess
import time

import pytest

from harness import TOULOUSE, Database, frozen


def status_of(process):
    text = pathlib.Path(f"/proc/{process}/status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


@pytest.fixture(scope="module")
def daemon():
    from harness import Missiond
    # Nothing kept: a page that comes says that the database was asked.
    missiond = Missiond("limits:\n  request_time: 8s\n  page_cache: 0\n")
    try:
        yield missiond.start().provision()
    finally:
        missiond.close()


@pytest.mark.parametrize("role", ["worker-1", "worker-2", "steward", "courier", "mariadbd"])
def test_a_killed_process_is_replaced(daemon, role):
    before = daemon.process_of(role)
    assert before, role
    os.kill(before, signal.SIGKILL)
    daemon.wait_until(lambda: daemon.process_of(role) not in (None, before), 120, f"{role} is back")
    daemon.wait_until(lambda: daemon.get("toulouse", "/").status == 200, 120, "pages come again")
    daemon.wait_until(lambda: daemon.ctl("status", check=False).returncode == 0, 120, "missionctl works again")
    assert daemon.process.poll() is None
    assert any(f"process={role}" in line or "process=database" in line
               for line in daemon.events("process.ended"))


def everybody_is_back(daemon):
    """A process finds out when somebody asks it for a page: so ask."""
    daemon.get("toulouse", "/listings")
    said = {}
    for process, what in re.findall(r"(?m)^\S+ (\S+) \w+ event=database\.(away|back) ", daemon.log_text()):
        said[process] = what
    return "away" not in said.values()


def test_pages_answer_503_while_the_database_is_away_and_it_is_said_once(daemon):
    database = daemon.process_of("mariadbd")
    before = len(daemon.log_text())
    with frozen(database), concurrent.futures.ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: daemon.get("toulouse", "/listings"), range(3)))
    assert {answer.status for answer in answers} == {503}
    assert all(answer.headers["Retry-After"] for answer in answers)
    daemon.wait_until(lambda: daemon.get("toulouse", "/listings").status == 200, 120, "pages come again")
    # That it hangs is said by each request's line; that it is gone, once by each process.
    assert daemon.log_text()[before:].count(" status=503 ") == 3
    daemon.wait_until(lambda: everybody_is_back(daemon), 120, "each process that missed it has found it again")
    before = len(daemon.log_text())
    os.kill(database, signal.SIGKILL)
    daemon.wait_until(lambda: daemon.get("toulouse", "/listings").status == 200 and
                      daemon.process_of("mariadbd") not in (None, database), 120, "pages come again")
    said = re.findall(r"(?m)^\S+ (\S+) \w+ event=database\.away ", daemon.log_text()[before:])
    assert said and len(said) == len(set(said)), said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change users")
def test_each_role_has_its_own_user_and_no_capability(daemon):
    expected = {"worker-1": "missiond", "steward": "missiond-steward",
                "courier": "missiond-courier", "mariadbd": "missiond-database"}
    for role, user in expected.items():
        status = status_of(daemon.process_of(role))
        assert status["Uid"].split() == [str(pwd.getpwnam(user).pw_uid)] * 4, role
        assert int(status["CapEff"], 16) == 0, role
        assert status["Groups"].strip() == "", role
        if role != "mariadbd":
            assert status["NoNewPrivs"] == "1", role
    secret = daemon.data / "secret"
    assert secret.stat().st_mode & 0o777 == 0o600 and secret.stat().st_uid == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change users")
@pytest.mark.parametrize("user", ["nobody", "missiond"])
def test_others_find_nothing_in_its_folders(daemon, user):
    """Nor do the workers, who need nothing there."""
    daemon.wait_until(daemon.mails, 120, "a mail is written")

    def found(access):
        done = subprocess.run(
            ["setpriv", "--reuid", user, "--regid", user if user != "nobody" else "nogroup", "--clear-groups", "find",
             daemon.data, daemon.folder / "run", "!", "-type", "d", access, "-printf", "%P\n"],
            capture_output=True, text=True, timeout=120, check=False)
        assert "data/mail" in done.stderr and "data/database" in done.stderr
        return set(done.stdout.split())

    # Which machine it is, and where the database lets in who has a password.
    assert found("-readable") == {"machine", "database/server.sock"}
    assert found("-writable") == {"database/server.sock"}


def test_no_process_leaves_a_core_file(daemon):
    for role in ("worker-1", "worker-2", "steward", "courier", "mariadbd"):
        limits = pathlib.Path(f"/proc/{daemon.process_of(role)}/limits").read_text()
        assert re.search(r"(?m)^Max core file size +0 +0 +bytes", limits), (role, limits)


def test_sigterm_cuts_a_request_that_stays_beyond_the_limit(own):
    daemon = own("workers: 1\nlimits:\n  stop_time: 3s\n  request_time: 10m\n").start().provision()
    # Half of what was announced: nothing but the limit ends it.
    with socket.create_connection(("127.0.0.1", daemon.port), 120) as connection:
        connection.sendall(b"POST /login HTTP/1.1\r\nHost: toulouse.localhost:%d\r\n"
                           b"Content-Type: application/x-www-form-urlencoded\r\n"
                           b"Content-Length: 100\r\n\r\n" % daemon.port + b"x" * 50)
        time.sleep(1)
        began = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        assert connection.recv(1) == b"", "cut"
        cut = time.monotonic() - began
        assert daemon.process.wait(120) == 0
        daemon.process = None
    assert 2.9 <= cut < 15, cut
    said = daemon.events("stop.cut")
    assert len(said) == 1 and " requests=1" in said[0], said


def test_sigterm_finishes_requests_in_flight(own):
    daemon = own("limits: {page_cache: 0}\n").start().provision()
    statuses = []
    stopped = []
    request = (b"GET /listings HTTP/1.1\r\nConnection: close\r\n"
               b"Host: toulouse.localhost:%d\r\n\r\n" % daemon.port)

    # Only who came after the signal may be turned away: the kernel completes
    # a connection before connect() returns, so the time is taken after it.
    def load():
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", daemon.port), 60)
            except (ConnectionRefusedError, ConnectionResetError):
                assert stopped, "refused before the signal"
                return
            connected = time.monotonic()
            answer = b""
            with connection:
                try:
                    connection.sendall(request)
                    while piece := connection.recv(65536):
                        answer += piece
                except (ConnectionResetError, BrokenPipeError):
                    assert not answer, "an answer that was begun is finished"
            if not answer:
                assert stopped and connected > stopped[0], "turned away before the signal"
                return
            head, _, body = answer.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
            assert len(body) == int(length[1])
            statuses.append(int(head.split()[1]))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        tasks = [pool.submit(load) for _ in range(8)]
        while len(statuses) <= 20:
            assert not any(task.done() for task in tasks)
            time.sleep(0.05)
        stopped.append(time.monotonic())
        assert daemon.stop() == 0
        for task in tasks:
            task.result()
    assert len(statuses) > 20 and set(statuses) == {200}


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_an_ordinary_user_can_try_it(own):
    daemon = own()
    daemon.start(user="nobody").provision()
    nobody = pwd.getpwnam("nobody").pw_uid
    for role in ("worker-1", "steward", "courier", "mariadbd"):
        status = status_of(daemon.process_of(role))
        assert status["Uid"].split() == [str(nobody)] * 4, role
        assert int(status["CapEff"], 16) == 0, role
    # It says what that costs.
    assert daemon.events("start.one_account"), daemon.log_text()[-2000:]
    token = daemon.claim("toulouse")
    daemon.post_listing("toulouse", token, "By an ordinary user")
    assert "By an ordinary user" in daemon.get("toulouse", "/listings").text
    assert daemon.stop() == 0


def test_a_second_start_finds_everything_again(own):
    daemon = own().start().provision()
    token = daemon.claim("toulouse")
    listing = daemon.post_listing("toulouse", token, "Kept over a restart")
    assert daemon.stop() == 0
    daemon.start()
    daemon.wait_until(lambda: daemon.get("toulouse", "/").status == 200, 120, "pages come")
    assert "Kept over a restart" in daemon.get("toulouse", f"/listings/{listing['id']}").text


def test_children_end_when_the_supervisor_is_killed(own):
    daemon = own().start().provision()
    roles = ["worker-1", "steward", "courier", "mariadbd"]
    processes = [daemon.process_of(role) for role in roles]
    assert all(processes)
    daemon.kill_hard()

    def ended():
        return not any(pathlib.Path(f"/proc/{process}").exists() and
                       status_of(process)["State"][0] != "Z" for process in processes)

    end = time.monotonic() + 120
    while not ended():
        assert time.monotonic() < end, "children outlive the supervisor"
        time.sleep(0.1)
    daemon.start()
    daemon.wait_until(lambda: daemon.get("toulouse", "/").status == 200, 120, "pages come again")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts processes as others")
def test_a_data_directory_out_of_reach_is_refused_clearly(own):
    daemon = own()
    daemon.folder.chmod(0o700)
    daemon.start(wait=False)
    assert daemon.process.wait(120) == 1
    text = daemon.log_text()
    assert "cannot reach" in text and f"chmod o+x {daemon.folder}" in text


def test_low_space_refuses_writes_and_reads_go_on(own):
    daemon = own().start().provision()
    token = daemon.claim("toulouse")
    daemon.post_listing("toulouse", token)
    # More than any disk has: the mark is passed at once.
    daemon.configuration.write_text(daemon.settings("limits:\n  free_space: 1024GiB\n"))
    daemon.ctl("reload")
    daemon.wait_until(lambda: daemon.events("space.low"), 120, "the mark is noticed")
    daemon.wait_until(lambda: daemon.api("toulouse", "POST", "/listings", {
        "kind": "offer", "category": "other", "title": "A lamp", "body": "It glows.", "exchange": "a cake"},
        token, check=False).status == 503, 120, "writes are refused")
    assert daemon.get("toulouse", "/listings").status == 200
    # The steward writes nothing either.
    known = daemon.ctl("list").stdout
    new = daemon.folder / "new.yaml"
    new.write_text(TOULOUSE.replace("toulouse", "new"))
    changed = daemon.tenants / "guild.yaml"
    kept = changed.read_text()
    changed.write_text(kept.replace("Makers.", "Menders."))
    for arguments in (["apply", new], ["apply", changed], ["apply"], ["claim-link", "guild"],
                      ["rotate-credentials", "guild"], ["rotate-credentials", "--all"]):
        done = daemon.ctl(*arguments, check=False)
        assert done.returncode == 6 and "There is little space left: nothing was changed" in done.stderr, done
        assert done.stderr.count("There is little space left") == 1
    assert json.loads(daemon.ctl("--json", "apply", new, check=False).stdout)["detail"]
    assert daemon.ctl("list").stdout == known
    assert daemon.ctl("show", "guild", json_output=True)["job"]["kind"] == "provision"
    # What writes nothing goes on.
    assert "1 to update" in daemon.ctl("plan").stdout
    changed.write_text(kept)
    assert daemon.ctl("apply").stdout.count("unchanged") == 2
    # Of jobs that were queued before, those that make a schema wait; others go
    # on, though they came later.
    database = Database(daemon)

    def state(slug):
        return database.rows("SELECT state FROM missiond_control.job WHERE community = (SELECT id"
                             f" FROM missiond_control.community WHERE slug = '{slug}')")[0][0]

    for slug, kind, steps, seconds in (("guild", "provision", 5, 9), ("toulouse", "update", 3, 5)):
        database.rows(f"UPDATE missiond_control.job SET kind = '{kind}', steps = {steps}, step = 0,"
                      f" state = 'waiting', finished_at = NULL, due_at = UTC_TIMESTAMP(6) - INTERVAL {seconds} SECOND"
                      f" WHERE community = (SELECT id FROM missiond_control.community WHERE slug = '{slug}')")
    daemon.wait_until(lambda: state("toulouse") == "done", 120, "the update is done")
    assert state("guild") == "waiting"
    daemon.configuration.write_text(daemon.settings("limits:\n  free_space: 1\n"))
    daemon.ctl("reload")
    daemon.wait_until(lambda: daemon.events("space.back"), 120, "space is back")
    daemon.wait_until(lambda: daemon.api("toulouse", "POST", "/listings", {
        "kind": "offer", "category": "other", "title": "A lamp", "body": "It glows.", "exchange": "a cake"},
        token, check=False).status == 201, 120, "writes work again")
    assert "created" in daemon.ctl("apply", new).stdout
    daemon.wait_until(lambda: state("guild") == "done", 120, "what waited is done")


def test_who_asks_while_the_first_start_prepares_the_database_is_kept_waiting(own):
    daemon = own(first=True).start(wait=False)
    daemon.wait_until(lambda: daemon.status()["starting"], 120, "the steward answers before all is prepared", 0.001)
    assert daemon.ctl("apply").stdout.count("created") == 2


def test_what_a_kill_left_of_the_first_start_is_made_anew(own):
    daemon = own()
    leftover = daemon.data / "database.new" / "mysql"
    leftover.mkdir(parents=True)
    (leftover / "user.frm").write_text("half")
    daemon.start().provision()
    assert not (daemon.data / "database.new").exists()


def test_sd_notify_says_ready_reloading_and_stopping(own):
    daemon = own()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        path = daemon.folder / "notify"
        listener.bind(str(path))
        listener.settimeout(120)
        daemon.environment = {"NOTIFY_SOCKET": str(path)}
        daemon.start()
        assert b"READY=1" in listener.recv(1000).split(b"\n")
        daemon.process.send_signal(signal.SIGHUP)
        assert b"RELOADING=1" in listener.recv(1000).split(b"\n")
        assert b"READY=1" in listener.recv(1000).split(b"\n")
        assert daemon.stop() == 0
        assert b"STOPPING=1" in listener.recv(1000).split(b"\n")


def test_sigusr1_makes_every_process_say_what_its_tasks_wait_for(daemon):
    def says(role, task):
        # Once more: by then it may have been at work, or not yet there.
        daemon.process.send_signal(signal.SIGUSR1)
        return any(f"role={role} " in line and task in line for line in daemon.events("task.parked"))

    for role, task in (("worker-1", "epochs"), ("worker-2", "epochs"),
                       ("steward", "lifecycle.watch"), ("courier", "courier.watch")):
        daemon.wait_until(lambda: says(role, task), 120, f"{role} says what {task} waits for", pause=0.5)


def test_a_second_sigint_does_not_wait_for_requests(own):
    daemon = own("limits:\n  stop_time: 10m\n  request_time: 10m\n").start().provision()
    # Announced, and never sent: a request that stays in flight.
    with socket.create_connection(("127.0.0.1", daemon.port)) as connection:
        connection.sendall(b"POST /login HTTP/1.1\r\nHost: toulouse.localhost:%d\r\n"
                           b"Content-Type: application/x-www-form-urlencoded\r\n"
                           b"Content-Length: 100\r\n\r\n" % daemon.port)
        time.sleep(1)
        daemon.process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            daemon.process.wait(3)
        daemon.process.send_signal(signal.SIGINT)
        assert daemon.process.wait(120) == 0
        daemon.process = None


def test_a_mail_folder_outside_of_the_data_is_taken_over_at_a_start_only(own):
    missiond = own(files=[]).start()
    outside = missiond.folder / "outside"
    made = []

    def configure(folder):
        missiond.configuration.write_text(missiond.settings(f"mail:\n  directory: {folder}\n"))

    def text_of(path):
        return email.message_from_bytes(path.read_bytes(), policy=email.policy.default).get_content()

    def writes_to(folder):
        """The mail with the claim link of one more community."""
        made.append(f"mailed{len(made)}")
        (missiond.tenants / f"{made[-1]}.yaml").write_text(TOULOUSE.replace("toulouse", made[-1]))
        missiond.ctl("apply")
        missiond.wait_until(lambda: any(f"{made[-1]}.localhost" in text_of(path) for path in folder.glob("*.eml")),
                            120, f"a mail in {folder}")

    writes_to(missiond.data / "mail")
    # Below the data directory, also by its whole name.
    for folder in ("other", missiond.data / "third"):
        configure(folder)
        missiond.ctl("reload")
        writes_to(missiond.data / folder)
    for folder in (outside, "../outside", missiond.data / ".." / "outside"):
        configure(folder)
        done = missiond.ctl("reload", check=False)
        assert done.returncode == 1 and "outside" in done.stderr and "restart missiond" in done.stderr, done.stderr
        refused = len(missiond.events("reload.refused"))
        missiond.process.send_signal(signal.SIGHUP)
        missiond.wait_until(lambda: len(missiond.events("reload.refused")) > refused, 60, "it is refused")
        assert not outside.exists()
        writes_to(missiond.data / "third")
    # At a start it is taken, and stays allowed.
    missiond.stop()
    missiond.extra = f"mail:\n  directory: {outside}\n"
    missiond.start()
    writes_to(outside)
    configure("mail")
    missiond.ctl("reload")
    writes_to(missiond.data / "mail")
    configure(outside)
    missiond.ctl("reload")
    writes_to(outside)
