"""Who may do what: every route for every role, as permissions.tsv says. A row
for each route, a column for each role; an entry is the status of the answer to a
request that lacks its contents, or a word for what the gate says first:

  log-in     to the log-in page, or 401
  confirm    the address is not confirmed yet
  pending    waits for approval
  suspended
  terms      the current terms are not accepted yet
  forbidden  403 for want of a right
  home       only for those who are not logged in

Listings that a route names exist, and are the founder's; nothing else does.
To see what is different, MISSIOND_PERMISSIONS=file writes what was answered."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import subprocess
from urllib.parse import urlencode

import pytest

from harness import PASSWORD, PREFIX, Answer, Missiond

TABLE = pathlib.Path(__file__).with_name("permissions.tsv")
SCOPES = ["members", "content", "settings", "handover", "legal"]
ROLES = ["public", "anonymous", "unconfirmed", "pending", "suspended", "member",
         *(f"admin-{scope}" for scope in SCOPES), "founder", "before-terms"]

MEMBERS = """\
slug: matrix
name: The Matrix
domains: [matrix.localhost]
founder: {name: Ada, email: ada@example.org}
language: en
joining: approval
reading: members
"""
PUBLIC = MEMBERS.replace("matrix", "open").replace("members", "public")
TERMS = MEMBERS + """\
terms:
  version: next
  texts:
    - {language: en, title: Terms, body: Be kind.}
    - {language: fr, title: Conditions, body: Soyez gentils.}
