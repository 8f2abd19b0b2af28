"""missionctl selftest isolation: it finds nothing, and where there is something
to find it finds it: a statement that names another schema, handlers that skip
their check, and an account with a right too many."""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess

import pytest

from harness import PREFIX, free_port
from test_tls import certificate

LEAKING = pathlib.Path(os.environ.get("MISSIOND_LEAKING", PREFIX.parent / "tests" / "leaks" / "missiond-leaking"))


def selftest(daemon, *arguments):
    done = subprocess.run(
        [PREFIX / "bin" / "missionctl", "--socket", daemon.socket, "--json", "selftest", "isolation", *arguments],
        capture_output=True, text=True, timeout=900, check=False)
    answer = json.loads(done.stdout)
    through = [attempt for attempt in answer["attempts"] if attempt["refused_by"] is None]
    assert answer["through"] == len(through)
    assert done.returncode == (1 if through else 0), done.stderr
    return answer["attempts"], through


def routes():
    program = os.environ.get("LIST_ROUTES", PREFIX.parent / "tests" / "system" / "list-routes")
    lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return {" ".join(line.split()[:2]) for line in lines.splitlines()}


def statements():
    """Names of those in the features' sources, but for the host's own."""
    names = set()
    root = pathlib.Path(__file__).resolve().parents[2] / "tenants"
    for path in root.glob("*/*.c"):
        if path.parent.name != "lifecycle":
            names |= set(re.findall(r"const struct db_statement \w+ = \{\s*\.name = \"([^\"]+)\"", path.read_text()))
    return names


def test_nothing_gets_through_and_nothing_is_left(site):
    before = site.ctl("list").stdout
    attempts, through = selftest(site)
    assert through == []
    assert site.ctl("list").stdout == before
    assert site.ctl("jobs").stdout.startswith("No job")
    drift = site.ctl("drift", check=False)
    assert "selftest" not in drift.stdout, drift.stdout
    for self, other in (("selftest-a", "selftest-b"), ("selftest-b", "selftest-a")):
        tried = [attempt for attempt in attempts if (attempt["community"], attempt["other"]) == (self, other)]
        names = {attempt["attempt"] for attempt in tried}
        assert {f"statement {name}" for name in statements()} <= names
        asked = {" ".join(name.split()[:2]) for name in names}
        assert routes() <= asked
        by_server = [attempt for attempt in tried if attempt["attempt"].startswith("statement ")]
        refused = [attempt for attempt in by_server if attempt["refused_by"] in ("MariaDB 1142", "MariaDB 1044")]
        assert len(refused) > 100
        assert {attempt["refused_by"] for attempt in by_server} <= {"MariaDB 1142", "MariaDB 1044", "names no table"}


def ask_steward(daemon, method, path):
    done = subprocess.run(
        ["curl", "--silent", "--unix-socket", daemon.socket, "--request", method,
         *(["--data", "{}"] if method == "POST" else []),
         "--header", "Content-Type: application/json", f"http://missiond/api/v1/selftest/{path}"],
        capture_output=True, text=True, check=True, timeout=600)
    return json.loads(done.stdout)


def test_named_communities_are_tried_without_changing_them(own):
    # Of its own: a link to claim is used once.
    site = own().start().provision()
    token = site.claim("toulouse", "selma")
    listing = site.post_listing("toulouse", token)["id"]
    slugs = ("toulouse", "guild")
    site.wait_until(lambda: site.ctl("jobs").stdout.startswith("No job"), 120, "nothing else changes them")
    before = [ask_steward(site, "GET", f"state/{slug}") for slug in slugs]
    attempts, through = selftest(site, *slugs)
    assert through == []
    assert [ask_steward(site, "GET", f"state/{slug}") for slug in slugs] == before
    # Once more: those that were made before are forgotten, with their domains.
    assert selftest(site)[1] == []
    assert {attempt["community"] for attempt in attempts} == {*slugs, "selftest-a", "selftest-b"}
    gets = {route for route in routes() if route.startswith("GET ")}
    for self, other in (("toulouse", "guild"), ("guild", "toulouse"), ("toulouse", "selftest-a"),
                        ("selftest-a", "toulouse"), ("guild", "selftest-a"), ("selftest-a", "guild")):
        tried = [attempt["attempt"] for attempt in attempts
                 if (attempt["community"], attempt["other"]) == (self, other)]
        asked = {" ".join(name.split()[:2]) for name in tried if re.match(r"[A-Z]+ /", name)}
        # Every page, with whatever there is of the other's, and no change.
        with_ids = {route for route in gets if ":uuid}" in route}
        without = {route for route in gets if "{" not in route}
        assert without <= asked <= gets, (self, other)
        if other in ("toulouse", "selftest-a"):
            assert with_ids <= asked, (self, other)
        for brought in ("X-Forwarded-Host: the other", "an absolute target: the other"):
            assert any(name.endswith(brought) for name in tried), (self, other, brought)
        if other == "selftest-a":
            for brought in ("the other's session and form token", "the other's API token"):
                assert any(name.endswith(brought) for name in tried), (self, brought)
    assert site.get("toulouse", f"/listings/{listing}").status == 200
    assert "selftest" not in site.ctl("list").stdout
    assert site.ctl("selftest", "isolation", "toulouse", "nobody", check=False).returncode == 1
    assert site.ctl("selftest", "isolation", "toulouse", check=False).returncode == 2


