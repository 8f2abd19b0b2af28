"""Event streams: who is told that there is something new, when, and who is not."""
import contextlib
import http.client
import itertools
import json
import os
import re
import select
import signal
import socket
import time

import pytest

from harness import TOULOUSE, Missiond
from test_fairness import GUILD
from test_page_cache import sql
from test_site import browse_in, form

CLOSED = GUILD.replace("guild", "closed").replace("public", "members").replace("Guild", "Closed")
FILES = (("toulouse", TOULOUSE), ("guild", GUILD))
TERMS = """\
terms:
  version: next
  texts:
    - {language: fr, title: Conditions, body: Soyez gentils.}
    - {language: en, title: Terms, body: Be kind.}
"""
SOON = 30


class Stream:
    """A browser's EventSource, on a connection of its own."""

    def __init__(self, site, slug="toulouse", query="", headers=None, receive=None, version="1.1"):
        self.socket = socket.socket()
        if receive:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        self.socket.connect(("127.0.0.1", site.port))
        self.rest = b""
        lines = [f"GET /events{query} HTTP/{version}", f"Host: {slug}.localhost:{site.port}",
                 *(f"{name}: {value}" for name, value in (headers or {}).items()), "", ""]
        self.socket.sendall("\r\n".join(lines).encode())
        self.head = self.until(b"\r\n\r\n").decode()
        self.status = int(self.head.split()[1])
        self.id = None
        if self.status == 200:
            self.retry = int(re.fullmatch(r"retry: ([0-9]+)\n", self.until(b"\n").decode()).group(1))
            self.first = self.event(SOON)

    def close(self):
        self.socket.close()

    def until(self, end, seconds=SOON):
        """What comes up to `end`, None when the stream ends before."""
        limit = time.monotonic() + seconds
        while end not in self.rest:
            if not select.select([self.socket], [], [], max(0, limit - time.monotonic()))[0]:
                raise TimeoutError(self.rest)
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if data == b"":
                return None
            self.rest += data
        found, self.rest = self.rest.split(end, 1)
        return found + end

    def event(self, seconds=SOON):
        """The next event's fields; comments are passed over. None at the end."""
        limit = time.monotonic() + seconds
        while True:
            block = self.until(b"\n\n", limit - time.monotonic())
            if block is None:
                return None
            fields = dict(line.split(": ", 1) for line in block.decode().splitlines() if line and line[0] != ":")
            if fields:
                self.id = fields["id"]
                return fields

    def is_quiet(self, seconds):
        try:
            said = self.event(seconds)
        except TimeoutError:
            return True
        raise AssertionError(f"said: {said}")


@pytest.fixture(scope="module")
def here():
    missiond = Missiond("workers: 2\n", (*FILES, ("closed", CLOSED)))
    try:
        missiond.start().provision()
        missiond.wait_until(lambda: missiond.get("closed", "/").status == 200, 120, "closed answers")
        missiond.tokens = {slug: missiond.claim(slug) for slug in ("toulouse", "guild", "closed")}
        yield missiond
    finally:
        missiond.close()


@pytest.fixture
def listen():
    with contextlib.ExitStack() as stack:
        def make(site, *arguments, **options):
            return stack.enter_context(contextlib.closing(Stream(site, *arguments, **options)))
        yield make


addresses = itertools.count()


def post(site, slug="toulouse"):
    """From a new address each time: limits of rate count by it."""
    number = next(addresses)
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60,
                                            source_address=(f"127.8.{number // 250}.{number % 250 + 1}", 0))
    with contextlib.closing(connection):
        connection.request("POST", "/api/v1/listings", json.dumps({
            "kind": "offer", "category": "other", "title": "A bicycle", "body": "Words.", "exchange": "a coffee"}),
            {"Host": f"{slug}.localhost:{site.port}", "Content-Type": "application/json",
             "Authorization": f"Bearer {site.tokens[slug]}"})
        assert connection.getresponse().status == 201


def mark(site, slug="toulouse", headers=None):
    """Of which moment a list says that it is."""
    return re.search(r'data-news="([^"]+)"', site.get(slug, "/listings", headers=headers).text).group(1)


