"""What Prometheus reads: on the control socket, on a listener of its own, and
that the figures are those of what was done."""
import concurrent.futures
import http.client
import json
import os
import re
import select
import signal
import socket
import time

import pytest

from harness import PASSWORD, PREFIX, TOULOUSE, Database, Missiond, free_port, frozen
from metrics import Figures, read

REQUESTS = "missiond_requests_total"
STATUSES = "missiond_responses_total"
COMMUNITIES = "missiond_community_requests_total"
DURATION = "missiond_request_duration_seconds"

OTHER = """\
slug: {slug}
name: {slug}
domains: [{slug}.localhost]
founder: {{name: A, email: a@example.org}}
language: en
reading: public
"""
MANY = [f"c{number}" for number in range(5)]


def site(settings, files):
    missiond = Missiond(settings, files)
    missiond.metrics_port = free_port()
    missiond.extra += (f"listen:\n  http: 127.0.0.1:{missiond.port}\n"
                       f"  metrics: 127.0.0.1:{missiond.metrics_port}\n")
    return missiond


@pytest.fixture(scope="module")
def missiond():
    made = site("workers: 2\nlimits:\n  metrics_communities: 2\n  page_cache: 1MiB\n",
                [("toulouse", TOULOUSE)] + [(slug, OTHER.format(slug=slug)) for slug in MANY])
    try:
        made.start().provision()
        for slug in MANY:
            made.wait_until(lambda s=slug: made.get(s, "/").status == 200, 60, f"{slug} answers")
        for _ in range(100):
            made.get("toulouse", "/")
        yield made
    finally:
        made.close()


