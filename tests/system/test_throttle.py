"""Tries to log in are counted for all workers together, and through restarts."""
import json
import shutil
import time

from harness import PASSWORD

BURST = 20      # for a login, from places where its member never was
ADDRESS = 30    # for an address, over all logins
STEP = 60       # seconds until one more
TOKENS = 20     # that a member may have


class Guesser:
    def __init__(self, daemon, slug):
        self.daemon, self.slug = daemon, slug
        self.begun = time.monotonic()

    def log_in(self, login, password, address):
        return self.daemon.request(
            self.slug, "POST", "/api/v1/tokens",
            json.dumps({"login": login, "password": password, "name": "test", "days": 1}),
            {"Content-Type": "application/json", "X-Forwarded-For": address})

    def more(self):
        """How many tries may have come back since."""
        return int((time.monotonic() - self.begun) / STEP) + 1

    def until_refused(self, tries):
        """How many of them were looked at before one was refused."""
        for count, (login, address) in enumerate(tries):
            answer = self.log_in(login, "wrong guess", address)
            if answer.status == 429:
                assert answer.json["type"] == "urn:missiond:problem:too-many-tries"
                wait = int(answer.headers["Retry-After"])
                assert 0 < wait <= STEP + 1
                assert f"Try again in {wait} second" in answer.json["detail"], answer.text
                return count
            assert answer.status == 401, answer.text
        raise AssertionError("none was refused")


def settings(port):
    return f"listen:\n  http: 127.0.0.1:{port}\n  trusted: [127.0.0.1]\n"


def test_tries_are_counted_for_all_workers_and_through_a_restart(own):
    daemon = own()
    daemon.extra = settings(daemon.port)
    daemon.start().provision()
    daemon.claim("guild", "alice")
    guesser = Guesser(daemon, "guild")
    home = "198.51.100.7"
    assert guesser.log_in("alice", PASSWORD, home).status == 201

    # One account from many addresses.
    many = [("alice", f"203.0.113.{number}") for number in range(1, 200)]
    count = guesser.until_refused(many)
    assert BURST <= count <= BURST + guesser.more()
    # Somebody who is not there is answered in the same way.
    count = guesser.until_refused([("nobody", address) for _, address in many])
    assert BURST <= count <= BURST + guesser.more()
    # One address over many accounts; half of it after the restart.
    half = ADDRESS // 2
    for number in range(half):
        assert guesser.log_in(f"name{number}", "wrong guess", "192.0.2.1").status == 401

    assert daemon.stop() == 0
    daemon.start()
    daemon.wait_until(lambda: daemon.get("guild", "/login").status == 200, 120, "guild answers")

    assert guesser.until_refused(many) <= guesser.more()
    count = guesser.until_refused([(f"name{number}", "192.0.2.1") for number in range(half, 200)])
    assert ADDRESS - half <= count <= ADDRESS - half + guesser.more()
    # The member gets in at home, by mail address too, whatever was guessed
    # elsewhere, and from nowhere else.
    guesser.until_refused([("alice@example.org", address) for _, address in many])
    assert guesser.log_in("alice", PASSWORD, home).status == 201
    assert guesser.log_in("alice@example.org", PASSWORD, home).status == 201
    while guesser.log_in("alice", PASSWORD, "203.0.113.250").status == 201:
        guesser.until_refused(many)

    # What cannot be counted is not tried.
    daemon.configuration.write_text(daemon.settings(
        f"{daemon.extra}limits:\n  free_space: {shutil.disk_usage(daemon.folder).total}\n"))
    daemon.ctl("reload")
    daemon.wait_until(lambda: daemon.events("space.low"), 120, "the mark is noticed")
    answer = daemon.wait_until(
        lambda: (answer := guesser.log_in("alice", PASSWORD, home)).status == 503 and answer, 120, "nobody logs in")
    assert answer.json["type"] == "urn:missiond:problem:read-only" and answer.headers["Retry-After"]


def test_what_a_right_password_was_not_let_do_costs_no_try(own):
    daemon = own()
    daemon.extra = settings(daemon.port)
    daemon.start().provision()
    daemon.claim("guild", "alice")
    guesser = Guesser(daemon, "guild")
    statuses = [guesser.log_in("alice", PASSWORD, f"203.0.113.{number}").status for number in range(TOKENS + 2 * BURST)]
    made = statuses.count(201)
    assert 0 < made <= TOKENS and statuses == [201] * made + [422] * (len(statuses) - made)
    # One that is wrong costs one, whatever was given back before.
    count = guesser.until_refused([("alice", f"192.0.2.{number}") for number in range(1, 200)])
    assert BURST <= count <= BURST + guesser.more()


def test_an_address_counts_as_its_visitor_however_it_is_written(own):
    daemon = own()
    daemon.extra = settings(daemon.port)
    daemon.start().provision()
    guesser = Guesser(daemon, "guild")
    # Who has one address of IPv6 has its whole /64.
    count = guesser.until_refused(
        (f"v6-{number}", f"2001:{('db8', 'DB8')[number % 2]}:1:2::{number:x}") for number in range(200))
    assert ADDRESS <= count <= ADDRESS + guesser.more()
    # Proxies that listen on both write IPv4 as mapped: not all of it is one.
    for number in range(ADDRESS + 10):
        answer = guesser.log_in(f"mapped{number}", "wrong guess", f"::ffff:198.18.0.{number}")
        assert answer.status == 401, answer.text
    count = guesser.until_refused(
        (f"v4-{number}", ("198.18.1.1", "::ffff:198.18.1.1", "::FFFF:c612:101")[number % 3]) for number in range(200))
    assert ADDRESS <= count <= ADDRESS + guesser.more()


def test_mails_are_counted_for_all_workers(own):
    daemon = own()
    daemon.extra = settings(daemon.port)
    daemon.start().provision()
    daemon.claim("guild", "alice")

    def resets():
        return sum("/reset/" in mail.get_content() for mail in daemon.mails("alice@example.org"))

    begun = time.monotonic()
    for number in range(14):
        answer = daemon.request(
            "guild", "POST", "/api/v1/password-resets", json.dumps({"login": "alice"}),
            {"Content-Type": "application/json", "X-Forwarded-For": f"203.0.113.{number}"})
        assert answer.status == 204, answer.text
    most = 6 + int((time.monotonic() - begun) / 600)
    daemon.wait_until(lambda: resets() >= 6, 120, "six mails arrive")
    time.sleep(1)
    assert resets() <= most