def test_connections_that_lie_about_are_no_log_in(site):
    """Six at the same time leave idle connections of each community: the next finds one of the other's
    that is logged in already, and has to log in all the same."""
    path = "database/toulouse/guild"
    with concurrent.futures.ThreadPoolExecutor(6) as side_by_side:
        for answer in side_by_side.map(lambda _: ask_steward(site, "POST", path), range(6)):
            assert answer["attempts"]
    attempts = ask_steward(site, "POST", path)["attempts"]
    assert [attempt for attempt in attempts if attempt["refused_by"] is None] == []


def test_no_other_community_can_be_discarded(site):
    done = subprocess.run(
        ["curl", "--silent", "--unix-socket", site.socket, "--request", "POST", "--data", "{}",
         "--header", "Content-Type: application/json", "http://missiond/api/v1/selftest/discard/toulouse"],
        capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["status"] == 409
    assert site.get("toulouse", "/").status == 200


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is the private server's root")
def test_a_right_too_many_is_found(site):
    def schema(slug):
        return site.ctl("show", slug, json_output=True)["schema"]

    def root(sql):
        subprocess.run(["mariadb", "--no-defaults", f"--socket={site.folder}/run/database/server.sock",
                        "--user=root", "--execute", sql], check=True, timeout=60)

    for grant in ("SELECT ON {other}.settings", "PROCESS ON *.*"):
        grant = grant.format(other=schema("guild"))
        root(f"GRANT {grant} TO {schema('toulouse')}")
        try:
            attempts = ask_steward(site, "POST", "database/toulouse/guild")["attempts"]
            through = [attempt for attempt in attempts if attempt["refused_by"] is None]
        finally:
            root(f"REVOKE {grant} FROM {schema('toulouse')}")
        assert through, grant
        assert {attempt["community"] for attempt in through} == {"toulouse"}


def test_it_comes_in_over_tls_where_there_is_tls(own):
    daemon = own(files=())
    certificate(daemon.folder, "other.example", 30)
    daemon.extra = (
        f"listen:\n  http: 127.0.0.1:{daemon.port}\n  https: 127.0.0.1:{free_port()}\n"
        f"certificates:\n  - domains: [other.example]\n    certificate: {daemon.folder}/other.example.pem\n"
        f"    key: {daemon.folder}/other.example.key\n")
    daemon.start()
    attempts, through = selftest(daemon)
    assert through == [] and len(attempts) > 2000


@pytest.mark.skipif(not LEAKING.exists(), reason="the build has no planted leaks")
def test_planted_leaks_are_found(own):
    daemon = own("workers: 1\n")
    daemon.program = LEAKING
    daemon.start().provision()
    _, through = selftest(daemon, "toulouse", "guild")
    found = {(attempt["attempt"], attempt["detail"].split(" shows ")[0].split('"')[0]) for attempt in through}
    for self in ("selftest-a", "selftest-b"):
        assert any(attempt["community"] == self for attempt in through)
    assert ("statement planted.names", "names the schema ") in found
    assert ("GET /api/v1/planted with X-Forwarded-Host: the other", "200") in found
    # Between communities that were there before, too.
    for self, other in (("toulouse", "guild"), ("guild", "toulouse")):
        assert [attempt["attempt"] for attempt in through
                if (attempt["community"], attempt["other"]) == (self, other) and attempt["attempt"].startswith("GET ")
                ] == ["GET /api/v1/planted with X-Forwarded-Host: the other"]
    kept = [attempt for attempt in through if attempt["attempt"].startswith("GET /api/v1/planted/{id:uuid} ")]
    assert kept and any("shows canary" in attempt["detail"] for attempt in kept)
    assert all("planted" in attempt["attempt"] for attempt in through), through