def scrape(missiond, path="/metrics", method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", missiond.metrics_port, timeout=30)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_requests_are_counted_as_they_were_made(missiond):
    before = read(missiond)
    for _ in range(7):
        assert missiond.get("toulouse", "/listings").status == 200
    for _ in range(4):
        assert missiond.get("toulouse", "/api/v1/nowhere").status == 404
    for _ in range(3):
        assert missiond.get("nobody", "/listings").status == 421
    assert missiond.request("toulouse", "POST", "/api/v1/tokens", "{}",
                            {"Content-Type": "application/json"}).status == 422
    after = read(missiond)

    def more(name, **labels):
        return after.get(name, **labels) - before.get(name, **labels)
    listings = {"method": "GET", "route": "/listings"}
    assert more(REQUESTS, **listings, **{"class": "2xx"}) == 7
    assert more(REQUESTS, **listings, **{"class": "4xx"}) == 3
    assert more(REQUESTS, method="any", route="unknown", **{"class": "4xx"}) == 4
    assert more(REQUESTS, method="POST", route="/api/v1/tokens", **{"class": "4xx"}) == 1
    assert [more(STATUSES, status=status) for status in ("200", "404", "421", "422")] == [7, 4, 3, 1]
    assert more(COMMUNITIES, community="toulouse", **{"class": "2xx"}) == 7
    assert more(COMMUNITIES, community="toulouse", **{"class": "4xx"}) == 5
    assert more(COMMUNITIES, community="(none)", **{"class": "4xx"}) == 3
    # All of them, and none twice.
    assert after.sum(REQUESTS) - before.sum(REQUESTS) == 15
    assert after.sum(STATUSES) - before.sum(STATUSES) == 15
    assert after.sum(COMMUNITIES) - before.sum(COMMUNITIES) == 15
    assert after.sum(f"{DURATION}_count") - before.sum(f"{DURATION}_count") == 15


def test_a_route_is_its_pattern(missiond):
    token = missiond.claim("toulouse", "founder")
    listing = missiond.post_listing("toulouse", token, title="a telling title")
    missiond.api("toulouse", "GET", f"/listings/{listing['id']}", token=token)
    figures = read(missiond)
    assert figures.get(REQUESTS, method="GET", route="/api/v1/listings/{id:uuid}", **{"class": "2xx"}) >= 1
    for word in (listing["id"], "telling", "founder", token, PASSWORD, "127.0.0.1", "camille"):
        assert word not in figures.text, word


def test_durations_are_a_histogram(missiond):
    figures = read(missiond)
    kinds = figures.values(f"{DURATION}_bucket", "kind")
    assert kinds == {"page", "write", "login", "asset"}
    for kind in kinds:
        buckets = sorted((float(dict(labels)["le"]), value) for (name, labels), value in figures.samples.items()
                         if name == f"{DURATION}_bucket" and ("kind", kind) in labels)
        counts = [value for _, value in buckets]
        assert len(buckets) == 15 and buckets[-1][0] == float("inf") and buckets[0][0] == 0.001
        assert counts == sorted(counts)
        assert counts[-1] == figures.get(f"{DURATION}_count", kind=kind)
    pages = figures.get(f"{DURATION}_count", kind="page")
    assert 0 < figures.get(f"{DURATION}_sum", kind="page") < pages * 10
    # A log-in takes longer than a page.
    assert figures.families[DURATION].type == "histogram"


def test_the_most_asked_for_have_names(missiond):
    for _ in range(400):
        missiond.get("c3", "/nowhere")
    figures = read(missiond)
    names = figures.values(COMMUNITIES, "community")
    assert len(names - {"(others)", "(none)"}) == 2
    assert {"c3", "(others)"} < names
    before = figures
    for _ in range(900):
        missiond.get("c1", "/nowhere")
    figures = read(missiond)
    names = figures.values(COMMUNITIES, "community")
    assert "c1" in names and len(names - {"(others)", "(none)"}) == 2
    # What is told of the others does not go back because one of them left.
    labels = {"community": "(others)", "class": "4xx"}
    assert figures.get(COMMUNITIES, **labels) >= before.get(COMMUNITIES, **labels)
    told = figures.get(COMMUNITIES, community="c1", **{"class": "4xx"})
    for _ in range(5):
        missiond.get("c1", "/nowhere")
        missiond.get("c2", "/nowhere")
    after = read(missiond)
    assert after.get(COMMUNITIES, community="c1", **{"class": "4xx"}) == told + 5
    assert after.get(COMMUNITIES, **labels) == figures.get(COMMUNITIES, **labels) + 5


def test_the_others_are_all_that_have_no_line(missiond):
    before = read(missiond)
    named = before.values(COMMUNITIES, "community") - {"(others)", "(none)"}
    others = [slug for slug in ("toulouse", *MANY) if slug not in named]
    assert len(named) == 2 and len(others) == 4
    # So far ahead that none of the others comes before them.
    for slug in named:
        for _ in range(30):
            missiond.get(slug, "/nowhere")
    before = read(missiond)
    for number, slug in enumerate(others, 1):
        for _ in range(number):
            assert missiond.get(slug, "/listings").status == 200
        for _ in range(2 * number):
            assert missiond.get(slug, "/nowhere").status == 404
    after = read(missiond)
    more = {key: after.samples[key] - before.samples.get(key, 0) for key in after.samples if key[0] == COMMUNITIES}
    assert {key: value for key, value in more.items() if value} == {
        (COMMUNITIES, frozenset({"community": "(others)", "class": name}.items())): value
        for name, value in (("2xx", 1 + 2 + 3 + 4), ("4xx", 2 * (1 + 2 + 3 + 4)))}
    # Every request is some community's, the others' or nobody's.
    assert (after.sum(COMMUNITIES) - before.sum(COMMUNITIES) == after.sum(REQUESTS) - before.sum(REQUESTS)
            == 3 * (1 + 2 + 3 + 4))


def test_states_and_counts_of_all_kinds(missiond):
    held = [socket.create_connection(("127.0.0.1", missiond.port)) for _ in range(5)]
    try:
        figures = missiond.wait_until(
            lambda: (found := read(missiond)).get("missiond_connections") >= 5
            # What began with the start: a mail for each founder, and pages.
            and found.get("missiond_mails_total", outcome="sent") >= 6
            and found.get("missiond_mails_waiting") == 0
            and found.get("missiond_page_cache_misses_total") > 0 and found, 60, "they are seen")
    finally:
        for one in held:
            one.close()
    expected = {
        "missiond_build_info": "gauge", "missiond_start_time_seconds": "gauge", "missiond_uptime_seconds": "gauge",
        "missiond_process_up": "gauge", "missiond_restarts": "counter", "missiond_read_only": "gauge",
        "missiond_mails": "counter", "missiond_mails_waiting": "gauge", "missiond_jobs": "gauge",
        "missiond_schemas_ahead": "gauge", "missiond_database_up": "gauge", "missiond_requests": "counter",
        DURATION: "histogram", "missiond_too_many_requests": "counter", "missiond_turns": "counter",
        "missiond_turns_waited": "counter", "missiond_database_connects": "counter",
        "missiond_database_failures": "counter", "missiond_database_switches": "counter",
        "missiond_database_waits": "counter", "missiond_database_wait_seconds": "counter",
        "missiond_page_cache_hits": "counter", "missiond_page_cache_misses": "counter",
        "missiond_connections_accepted": "counter", "missiond_refused": "counter", "missiond_connections": "gauge",
        "missiond_requests_in_flight": "gauge", "missiond_turns_held": "gauge", "missiond_waiting": "gauge",
        "missiond_database_connections": "gauge", "missiond_page_cache_pages": "gauge",
        "missiond_page_cache_bytes": "gauge", "missiond_tasks": "gauge", "missiond_community_requests": "counter",
        "missiond_responses": "counter",
        "missiond_event_streams": "gauge", "missiond_events_sent": "counter",
    }
    assert {name: family.type for name, family in figures.families.items()} == expected
    assert figures.values("missiond_too_many_requests_total", "reason") == {
        "requests_per_second", "waiting_requests", "connections", "waiting_passwords", "network", "account", "event_streams"}
    assert figures.values("missiond_waiting", "queue") == {"turns", "passwords", "host_names", "database"}
    assert figures.values("missiond_jobs", "state") == {"waiting", "running", "failed"}
    assert figures.values("missiond_process_up", "process") == {
        "worker-1", "worker-2", "steward", "courier", "database"}
    assert figures.sum("missiond_process_up") == 5
    assert figures.sum("missiond_jobs") == 0
    assert figures.get("missiond_database_up") == 1
    assert figures.get("missiond_read_only") == 0
    assert 0 < figures.get("missiond_uptime_seconds") < 3600
    assert abs(figures.get("missiond_start_time_seconds") + figures.get("missiond_uptime_seconds") - time.time()) < 60
    assert figures.get("missiond_database_connects_total") > 0
    version = missiond.ctl("version").stdout.split()[-1]
    assert figures.values("missiond_build_info", "version") == {version}


def test_the_listener_gives_the_same_and_nothing_else(missiond):
    answer, body = scrape(missiond)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert set(Figures(body.decode()).families) == set(read(missiond).families)
    for path in ("/", "/metrics/", "/api/v1/status", "/api/v1/communities", "/api/v1/jobs", "/listings",
                 "/.well-known/security.txt"):
        assert scrape(missiond, path)[0].status == 404, path
    for path in ("/metrics", "/api/v1/apply", "/api/v1/reload"):
        assert scrape(missiond, path, "POST")[0].status in (404, 405), path
    assert scrape(missiond, "/metrics", "HEAD")[1] == b""


def test_each_community_keeps_its_connection(missiond):
    def ask(rounds):
        for number in range(rounds):
            for slug in MANY + ["toulouse"]:
                # Not what stands in the page cache.
                assert missiond.get(slug, f"/listings?q=word{number}").status == 200
        time.sleep(1.2)
        return read(missiond)
    before = ask(20)
    after = ask(20)
    switches = [figures.get("missiond_database_switches_total") for figures in (before, after)]
    assert switches[0] == switches[1]
    assert after.get("missiond_database_connections", state="idle") > len(MANY)
    # What all processes may have, and a hundred for who works by hand.
    if os.geteuid() == 0:
        assert Database(missiond).rows("SELECT @@max_connections, @@max_prepared_stmt_count") == [
            [str(2 * (16 + 240 + 1) + 2 * 17 + 100), str(96 * 648)]]


def test_counters_outlive_their_worker(missiond):
    for _ in range(50):
        missiond.get("c4", "/listings")
    time.sleep(1.2)  # what its parts know of themselves is told once a second
    before = read(missiond)
    restarts = before.get("missiond_restarts_total", role="worker")
    for role in ("worker-1", "worker-2"):
        os.kill(missiond.process_of(role), signal.SIGKILL)
    figures = missiond.wait_until(
        lambda: (found := read(missiond)).get("missiond_restarts_total", role="worker") == restarts + 2
        and found.sum("missiond_process_up") == 5 and found, 60, "they are back")
    assert figures.get("missiond_restarts_total", role="steward") == 0
    counters = {name for name, family in before.families.items() if family.type in ("counter", "histogram")}
    went_back = {key: (value, figures.samples.get(key)) for key, value in before.samples.items()
                 if re.sub(r"_(total|bucket|count|sum)$", "", key[0]) in counters
                 and figures.samples.get(key, 0) < value}
    assert not went_back
    missiond.wait_until(lambda: missiond.get("c4", "/listings").status == 200, 60, "it answers")
    assert read(missiond).sum(REQUESTS) > before.sum(REQUESTS)


def test_without_the_database_the_rest_is_told(missiond):
    with frozen(missiond.process_of("mariadbd")):
        figures = read(missiond)
        assert figures.get("missiond_database_up") == 0
        assert "missiond_jobs" not in figures.families
        assert figures.sum(REQUESTS) > 0
    missiond.wait_until(lambda: read(missiond).get("missiond_database_up") == 1, 60, "it is back")


REASONS = ("requests_per_second", "waiting_requests", "waiting_passwords", "network", "account")


class Refusals:
    """What was refused between the two, by reason."""

    def __init__(self, missiond):
        self.missiond = missiond

    def __enter__(self):
        self.before = read(self.missiond)
        return self

    def __exit__(self, *_):
        after = read(self.missiond)
        name = "missiond_too_many_requests_total"
        self.more = {reason: after.get(name, reason=reason) - self.before.get(name, reason=reason)
                     for reason in REASONS}

    def were(self, reason, statuses):
        """All 429, and for this reason alone."""
        count = statuses.count(429)
        return count > 0 and self.more == {other: count * (other == reason) for other in REASONS}


def test_refusals_above_the_rate_are_counted():
    made = site("workers: 1\ncommunity_limits:\n  requests_per_second: 1\n  burst: 2\n", [("toulouse", TOULOUSE)])
    try:
        made.start()
        made.ctl("apply")
        made.wait_until(lambda: made.get("toulouse", "/").status == 200, 120, "it answers")
        with Refusals(made) as refusals:
            statuses = [made.get("toulouse", "/").status for _ in range(12)]
        assert refusals.were("requests_per_second", statuses), (refusals.more, statuses)
    finally:
        made.close()


@pytest.fixture(scope="module")
def narrow():
    """One request of a community at a time, one password, and what visitors' proxies say of them is believed."""
    made = site("workers: 1\npasswords:\n  memory: 32MiB\n  passes: 2\n"
                "limits:\n  page_cache: 0\n  per_address: 1000\n"
                "community_limits:\n  requests_per_second: off\n  concurrent_requests: 1\n  waiting_passwords: 1\n",
                [("toulouse", TOULOUSE)])
    made.extra = made.extra.replace("listen:\n", "listen:\n  trusted: [127.0.0.1]\n")
    try:
        made.start().provision()
        # Right after a start one test alone had 503 for all while the database stood still.
        made.wait_until(lambda: read(made).get("missiond_mails_total", outcome="sent") == 1, 60, "the mail is sent")
        time.sleep(2)
        yield made
    finally:
        made.close()


def guess(missiond, login, address, body=None):
    body = body or json.dumps({"login": login, "password": "wrong guess", "name": "test", "days": 1})
    return missiond.request("toulouse", "POST", "/api/v1/tokens", body,
                            {"Content-Type": "application/json", "X-Forwarded-For": address}).status


def test_refusals_of_a_network_are_counted(narrow):
    with Refusals(narrow) as refusals:
        # Nothing that could be looked up: only how often is counted.
        statuses = [guess(narrow, None, "192.0.2.1", "{}") for _ in range(60)]
    assert set(statuses) == {422, 429}
    assert refusals.were("network", statuses), (refusals.more, statuses)


def test_refusals_for_an_account_are_counted(narrow):
    with Refusals(narrow) as refusals:
        statuses = [guess(narrow, "camille", f"198.51.100.{number}") for number in range(40)]
    assert set(statuses) == {401, 429}
    assert refusals.were("account", statuses), (refusals.more, statuses)


def test_refusals_of_a_crowd_with_passwords_are_counted(narrow):
    with Refusals(narrow) as refusals, concurrent.futures.ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(lambda number: guess(narrow, f"name{number}", f"203.0.113.{number}"), range(60)))
    assert set(statuses) == {401, 429}
    assert refusals.were("waiting_passwords", statuses), (refusals.more, statuses)