def test_the_head_is_a_streams(here, listen):
    stream = listen(here)
    for line in ("HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Cache-Control: no-store",
                 "X-Accel-Buffering: no", "Connection: close"):
        assert line in stream.head.splitlines()
    assert "Content-Length" not in stream.head and "Transfer-Encoding" not in stream.head
    assert stream.first == {"id": stream.id} and 2000 <= stream.retry < 10000
    assert listen(here, version="1.0").first == {"id": stream.id}
    answer = here.request("toulouse", "HEAD", "/events")
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, "text/event-stream", b"")
    assert here.request("toulouse", "POST", "/events").status == 405


def test_all_who_listen_are_told_once(here, listen):
    # By whichever worker they were let in.
    streams = [listen(here) for _ in range(16)]
    for _ in range(2):
        post(here)
        told = [stream.event() for stream in streams]
        assert {event["event"] for event in told} == {"news"}
        assert len({event["id"] for event in told}) == 1
        # The machine hears of its own change once more: that is no news.
        assert streams[0].is_quiet(2.5)


def test_much_is_told_as_one(here, listen):
    stream = listen(here)
    began = time.monotonic()
    while time.monotonic() < began + 3:
        post(here)
    last = mark(here)
    told = 0
    while stream.id != last:
        assert stream.event()
        told += 1
    assert told <= 2 + (time.monotonic() - began)


def test_who_comes_back_is_told_what_they_missed(here, listen):
    stream = listen(here)
    before = stream.id
    stream.close()
    post(here)
    again = listen(here, headers={"Last-Event-ID": before})
    assert again.first["event"] == "news" and again.id != before
    assert listen(here, headers={"Last-Event-ID": again.id}).first == {"id": again.id}
    # A page that looks again after a while, and one that was just made.
    assert "event" in listen(here, query=f"?last={before}").first
    assert "event" in listen(here, query=f"?page={before}").first
    assert "event" not in listen(here, query=f"?page={again.id}").first
    # Of before a start: nobody knows what was missed.
    assert "event" in listen(here, headers={"Last-Event-ID": "00000000-1"}).first
    assert "event" in listen(here, query="?last=00000000-1").first
    # The page was made elsewhere, just now.
    assert "event" not in listen(here, query="?page=00000000-1").first
    for nonsense in ("x", "00000000-", "00000000-%0A1", "é", "0" * 3000):
        assert "event" not in listen(here, query=f"?last={nonsense.replace('é', '%C3%A9')}").first


def test_ones_own_change_is_not_news_on_the_page_after_it(here, listen):
    post(here)
    stream = listen(here, query=f"?page={mark(here)}")
    assert "event" not in stream.first
    assert stream.is_quiet(2.5)
    assert mark(here) == stream.id
    assert "data-news" not in here.get("toulouse", "/listings?page=2").text


def test_a_community_tells_of_itself_alone(here, listen):
    ours, theirs = listen(here, "toulouse"), listen(here, "guild")
    for _ in range(3):
        post(here, "guild")
        assert theirs.event()["event"] == "news"
    assert ours.is_quiet(2.5)
    # Neither does the mark of another say anything here.
    post(here, "toulouse")
    assert ours.event()["event"] == "news"
    assert theirs.is_quiet(2.5)


def test_what_is_for_members_is_told_to_members(here, listen):
    refused = listen(here, "closed")
    assert refused.status == 303 and "Location: /login" in refused.head
    for username in ("stays", "leaves", "suspended"):
        here.join("closed", username)
    cookies = {name: browse_in(here, "closed", name) for name in ("stays", "leaves", "suspended")}
    streams = {name: listen(here, "closed", headers={"Cookie": cookie}) for name, cookie in cookies.items()}
    assert {stream.status for stream in streams.values()} == {200}
    post(here, "closed")
    assert all(stream.event()["event"] == "news" for stream in streams.values())
    assert form(here, "closed", "/logout", {}, cookies["leaves"]).status == 303
    member = next(row for row in here.api("closed", "GET", "/members", token=here.tokens["closed"]).json["members"]
                  if row["username"] == "suspended")
    here.api("closed", "POST", f"/members/{member['id']}/suspend", {"reason": "A test."}, here.tokens["closed"])
    post(here, "closed")
    assert streams["stays"].event()["event"] == "news"
    assert streams["leaves"].event() is None
    assert streams["suspended"].event() is None
    assert listen(here, "closed", headers={"Cookie": cookies["suspended"]}).status in (303, 403)


