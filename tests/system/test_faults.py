"""Faults under a running load of writes that are counted: afterwards every
acknowledged write is there exactly once, and the daemon answers again without
help. MISSIOND_FAULT_MINUTES makes the storm at the end as long as wished."""
import collections
import contextlib
import email
import email.policy
import http.client
import itertools
import json
import os
import pathlib
import random
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest
from aiosmtpd.controller import Controller

from harness import PASSWORD, Database, Missiond, free_port

FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
MINUTES = float(os.environ.get("MISSIOND_FAULT_MINUTES", "0"))

# What a test provisions or changes, besides those under load.
OTHER = """\
slug: {slug}
name: {slug}
domains: [{slug}.localhost]
founder: {{name: Lena Late, email: {slug}@example.org}}
language: en
joining: open
reading: public
"""


def not_recorded(database, schema):
    """How many listings have not exactly one row of the audit list that says
    that they were posted, rows have no listing, and rows no details."""
    return [int(count) for count, in database.rows(f"""
        SELECT COUNT(*) FROM (
            SELECT COUNT(audit.id) AS found FROM {schema}.listing
            LEFT JOIN {schema}.audit ON subject = listing.id AND action = 'listing.posted'
            GROUP BY listing.id HAVING found <> 1) AS wrong
        UNION ALL SELECT COUNT(*) FROM {schema}.audit LEFT JOIN {schema}.listing ON listing.id = subject
            WHERE action = 'listing.posted' AND listing.id IS NULL
        UNION ALL SELECT COUNT(*) FROM {schema}.audit LEFT JOIN {schema}.audit_detail ON audit = audit.id
            WHERE audit IS NULL""")]


class Load:
    """Members who post listings, each title once, from a few threads a
    community: 201 is an acknowledgement, anything else leaves it open whether
    the listing is there."""
    BODY = "A true word. " * 200

    def __init__(self, daemon, tokens, threads=5):
        self.daemon, self.tokens = daemon, tokens
        self.numbers = itertools.count(1)
        self.acknowledged, self.open = [], []
        self.statuses = set()
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(slug, f"127.0.1.{place}"))
                        for place, slug in enumerate(list(tokens) * threads, 1)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def run(self, slug, source):
        while not self.ended.is_set():
            title = f"{slug} {next(self.numbers)}"
            status = self.post(slug, source, title)
            (self.acknowledged if status == 201 else self.open).append((slug, title))
            self.statuses.add(status)
            # As fast as one address may write (2 a second and worker), and
            # gently while nothing works.
            self.ended.wait(0.3)

    def post(self, slug, source, title):
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.daemon.port, timeout=60, source_address=(source, 0))
        with contextlib.closing(connection):
            try:
                connection.request("POST", "/api/v1/listings", json.dumps({
                    "kind": "offer", "category": "other", "title": title, "body": self.BODY,
                    "exchange": "a coffee"}), {
                        "Host": f"{slug}.localhost:{self.daemon.port}",
                        "Content-Type": "application/json",
                        "Authorization": f"Bearer {self.tokens[slug]}"})
                return connection.getresponse().status
            except (OSError, http.client.HTTPException) as error:
                return type(error).__name__

    def wait_for_more(self, count=5):
        """Acknowledgements that were not there when this was called, in each
        community."""
        before = len(self.acknowledged)

        def enough():
            fresh = [slug for slug, _ in self.acknowledged[before:]]
            return all(fresh.count(slug) >= count for slug in self.tokens)
        self.daemon.wait_until(enough, 180, "writes are acknowledged again")

    def check(self, database):
        there = {(slug, title): int(count)
                 for slug, schema in database.schemas().items() if slug in self.tokens
                 for title, count in database.rows(
                     f"SELECT title, COUNT(*) FROM {schema}.listing GROUP BY title")}
        lost = [write for write in self.acknowledged if write not in there]
        twice = [write for write, count in there.items() if count != 1]
        made_up = set(there) - set(self.acknowledged) - set(self.open)
        print(f"{len(self.acknowledged)} acknowledged, {len(self.open)} not"
              f" ({len(set(self.open) & set(there))} of them there), answers {sorted(map(str, self.statuses))}")
        assert not lost and not twice and not made_up, (lost[:5], twice[:5], list(made_up)[:5])
        for slug, schema in database.schemas().items():
            assert slug not in self.tokens or not_recorded(database, schema) == [0, 0, 0]
        assert 500 not in self.statuses


def claims(daemon):
    return {slug: daemon.claim(slug) for slug in ("toulouse", "guild")}