def test_refusals_of_a_crowd_are_counted(narrow):
    waiting, more = 256, 40  # as turns.c has it, and one that is worked on
    request = f"GET /listings HTTP/1.1\r\nHost: toulouse.localhost:{narrow.port}\r\nConnection: close\r\n\r\n".encode()
    assert narrow.get("toulouse", "/listings").status == 200
    held = []
    with Refusals(narrow) as refusals:
        with frozen(narrow.process_of("mariadbd")):
            for _ in range(1 + waiting + more):
                held.append(socket.create_connection(("127.0.0.1", narrow.port), 60))
                held[-1].sendall(request)
            first = select.select(held, [], [], 60)[0]
            end = time.monotonic() + 60
            while len(first) < more and time.monotonic() < end:
                first = select.select(held, [], [], 1)[0]
        statuses = []
        for one in held:
            with one, one.makefile("rb") as answer:
                statuses.append(int(answer.readline().split()[1]))
                answer.read()
    assert statuses.count(200) == 1 + waiting
    assert statuses.count(429) == more
    assert refusals.were("waiting_requests", statuses), (refusals.more, statuses)


def test_there_is_no_listener_unless_it_is_asked_for():
    made = Missiond("", [("toulouse", TOULOUSE)])
    try:
        made.start()
        listening = made.process_of("steward")
        table = open("/proc/net/tcp").read() + open("/proc/net/tcp6").read()
        inodes = {line.split()[9] for line in table.splitlines() if len(line.split()) > 9 and line.split()[3] == "0A"}
        held = set()
        for entry in os.scandir(f"/proc/{listening}/fd"):
            held.update(re.findall(r"socket:\[(\d+)\]", os.readlink(entry.path)))
        assert held and not held & inodes
        assert Figures(made.ctl("metrics").stdout).get("missiond_database_up") == 1
    finally:
        made.close()


@pytest.mark.parametrize("address", ["0.0.0.0:9090", "[::]:9090", "[::0.0.0.0]:9090", "[::ffff:127.0.0.1]:9090",
                                     "localhost:9090", ":9090", "9090"])
def test_all_addresses_are_none(tmp_path, address):
    made = Missiond(f"listen:\n  http: 127.0.0.1:8080\n  metrics: '{address}'\n")
    try:
        made.configuration.write_text(made.settings())
        import subprocess
        done = subprocess.run([PREFIX / "sbin" / "missiond", "--check", "--config", made.configuration],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and "metrics" in done.stderr and "expected" in done.stderr, done
    finally:
        made.close()