def test_a_log_in_that_ended_ends_its_stream_without_news(here, listen):
    cookie = browse_in(here, "toulouse", "founder")
    stream, other = listen(here, headers={"Cookie": cookie}), listen(here)
    assert form(here, "toulouse", "/logout", {}, cookie).status == 303
    # The longest time is CHANNELS_CHECK_INTERVAL; meanwhile the stream's beat.
    assert stream.until(b":\n\n") == b":\n\n"
    assert stream.event(60) is None
    assert other.until(b":\n\n") == b":\n\n"


def test_a_stream_is_no_use_of_the_log_in(here, listen):
    cookie = browse_in(here, "toulouse", "founder")
    schema = here.ctl("show", "toulouse", json_output=True)["schema"]
    sql(here, f"UPDATE {schema}.session SET seen_at = seen_at - INTERVAL 1 DAY")
    before = sql(here, f"SELECT MAX(seen_at) FROM {schema}.session")
    listen(here, headers={"Cookie": cookie})
    assert sql(here, f"SELECT MAX(seen_at) FROM {schema}.session") == before
    here.get("toulouse", "/listings", headers={"Cookie": cookie})
    assert sql(here, f"SELECT MAX(seen_at) FROM {schema}.session") != before


def test_streams_are_counted(here, listen):
    def figure(name):
        return sum(float(line.rsplit(" ", 1)[1]) for line in here.ctl("metrics").stdout.splitlines()
                   if line.startswith(name))
    here.wait_until(lambda: figure("missiond_event_streams") == 0, SOON, "those before are gone")
    sent = figure("missiond_events_sent_total")
    streams = [listen(here) for _ in range(5)]
    here.wait_until(lambda: figure("missiond_event_streams") == 5, SOON, "five are counted")
    post(here)
    assert all(stream.event() for stream in streams)
    here.wait_until(lambda: figure("missiond_events_sent_total") == sent + 5, SOON, "their events are counted")
    for stream in streams:
        stream.close()
    here.wait_until(lambda: figure("missiond_event_streams") == 0, SOON, "they are gone")


def test_settings_end_streams_only_where_others_may_read(own, listen):
    site = own("workers: 2\n", FILES).start().provision()
    site.tokens = {slug: site.claim(slug) for slug in ("toulouse", "guild")}
    streams = [listen(site) for _ in range(6)]
    site.api("toulouse", "PATCH", "/community", {"tagline": "Autre chose"}, site.tokens["toulouse"])
    (site.tenants / "toulouse.yaml").write_text(TOULOUSE + "listing_quota: 7\n")
    site.ctl("apply")
    post(site)
    assert all(stream.event()["event"] == "news" for stream in streams)
    (site.tenants / "toulouse.yaml").write_text(TOULOUSE.replace("reading: public", "reading: members"))
    site.ctl("apply")
    assert all(stream.event() is None for stream in streams)
    site.wait_until(lambda: site.get("toulouse", "/events").status == 303, SOON, "only members are told")
    member = listen(site, headers={"Cookie": browse_in(site, "toulouse", "founder")})
    other = listen(site, "guild")
    (site.tenants / "toulouse.yaml").write_text(TOULOUSE.replace("reading: public", "reading: members") + TERMS)
    site.ctl("apply")
    assert member.event() is None
    assert other.is_quiet(1)