"""

TITLES = {
    "A valid token is needed": "log-in",
    "Your e-mail address is not confirmed": "confirm",
    "Your membership waits for approval": "pending",
    "Your membership is suspended": "suspended",
    "The terms of use have changed": "terms",
    "You may not do this": "forbidden",
    "This is not yours to change": "forbidden",
    "You are logged in": "home",
    # Pages on which what was sent waits.
    "Log in": "log-in",
    "Please accept the terms of use": "terms",
}


def list_routes():
    program = os.environ.get("LIST_ROUTES", PREFIX.parent / "tests" / "system" / "list-routes")
    lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    for line in lines.splitlines():
        method, path, name, _, surface, limit = line.split()
        yield name, method, path, surface == "api", int(limit) > 0


# What ends the browser's session comes last.
ROUTES = sorted(list_routes(), key=lambda route: route[0] in ("accounts.logout", "accounts.api.sessions_end"))


def read_table():
    lines = [line.split("\t") for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == ["route", *ROLES]
    names = [line[0] for line in lines]
    assert len(set(names)) == len(names), "a route twice"
    return {line[0]: dict(zip(ROLES, line[1:], strict=True)) for line in lines[1:]}


class Person:
    """Somebody in a role, with a browser and with a token."""
    number = 0

    def __init__(self, daemon, slug, username=None):
        self.daemon, self.slug, self.username = daemon, slug, username
        self.token = self.connection = None
        self.cookies, self.csrf, self.asked = {}, "", 0

    def send(self, method, path, body=None, headers=None):
        if self.connection is None or self.asked % 15 == 0:
            # Limits of rate count by address.
            Person.number += 1
            if self.connection is not None:
                self.connection.close()
            self.connection = http.client.HTTPConnection(
                "127.0.0.1", self.daemon.port, timeout=120,
                source_address=(f"127.7.{Person.number // 250}.{Person.number % 250 + 1}", 0))
        self.asked += 1
        host = f"{self.slug}.localhost:{self.daemon.port}"
        self.connection.request(method, path, body, {"Host": host, **(headers or {})})
        return Answer(self.connection.getresponse())

    def page(self, method, path, fields=None):
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if method == "POST":
            headers |= {"Content-Type": "application/x-www-form-urlencoded",
                        "Origin": f"http://{self.slug}.localhost:{self.daemon.port}"}
            body = urlencode({"csrf": self.csrf, **(fields or {})})
        answer = self.send(method, path, body, headers)
        for name in ("session", "form"):
            if answer.cookie(name):
                self.cookies[name] = answer.cookie(name)
        return answer

    def read_csrf(self, path):
        found = re.search(r'name="csrf" value="([^"]+)"', self.page("GET", path).text)
        self.csrf = found.group(1) if found else self.csrf

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return self.send(method, path, None if body is None else json.dumps(body), headers)

    def log_in(self):
        self.browse()
        answer = self.call("POST", "/api/v1/tokens", {
            "login": self.username, "password": PASSWORD, "name": "test", "days": 1})
        assert answer.status == 201, (self.username, answer.text)
        self.token = answer.json["token"]
        return self

    def browse(self):
        self.read_csrf("/login")
        answer = self.page("POST", "/login", {"login": self.username, "password": PASSWORD})
        assert answer.status == 303, (self.username, answer.text)
        self.read_csrf("/account/password")

    def say(self, route, listings):
        """What this person is answered on a route."""
        _, method, path, api, body = route
        path = path.replace("{id:uuid}", listings[api] if "/listings/" in path else "0" * 25 + "1")
        path = re.sub(r"\{token:\w+\}", "A" * 43, path).replace("{username:word}", "nobody")
        path = re.sub(r"\{\w+:word\}", "none", path)
        answer = self.call(method, path, {} if body else None) if api else self.page(method, path)
        return verdict(answer, api, path)


def verdict(answer, api, path):
    if api:
        title = answer.json.get("title") if answer.status >= 400 else None
    elif answer.status == 303:
        where = answer.headers["Location"].split("?")[0]
        # A form leads back to its page.
        return "303" if where == path else {"/login": "log-in", "/confirm": "confirm", "/terms/accept": "terms", "/": "home"}.get(where, "303")
    else:
        found = re.search(r"<h1[^>]*>\s*(.*?)\s*</h1>", answer.text, re.S) if answer.status == 403 else None
        title = found and found.group(1)
    return TITLES.get(title, str(answer.status))


def join(daemon, username, confirm=True):
    answer = daemon.api("matrix", "POST", "/members", {
        "name": username.title(), "email": f"{username}@example.org", "username": username,
        "password": PASSWORD, "terms": daemon.terms("matrix"), "accept": True},
        check=False)
    assert answer.status < 300, answer.text
    if confirm:
        daemon.api("matrix", "POST", f"/confirmations/{daemon.mailed_token(f'{username}@example.org', 'confirm')}")


@pytest.fixture(scope="module")
def answers():
    """route → role → what was answered."""
    daemon = Missiond("log:\n  access: off\n", [("matrix", MEMBERS), ("open", PUBLIC)])
    with contextlib.closing(daemon):
        daemon.start()
        daemon.ctl("apply")
        yield ask_all(daemon)


def left_over_token(daemon):
    """Suspending ends all tokens and none is made after: one that was missed
    should be of no more use than the table says."""
    token = "T" * 43
    schema = daemon.ctl("show", "matrix", json_output=True)["schema"]
    subprocess.run(
        ["mariadb", "--no-defaults", "-S", daemon.folder / "run" / "database" / "server.sock"],
        input=f"INSERT INTO {schema}.api_token SELECT UUID(), UNHEX(SHA2('{token}', 256)), id, 'left', "
              "UTC_TIMESTAMP(6), NULL, UTC_TIMESTAMP(6) + INTERVAL 1 DAY "
              f"FROM {schema}.member WHERE username = 'suspended'",
        text=True, check=True, timeout=60)
    return token


def make_people(daemon):
    founder = daemon.claim("matrix")
    api = lambda method, path, body=None: daemon.api("matrix", method, path, body, founder)
    joined = [role for role in ROLES[3:] if role != "founder"]
    join(daemon, "unconfirmed", confirm=False)
    for username in joined:
        join(daemon, username)
    ids = {row["username"]: row["id"] for row in api("GET", "/applications").json["applications"]}
    for username in joined:
        if username != "pending":
            api("POST", f"/applications/{ids[username]}/approve", {})
    for scope in SCOPES:
        api("POST", "/administrators", {"username": f"admin-{scope}", "scopes": [scope]})
    people = {role: Person(daemon, "matrix", role) for role in ROLES[2:]}
    people["public"], people["anonymous"] = Person(daemon, "open"), Person(daemon, "matrix")
    for role, person in people.items():
        if role in ("public", "anonymous"):
            person.read_csrf("/login")
        elif role != "suspended":
            person.log_in()
    api("POST", f"/members/{ids['suspended']}/suspend", {"reason": "A test."})
    people["suspended"].browse()
    refused = people["suspended"].call("POST", "/api/v1/tokens", {
        "login": "suspended", "password": PASSWORD, "name": "test", "days": 1})
    assert refused.status == 403 and refused.json["type"] == "urn:missiond:problem:membership-suspended"
    people["suspended"].token = left_over_token(daemon)
    return founder, people


def ask_all(daemon):
    found = {name: {} for name, *_ in ROUTES}
    founder, people = make_people(daemon)
    for role in ROLES:
        listings = [daemon.post_listing("matrix", founder)["id"] for _ in range(2)]
        if role == "before-terms":
            (daemon.tenants / "matrix.yaml").write_text(TERMS)
            daemon.ctl("apply")
            daemon.wait_until(lambda: people[role].page("GET", "/account/tokens").headers["Location"] == "/terms/accept",
                              60, "the terms are new")
        for route in ROUTES:
            found[route[0]][role] = people[role].say(route, listings)
    return found


def test_every_route_has_its_row_and_every_row_its_route():
    names = {name for name, *_ in ROUTES}
    table = read_table().keys()
    assert names - table == set(), "routes without a row in permissions.tsv"
    assert table - names == set(), "rows of permissions.tsv without a route"


def test_everybody_may_what_the_table_says_and_nothing_else(answers):
    wanted = os.environ.get("MISSIOND_PERMISSIONS")
    if wanted:
        pathlib.Path(wanted).write_text("\n".join(
            "\t".join(line) for line in [["route", *ROLES], *(
                [name, *(answers[name][role] for role in ROLES)] for name in sorted(answers))]) + "\n")
    expected = read_table()
    different = [f"{name} {role}: {answers[name][role]}, expected {expected[name][role]}"
                 for name in answers for role in ROLES if answers[name][role] != expected.get(name, {}).get(role)]
    assert different == []
