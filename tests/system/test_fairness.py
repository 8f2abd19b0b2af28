"""One community's crowd and another community: who waits for whom, who is told
that it is too much, and that limits change when they are applied."""
import contextlib
import http.client
import statistics
import threading
import time

import pytest

from harness import TOULOUSE, Missiond

GUILD = """\
slug: guild
name: The Guild
domains: [guild.localhost]
founder: {name: Alice Turner, email: alice@example.org}
language: en
reading: public
"""
PAGE = "/listings"


@pytest.fixture
def site():
    missiond = Missiond("workers: 1\nlog:\n  requests: false\n"
                        # Each page is made anew.
                        "limits:\n  page_cache: 0\n"
                        "community_limits:\n  requests_per_second: off\n",
                        (("toulouse", TOULOUSE), ("guild", GUILD)))
    try:
        yield missiond.start().provision()
    finally:
        missiond.close()


class Hammer:
    """Connections that ask for a page again and again, each as fast as it can."""

    def __init__(self, site, slug, connections):
        self.site, self.slug = site, slug
        self.answers, self.lock = [], threading.Lock()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(connections)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def run(self):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=120)) as connection:
            while not self.over.is_set():
                connection.request("GET", PAGE, headers={"Host": f"{self.slug}.localhost:{self.site.port}"})
                response = connection.getresponse()
                response.read()
                with self.lock:
                    self.answers.append((response.status, response.headers.get("Retry-After")))

    def statuses(self):
        with self.lock:
            return [status for status, _ in self.answers]


def latencies(site, slug, count):
    times = []
    for _ in range(count):
        began = time.monotonic()
        assert site.get(slug, PAGE).status == 200
        times.append(time.monotonic() - began)
    return times


def put(site, slug, text, limits):
    (site.tenants / f"{slug}.yaml").write_text(text + (f"limits: {{{limits}}}\n" if limits else ""))
    site.ctl("apply", site.tenants / f"{slug}.yaml")


def burst(site, slug, count, path=PAGE, **options):
    """All at once, one after another: the statuses."""
    return [site.get(slug, path, **options).status for _ in range(count)]


def settle(site, slug, refuses):
    """Workers learn of an apply within a second or so; then it counts for all."""
    site.wait_until(lambda: (429 in burst(site, slug, 12)) == refuses, 60, f"{slug} is {'' if refuses else 'not '}limited")


def test_a_crowd_delays_itself_and_not_its_neighbour(site):
    latencies(site, "guild", 20)
    idle = statistics.median(latencies(site, "guild", 30))
    with Hammer(site, "toulouse", 64) as hammer:
        site.wait_until(lambda: len(hammer.statuses()) > 64, 120, "all are at it")
        crowded = statistics.median(latencies(site, "guild", 30))
        seen = hammer.statuses()
    # In one line with all others it would be some 64 times as long.
    assert crowded < 10 * idle + 0.05, (idle, crowded)
    assert set(seen) == {200}
    print(f"idle {idle * 1000:.1f} ms, beside a crowd {crowded * 1000:.1f} ms, {len(seen)} of the crowd's")


def test_above_its_limit_one_is_told_and_the_other_is_not(site):
    put(site, "toulouse", TOULOUSE, "requests_per_second: 20, burst: 30")
    with Hammer(site, "toulouse", 16) as hammer:
        site.wait_until(lambda: hammer.statuses().count(429) > 20, 120, "there are refusals")
        assert set(burst(site, "guild", 60)) == {200}
    statuses = hammer.statuses()
    assert set(statuses) == {200, 429}
    assert all(after is not None and int(after) >= 1 for status, after in hammer.answers if status == 429)
    assert all(after is None for status, after in hammer.answers if status == 200)


def first(answers, status):
    return next(answer for answer in answers if answer.status == status)


def test_a_refusal_is_a_page_and_a_document_in_both_languages(site):
    put(site, "toulouse", TOULOUSE, "requests_per_second: 1, burst: 1")
    settle(site, "toulouse", True)
    answers = {}
    for language in ("en", "fr"):
        for path in (PAGE, "/api/v1/listings"):
            answers[language, path] = first(
                (site.get("toulouse", path, headers={"Accept-Language": language}) for _ in range(50)), 429)
    for answer in answers.values():
        assert answer.headers["Retry-After"] == "1" or answer.headers["Retry-After"] == "2"
        assert "no-store" in answer.headers["Cache-Control"]
    assert "Too many are asking at once" in answers["en", PAGE].text
    assert "Trop de demandes à la fois" in answers["fr", PAGE].text
    for language, title in (("en", "Too many are asking at once"), ("fr", "Trop de demandes à la fois")):
        document = answers[language, "/api/v1/listings"]
        assert document.headers["Content-Type"].startswith("application/problem+json")
        assert document.json["type"] == "urn:missiond:problem:community-busy"
        assert document.json["status"] == 429
        assert document.json["title"] == title
    # What a page is made of comes all the same.
    assert set(burst(site, "toulouse", 20, "/theme.css")) == {200}


def test_limits_change_when_they_are_applied(site):
    settle(site, "toulouse", False)
    put(site, "toulouse", TOULOUSE, "requests_per_second: 1, burst: 3")
    settle(site, "toulouse", True)
    # The bucket was empty at one a second: that counts no more.
    put(site, "toulouse", TOULOUSE, "requests_per_second: 1000, burst: 100")
    settle(site, "toulouse", False)
    put(site, "toulouse", TOULOUSE, "requests_per_second: 1, burst: 3")
    settle(site, "toulouse", True)
    put(site, "toulouse", TOULOUSE, "requests_per_second: off")
    settle(site, "toulouse", False)
    put(site, "toulouse", TOULOUSE, "concurrent_requests: 1, connections: 1")
    with Hammer(site, "toulouse", 16) as hammer:
        site.wait_until(lambda: len(hammer.statuses()) > 100, 120, "one at a time")
    assert set(hammer.statuses()) == {200}


def test_the_hosts_defaults_change_by_reload(site):
    assert set(burst(site, "guild", 40)) == {200}
    site.extra = "workers: 1\ncommunity_limits:\n  requests_per_second: 1\n  burst: 5\n"
    site.configuration.write_text(site.settings())
    site.ctl("reload")
    settle(site, "guild", True)
    # Its own word counts more.
    put(site, "guild", GUILD, "requests_per_second: off")
    settle(site, "guild", False)


def test_a_slow_sender_holds_no_turn(site):
    """More uploads that never end than a community may have in work."""
    put(site, "toulouse", TOULOUSE, "concurrent_requests: 2, requests_per_second: 1, burst: 1")
    settle(site, "toulouse", True)
    put(site, "toulouse", TOULOUSE, "concurrent_requests: 2")
    settle(site, "toulouse", False)
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            connection = stack.enter_context(
                contextlib.closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)))
            connection.putrequest("POST", "/api/v1/password-resets", skip_host=True)
            connection.putheader("Host", f"toulouse.localhost:{site.port}")
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", "100")
            connection.putheader("Expect", "100-continue")
            connection.endheaders()
            # Admitted: it waits for the body now.
            assert connection.sock.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        began = time.monotonic()
        assert set(burst(site, "toulouse", 5)) == {200}
        assert time.monotonic() - began < 9
