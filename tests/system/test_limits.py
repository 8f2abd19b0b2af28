"""Limits of number hold when many ask at the same time."""
import concurrent.futures
import re
from urllib.parse import urlencode

import pytest

from harness import PASSWORD, TOULOUSE, Database, Missiond
from test_site import browse_in

TOGETHER = 24


@pytest.fixture(scope="module")
def site():
    missiond = Missiond(files=[("toulouse", TOULOUSE + "listing_quota: 3\n")])
    missiond.extra = f"listen:\n  http: 127.0.0.1:{missiond.port}\n  trusted: [127.0.0.1]\n"
    try:
        missiond.start().provision()
        missiond.founder = missiond.claim("toulouse", "camille")
        yield missiond
    finally:
        missiond.close()


@pytest.fixture(scope="module")
def database(site):
    """rows(sql), {s} standing for the community's schema."""
    server = Database(site)
    schema = server.schemas()["toulouse"]
    return lambda sql: server.rows(sql.replace("{s}", schema))


def together(ask):
    """How often each status was answered; every one to another address."""
    with concurrent.futures.ThreadPoolExecutor(TOGETHER) as crowd:
        statuses = list(crowd.map(ask, range(TOGETHER)))
    return {status: statuses.count(status) for status in set(statuses)}


def send(site, number, method, path, body, kind="application/x-www-form-urlencoded", **headers):
    return site.request("toulouse", method, path, body, {
        "Content-Type": kind, "X-Forwarded-For": f"10.1.2.{number}",
        "Origin": f"http://toulouse.localhost:{site.port}", **headers}).status


def page_form(site, cookie, path):
    """What a page's form sends by itself."""
    page = site.get("toulouse", path, headers={"Cookie": cookie}).text
    return dict(re.findall(r'name="(csrf|author)" value="([^"]*)"', page))


def test_listings(site, database):
    site.join("toulouse", "lucie")
    cookie = browse_in(site, "toulouse", "lucie")
    fields = urlencode({**page_form(site, cookie, "/listings/new"), "kind": "offer", "category": "other",
                        "title": "A bicycle", "body": "Words.", "exchange": "a coffee"})
    assert together(lambda number: send(site, number, "POST", "/listings/new", fields, Cookie=cookie)) == {
        303: 3, 422: TOGETHER - 3}
    assert database("SELECT COUNT(*) FROM {s}.listing WHERE title = 'A bicycle'") == [["3"]]


def test_access_tokens(site, database):
    site.join("toulouse", "marius")
    cookie = browse_in(site, "toulouse", "marius")
    fields = urlencode({**page_form(site, cookie, "/account/tokens"), "name": "many", "days": "30"})
    # 20 of one member, of whom one was made to join.
    assert together(lambda number: send(site, number, "POST", "/account/tokens", fields, Cookie=cookie)) == {
        201: 19, 422: TOGETHER - 19}
    assert database("SELECT COUNT(*) FROM {s}.api_token JOIN {s}.member ON member.id = api_token.member "
                    "WHERE username = 'marius'") == [["20"]]


def test_invitations(site, database):
    database("INSERT INTO {s}.invitation (id, digest, uses, created_at, expires_at) SELECT UUID(), RANDOM_BYTES(32), 1, "
             "UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 DAY FROM {s}.seq_1_to_195")
    body = '{"note": "many", "uses": 1, "days": 1, "scopes": []}'
    assert together(lambda number: send(
        site, number, "POST", "/api/v1/invitations", body, "application/json",
        Authorization=f"Bearer {site.founder}")) == {201: 5, 409: TOGETHER - 5}
    database("DELETE FROM {s}.invitation")


def test_administrators_also_by_invitation(site, database):
    """More than the list shows would be hidden from the founder."""
    identity = "CONCAT('01900000-0000-7000-8000-', LPAD(seq, 12, '0'))"
    database(f"INSERT INTO {{s}}.member_root SELECT {identity} FROM {{s}}.seq_1_to_220; "
             f"INSERT INTO {{s}}.member (id, username, name, state, joined_at, given_at) SELECT {identity}, CONCAT('many', seq), "
             "'Many', 'active', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) FROM {s}.seq_1_to_220; "
             "INSERT INTO {s}.appointment (member, scopes, appointed_at) SELECT id, 'content', UTC_TIMESTAMP(6) "
             "FROM {s}.member WHERE username LIKE 'many%' ORDER BY username LIMIT 195")
    others = [name for name, in database("SELECT username FROM {s}.member LEFT JOIN {s}.appointment ON "
                                         "appointment.member = member.id WHERE username LIKE 'many%' AND scopes IS NULL")]
    assert together(lambda number: send(
        site, number, "POST", "/api/v1/administrators", f'{{"username": "{others[number]}", "scopes": ["content"]}}',
        "application/json", Authorization=f"Bearer {site.founder}")) == {204: 5, 409: TOGETHER - 5}
    link = site.api("toulouse", "POST", "/invitations", {
        "note": "more", "uses": TOGETHER, "days": 1, "scopes": ["content"]}, site.founder).json["link"]
    terms = site.terms("toulouse")

    def accept(number):
        return send(site, number, "POST", "/api/v1/join/" + link.rsplit("/", 1)[1],
                    f'{{"name": "More", "username": "more{number}", "email": "more{number}@example.org", '
                    f'"password": "{PASSWORD}", "terms": "{terms}", "accept": true}}', "application/json")

    # They join all the same, as members.
    assert together(accept) == {202: TOGETHER}
    assert database("SELECT COUNT(*) FROM {s}.appointment") == [["200"]]
    # Those who left make room for as many.
    database("DELETE FROM {s}.appointment ORDER BY appointed_at LIMIT 2")
    link = site.api("toulouse", "POST", "/invitations", {
        "note": "again", "uses": TOGETHER, "days": 1, "scopes": ["content"]}, site.founder).json["link"]
    assert {accept(number) for number in range(100, 104)} == {202}
    assert database("SELECT COUNT(*) FROM {s}.appointment") == [["200"]]