@pytest.fixture
def small_disk(own):
    """A missiond whose data directory is a file system of 400 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    daemon = own("limits:\n  free_space: 64MiB\n")
    daemon.data.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "tmpfs", daemon.data],
                             capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"mounting is not possible here: {mounted.stderr.strip()}")
    try:
        yield daemon
    finally:
        daemon.stop()
        subprocess.run(["umount", "--lazy", daemon.data], check=False)


def fill(daemon, leave):
    """All of the file system but so many bytes."""
    space = os.statvfs(daemon.data)
    size = space.f_bavail * space.f_frsize - leave
    if size > 0:
        with (daemon.data / "filler").open("ab") as filler:
            os.posix_fallocate(filler.fileno(), os.fstat(filler.fileno()).st_size, size)


def test_a_full_disk_costs_nothing_that_was_acknowledged(small_disk):
    daemon = small_disk.start().provision()
    database = Database(daemon)
    with Load(daemon, claims(daemon)) as load:
        load.wait_for_more()

        # Below the mark: writes are refused, reads go on.
        fill(daemon, 40 << 20)
        daemon.wait_until(lambda: daemon.events("space.low"), 120, "the mark is noticed")
        daemon.wait_until(lambda: 503 in load.statuses, 120, "writes are refused")
        assert daemon.get("toulouse", "/listings").status == 200

        # As if something else were faster than the mark: nothing at all is
        # left, and the server is brought down.
        daemon.configuration.write_text(daemon.settings("limits:\n  free_space: 1\n"))
        daemon.ctl("reload")
        daemon.wait_until(lambda: daemon.events("space.back"), 120, "writes are let through")
        load.wait_for_more(1)
        server = daemon.process_of("mariadbd")
        fill(daemon, 64 << 10)
        end = time.monotonic() + 10
        while daemon.process_of("mariadbd") == server and time.monotonic() < end:
            time.sleep(0.1)
        aborted = daemon.process_of("mariadbd") != server
        print("the server", "aborted" if aborted else "held out and was killed")
        if not aborted:
            os.kill(server, signal.SIGKILL)
        daemon.wait_until(lambda: daemon.events("database.no_space"), 120, "it is said that there is no space")
        daemon.wait_until(lambda: daemon.get("toulouse", "/listings").status == 503, 120, "pages say 503")
        assert daemon.get("toulouse", "/listings").headers["Retry-After"]
        ended = len(daemon.events("process.ended"))
        time.sleep(3)
        assert len(daemon.events("process.ended")) == ended and daemon.process_of("mariadbd") is None
        assert len(daemon.events("database.no_space")) == 1

        # Space is back; nobody does anything else.
        (daemon.data / "filler").unlink()
        daemon.wait_until(lambda: daemon.get("toulouse", "/listings").status == 200, 180, "pages come again")
        load.wait_for_more()
    load.check(database)
    assert len(daemon.events("database.away")) <= 3 * 4  # a process and incident
    assert daemon.stop() == 0


class Points:
    """Listens where the processes say at which step they are (base/fault.h),
    and kills each once at every point that is armed."""

    def __init__(self, folder):
        self.path = folder / "points"
        self.armed, self.killed, self.passed = set(), [], set()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.path.chmod(0o666)
        self.listener.listen(16)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                point = connection.recv(100).decode()
                process, _, _ = struct.unpack("3i", connection.getsockopt(
                    socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
                self.passed.add(point)
                if point in self.armed:
                    self.armed.remove(point)
                    os.kill(process, signal.SIGKILL)
                    self.killed.append(point)


class Post:
    """A mail server that takes, refuses for now, refuses for good, or is away."""

    def __init__(self):
        self.port = free_port()
        self.mails = []
        self.answer = "250 OK"
        self.answers = {}  # for some addresses another
        self.controller = None

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.get(envelope.rcpt_tos[0], self.answer)
        if answer.startswith("2"):
            self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return answer

    def open(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def close(self):
        if self.controller is not None:
            self.controller.stop(no_assert=True)
        self.controller = None

    def sent_to(self, address):
        return [mail["Message-ID"] for mail in self.mails if address in str(mail["To"])]


class Storm:
    """A missiond under load, its mail server, its fault points and its clock."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.post = Post()
        self.points = Points(daemon.folder)
        self.clock = daemon.folder / "clock"
        self.move_clock("+0")
        self.people = itertools.count(1)
        self.invited = []
        daemon.extra = (f"mail:\n  host: 127.0.0.1\n  port: {self.post.port}\n  security: none\n"
                        "  from: no-reply@example.org\n")
        # The clock of all processes, the database's too; durations stay true.
        daemon.environment = {
            "MISSIOND_FAULTS": str(self.points.path), "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DISABLE_SHM": "1",
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def move_clock(self, offset):
        new = self.clock.with_suffix(".new")
        new.write_text(offset + "\n")
        new.chmod(0o644)
        new.rename(self.clock)

    def join(self, answer=None):
        """Somebody joins toulouse: an acknowledged act that owes a mail, to
        which the mail server may have an answer of its own."""
        address = f"person{next(self.people)}@example.org"
        if answer is not None:
            self.post.answers[address] = answer
        self.daemon.wait_until(lambda: self.daemon.api("toulouse", "POST", "/members", {
            "name": "Some Body", "email": address, "username": address.split("@")[0],
            "password": PASSWORD, "terms": self.daemon.terms("toulouse"), "accept": True},
            check=False).status < 300, 120, "somebody joins")
        self.invited.append(address)
        return address

    def wait_for_mail(self, address, count=1):
        self.daemon.wait_until(lambda: len(self.post.sent_to(address)) >= count, 180,
                               f"mail for {address} comes")

    def wait_for_failure(self, address, code):
        """Of the mail to somebody who joined."""
        database = Database(self.daemon)
        self.daemon.wait_until(lambda: database.rows(
            f"SELECT id FROM {database.schemas()['toulouse']}.outbox"
            f" WHERE recipient = '{address}' AND failure LIKE '{code} %'"), 120, f"mail for {address} fails: {code}")

    def write_file(self, slug, name):
        """Of a community, under another name than before where there is one."""
        (self.daemon.tenants / f"{slug}.yaml").write_text(
            OTHER.format(slug=slug).replace(f"name: {slug}", f"name: {name}"))

    def jobs(self):
        return Database(self.daemon).rows("SELECT kind, state, attempts FROM missiond_control.job")


def forget_faked_times():
    """What libfaketime leaves of a process that was killed ends the next one of
    that number which is somebody else's."""
    for path in pathlib.Path("/dev/shm").glob("*faketime_*"):
        number = path.name.rsplit("_", 1)[1]
        if number.isdigit() and not pathlib.Path("/proc", number).exists():
            path.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def storm():
    forget_faked_times()
    daemon = Missiond()
    storm = Storm(daemon)
    try:
        storm.post.open()
        storm.write_file("changing", "Changing")
        daemon.start().provision()
        with Load(daemon, claims(daemon)) as storm.load:
            storm.load.wait_for_more(1)
            yield storm
    finally:
        daemon.close()
        storm.post.close()
        forget_faked_times()


def kill_at(storm, points, begin, ended):
    """Arms the points, begins the work and waits until it has been killed at
    each and ended all the same."""
    storm.points.armed = set(points)
    begin()
    storm.daemon.wait_until(lambda: not storm.points.armed, 300,
                            f"it is killed at {sorted(storm.points.armed)}")
    storm.daemon.wait_until(ended, 180, "the work is done")


def steps(kind, count):
    return [f"{kind}:{step}:{when}" for step in range(1, count + 1) for when in ("before", "after")]


def test_the_steward_is_killed_at_every_step_of_provisioning(storm):
    daemon = storm.daemon

    def begin():
        storm.write_file("late", "Late")
        daemon.ctl("apply", "--no-wait")

    kill_at(storm, steps("provision", 5), begin, lambda: daemon.get("late", "/").status == 200)
    storm.load.wait_for_more(1)
    daemon.wait_until(lambda: ["provision", "done", "11"] in storm.jobs(), 120, "the job is done")
    storm.wait_for_mail("late@example.org")
    assert daemon.claim("late")
    assert daemon.ctl("drift", check=False).returncode == 0


def test_the_steward_is_killed_at_every_step_of_an_update(storm):
    daemon = storm.daemon

    def begin():
        storm.write_file("changing", "Another name")
        daemon.ctl("apply", "--no-wait")

    kill_at(storm, steps("update", 3), begin, lambda: "Another name" in daemon.get("changing", "/").text)
    storm.load.wait_for_more(1)
    daemon.wait_until(lambda: ["update", "done", "7"] in storm.jobs(), 120, "the job is done")
    assert daemon.ctl("drift", check=False).returncode == 0


def test_the_courier_is_killed_at_every_step_of_a_delivery(storm):
    addresses = []
    kill_at(storm, ["mail:1:after", "mail:2:after", "mail:3:after"],
            lambda: addresses.append(storm.join()), lambda: len(storm.post.sent_to(addresses[0])) == 2)
    storm.load.wait_for_more(1)
    # Killed between sending and noting it: sent again, as the same mail.
    assert len(set(storm.post.sent_to(addresses[0]))) == 1


@pytest.mark.parametrize("role", ["worker-1", "steward", "courier", "mariadbd"])
def test_a_process_is_killed_under_load(storm, role):
    daemon = storm.daemon
    before = daemon.wait_until(lambda: daemon.process_of(role), 120, f"{role} lives")
    os.kill(before, signal.SIGKILL)
    daemon.wait_until(lambda: daemon.process_of(role) not in (None, before), 120, f"{role} is back")
    storm.load.wait_for_more(3)
    storm.wait_for_mail(storm.join())


def test_a_broken_file_changes_nothing(storm):
    daemon = storm.daemon
    good = daemon.configuration.read_text()
    daemon.configuration.write_text("workers: [two\n")
    done = daemon.ctl("reload", check=False)
    assert done.returncode != 0 and "missiond.yaml:" in done.stdout + done.stderr
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_until(lambda: len(daemon.events("reload.refused")) == 2, 120, "it is refused twice")
    storm.load.wait_for_more(1)
    daemon.configuration.write_text(good)
    daemon.ctl("reload")


def test_a_mail_server_that_is_away_or_refuses_and_a_clock_that_jumps(storm):
    daemon, post = storm.daemon, storm.post
    post.close()
    away = storm.join()
    storm.wait_for_failure(away, 0)
    post.answer = "451 4.3.0 not now"
    post.open()
    later = storm.join()
    storm.wait_for_failure(later, 451)
    refused = storm.join("554 5.7.1 never")
    storm.wait_for_failure(refused, 554)
    for event, code in ("mail.delayed", 0), ("mail.delayed", 451), ("mail.refused", 554):
        daemon.wait_until(lambda e=event, c=code: any(f"code={c} " in line for line in daemon.events(e)), 60,
                          f"{event} {code} is in the log")
    storm.invited.remove(refused)  # reported, not sent
    post.answer = "250 OK"
    # Three hours ahead the pauses are over; writes and sessions go on.
    storm.move_clock("+3h")
    assert "GMT" in daemon.get("toulouse", "/").headers["Date"]
    storm.wait_for_mail(storm.join())
    storm.wait_for_mail(later)
    storm.wait_for_mail(away)
    storm.load.wait_for_more(3)
    # And back behind where it began: what is written now is due at once, and
    # what waits from before does not wait for the clock to come round.
    post.answer = "451 4.3.0 not now"
    waiting = storm.join()
    storm.wait_for_failure(waiting, 451)
    post.answer = "250 OK"
    storm.move_clock("-2h")
    storm.wait_for_mail(storm.join())
    storm.wait_for_mail(waiting)
    storm.write_file("changing", "A third name")
    daemon.ctl("apply")
    assert "A third name" in daemon.get("changing", "/").text
    storm.load.wait_for_more(3)
    storm.move_clock("+0")


def test_faults_at_random(storm):
    """A longer storm: MISSIOND_FAULT_MINUTES=60."""
    if MINUTES == 0:
        pytest.skip("MISSIOND_FAULT_MINUTES is not set")
    daemon = storm.daemon
    end = time.monotonic() + MINUTES * 60
    while time.monotonic() < end:
        fault = random.choice(["worker-1", "worker-2", "steward", "courier", "mariadbd", "clock", "reload"])
        if fault == "clock":
            storm.move_clock(random.choice(["+0", "+1h", "+3h", "-2h", "-10m"]))
        elif fault == "reload":
            daemon.ctl("reload", check=False)
        elif process := daemon.process_of(fault):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        storm.join()
        storm.load.wait_for_more(1)
        time.sleep(random.random() * 5)
    storm.move_clock("+0")


def test_afterwards_all_is_there_once(storm):
    daemon, load = storm.daemon, storm.load
    load.wait_for_more(3)
    for address in storm.invited:
        storm.wait_for_mail(address)
    load.__exit__()
    load.check(Database(daemon))
    daemon.wait_until(lambda: all(state == "done" for _, state, _ in storm.jobs()), 120, "all jobs are done")
    daemon.wait_until(lambda: not any(
        Database(daemon).rows(f"SELECT id FROM {schema}.outbox WHERE state = 'waiting'")
        for schema in Database(daemon).schemas().values()), 120, "no mail waits")
    times = collections.Counter(mail["Message-ID"] for mail in storm.post.mails)
    print(f"{len(times)} mails, {sum(count > 1 for count in times.values())} of them came twice")
    assert max(times.values()) <= (2 if MINUTES == 0 else 99)
    assert daemon.process.poll() is None and daemon.stop() == 0
