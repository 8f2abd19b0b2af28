"""Kills that meet transactions: everything that writes is stopped at a random
moment after a request was sent, the server is asked which transactions are open,
and when there are some a worker or the server is killed at that very point. Afterwards
every acknowledged write is there exactly once. MISSIOND_COMMIT_KILLS=100 kills
more often."""
import contextlib
import http.client
import itertools
import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest

import test_outside_database
from harness import Database
from test_faults import Load, claims
from test_outside_database import outside, prepare, run, server  # noqa: F401 (a fixture)

WORKERS = 2
KILLS = int(os.environ.get("MISSIOND_COMMIT_KILLS", "6"))
# Of the kills, at least so many have to meet one: else nothing was tried.
ENOUGH = KILLS - 1
# Moments looked at for one kill.
AIMS = 10

OPEN = """
    SELECT COUNT(*) FROM information_schema.innodb_trx AS open
    JOIN information_schema.processlist AS session ON session.id = open.trx_mysql_thread_id
    WHERE session.user LIKE 'community%' AND open.trx_rows_modified > 0"""


class Outside(Database):
    def __init__(self, folder):
        self.socket = folder / "server.sock"


class Rush(Load):
    """As fast as they can, from another address each time: the limits for one
    visitor slow nobody down."""

    def __init__(self, daemon, tokens, threads=12):
        super().__init__(daemon, tokens, threads)
        self.sent = threading.Event()

    def run(self, slug, source):
        place = source.rsplit(".", 1)[1]
        for number in itertools.count():
            if self.ended.is_set():
                return
            title = f"{slug} {next(self.numbers)}"
            status = self.post(slug, f"127.{place}.{number // 250 % 250}.{number % 250 + 1}", title)
            (self.acknowledged if status == 201 else self.open).append((slug, title))
            self.statuses.add(status)
            if status != 201:
                self.ended.wait(0.2)

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
                self.sent.set()
                return connection.getresponse().status
            except (OSError, http.client.HTTPException) as error:
                return type(error).__name__


def workers_of(daemon):
    return [process for process in (daemon.process_of(f"worker-{i + 1}") for i in range(WORKERS)) if process]


@contextlib.contextmanager
def stopped(daemon, load):
    """All workers stand still, at most some milliseconds after a request left."""
    load.sent.clear()
    load.sent.wait(60)
    time.sleep(random.random() * 0.01)
    workers = workers_of(daemon)
    for worker in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGSTOP)
    try:
        yield workers
    finally:
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGCONT)


def count_open(database):
    return int(database.rows(OPEN)[0][0])


def answers(database):
    try:
        return database.rows("SELECT 1")
    except subprocess.CalledProcessError:
        return False


def kill_worker(daemon, load, database):
    """How many transactions of its were open."""
    for aim in range(AIMS):
        with stopped(daemon, load) as workers:
            before = count_open(database)
            if before == 0 and aim < AIMS - 1:
                continue
            os.kill(random.choice(workers), signal.SIGKILL)
            # The server finds its sessions gone and rolls back.
            end = time.monotonic() + (2 if before else 0)
            while (after := count_open(database)) == before and time.monotonic() < end:
                time.sleep(0.02)
            return before - after
    raise AssertionError


def kill_server(daemon, load, database, server_process):
    for aim in range(AIMS):
        with stopped(daemon, load):
            before = count_open(database)
            if before == 0 and aim < AIMS - 1:
                continue
            os.kill(server_process, signal.SIGKILL)
            return before
    raise AssertionError


def storm(daemon, load, kill):
    """Kills until enough have met a transaction; what each of them met."""
    met = []
    while len(met) < KILLS or sum(count > 0 for count in met) < ENOUGH:
        assert len(met) < 10 * KILLS, f"hardly a kill meets a transaction: {met}"
        met.append(kill())
        load.wait_for_more(2)
    print(f"{len(met)} kills, {sum(count > 0 for count in met)} of them met {sum(met)} transactions")
    return met


def check(load, database):
    load.__exit__()
    load.check(database)
    # Some were committed and their answer lost: those are counted as open.
    assert load.open, "no kill met a request"


SETTINGS = f"workers: {WORKERS}\nlog:\n  access: off\n"


def test_workers_are_killed_in_the_midst_of_transactions(own):
    daemon = own(SETTINGS).start().provision()
    database = Database(daemon)
    with Rush(daemon, claims(daemon)) as load:
        load.wait_for_more(5)

        def kill():
            daemon.wait_until(lambda: len(workers_of(daemon)) == WORKERS, 120, "all workers are there")
            return kill_worker(daemon, load, database)
        storm(daemon, load, kill)
        check(load, database)


def test_the_private_server_is_killed_in_the_midst_of_transactions(own):
    daemon = own(SETTINGS).start().provision()
    database = Database(daemon)
    with Rush(daemon, claims(daemon)) as load:
        load.wait_for_more(5)

        def kill():
            daemon.wait_until(lambda: answers(database), 120, "the server answers")
            process = daemon.wait_until(lambda: daemon.process_of("mariadbd"), 120, "the server is there")
            return kill_server(daemon, load, database, process)
        storm(daemon, load, kill)
        check(load, database)
    assert daemon.process.poll() is None


def test_an_outside_server_is_killed_and_started_again(own, server):  # noqa: F811
    daemon = own(SETTINGS + outside(server))
    prepare(daemon, server)
    daemon.start().provision()
    database = Outside(server)
    with Rush(daemon, claims(daemon)) as load:
        load.wait_for_more(5)

        def kill():
            process = test_outside_database.running[server][-1]
            met = kill_server(daemon, load, database, process.pid)
            process.wait(60)
            run(server)
            return met
        storm(daemon, load, kill)
        check(load, database)
    assert daemon.process.poll() is None and daemon.stop() == 0