def test_a_suspended_community_has_no_streams(own, listen):
    site = own("workers: 2\n", FILES).start().provision()
    streams = [listen(site) for _ in range(6)]
    other = listen(site, "guild")
    sql(site, f"UPDATE missiond_control.community SET state = 'suspended' WHERE slug = 'toulouse'; "
              f"CALL missiond_registry.community_moved('[{{\"community\": \"{uuid_of(site)}\", \"kinds\": 2}}]')")
    assert all(stream.event() is None for stream in streams)
    assert site.get("toulouse", "/events").status == 503
    assert other.is_quiet(1)


def test_a_name_that_is_gone_tells_nothing_more(own, listen):
    site = own("workers: 1\n", FILES).start().provision()
    (site.tenants / "toulouse.yaml").write_text(TOULOUSE.replace("[toulouse.localhost]",
                                                                 "[toulouse.localhost, entraide.localhost]"))
    site.ctl("apply")
    site.wait_until(lambda: site.get("entraide", "/").status == 200, SOON, "the second name leads there")
    # The community is known by the first one's name.
    first, second, other = listen(site), listen(site, "entraide"), listen(site, "guild")
    (site.tenants / "toulouse.yaml").write_text(TOULOUSE)
    site.ctl("apply")
    assert second.event() is None
    # Who came by a name that stays comes back by it.
    assert first.event() is None and listen(site).status == 200
    assert listen(site, "entraide").status == 421
    assert other.is_quiet(1)


def uuid_of(site, slug="toulouse"):
    return sql(site, f"SELECT id FROM missiond_control.community WHERE slug = '{slug}'").strip()


def test_too_many_are_refused(own, listen):
    site = own("workers: 1\nlimits:\n  streams: 6\n  streams_per_address: 4\ncommunity_limits:\n  streams: 3\n",
               FILES).start().provision()
    kept = [listen(site) for _ in range(3)]
    refused = listen(site)
    assert refused.status == 429 and re.search(r"^Retry-After: [0-9]+", refused.head, re.M)
    kept += [listen(site, "guild")]
    assert listen(site, "guild").status == 429  # the fourth of this address was the last
    kept.pop(0).close()
    site.wait_until(lambda: site.get("guild", "/events").status == 200, SOON, "there is room again")


def test_the_worker_has_enough(own, listen):
    site = own("workers: 1\nlimits:\n  streams: 2\n", FILES).start().provision()
    kept = [listen(site), listen(site, "guild")]
    refused = listen(site)
    assert refused.status == 503 and "Retry-After" in refused.head
    # Pages are answered all the same, and the streams go on.
    assert site.get("toulouse", "/listings").status == 200
    assert kept[0].is_quiet(0.5)


def test_many_streams_do_not_keep_it_from_stopping(own, listen):
    site = own("workers: 2\nlimits:\n  streams_per_address: 1000\n  per_address: 1000\n", FILES).start().provision()
    streams = [listen(site) for _ in range(500)]
    began = time.monotonic()
    site.process.send_signal(signal.SIGTERM)
    assert all(stream.event() is None for stream in streams)
    ended = time.monotonic() - began
    assert site.stop() == 0
    # stop_time is 20 s.
    assert ended < 10


def test_a_reload_ends_no_stream(own, listen):
    site = own("workers: 2\n", FILES).start().provision()
    site.tokens = {"toulouse": site.claim("toulouse")}
    streams = [listen(site) for _ in range(6)]
    site.ctl("reload")
    post(site)
    assert all(stream.event()["event"] == "news" for stream in streams)


def test_a_killed_worker_takes_no_news_with_it(own, listen):
    site = own("workers: 2\n", FILES).start().provision()
    site.tokens = {"toulouse": site.claim("toulouse")}
    streams = [listen(site) for _ in range(12)]
    os.kill(site.process_of("worker-1"), signal.SIGKILL)
    post(site)
    told = [stream.event() for stream in streams]
    assert any(event is None for event in told) and any(event is not None for event in told)
    for stream, event in zip(streams, told):
        if event is None:
            site.wait_until(lambda: site.get("toulouse", "/events").status == 200, SOON, "a worker answers")
            assert listen(site, headers={"Last-Event-ID": stream.id}).first["event"] == "news"
