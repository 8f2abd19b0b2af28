"""Faults under a running load of writes that are counted: afterwards every
acknowledged write is there exactly once, and the daemon answers again without
help. MISSIOND_FAULT_MINUTES makes the storm at the end as long as wished."""
import contextlib
import http.client
import itertools
import json
import os
import signal
import subprocess
import threading
import time

import pytest


class Database:
    """The private server as root sees it."""

    def __init__(self, daemon):
        self.socket = daemon.folder / "run" / "database" / "server.sock"

    def rows(self, sql):
        done = subprocess.run(["mariadb", "--no-defaults", "-S", self.socket, "-N", "-B"], input=sql,
                              text=True, capture_output=True, check=True, timeout=120)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def schemas(self):
        return {slug: f"community{key}" for slug, key in self.rows(
            "SELECT slug, `key` FROM missiond_control.community")}


class Load:
    """Members who post listings, each title once, from a few threads a
    community: 201 is an acknowledgement, anything else leaves it open whether
    the listing is there."""
    BODY = "A true word. " * 200

    def __init__(self, daemon, tokens, threads=2):
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
