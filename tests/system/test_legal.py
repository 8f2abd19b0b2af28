"""What was agreed to: the text that a visitor was shown, to the byte (P7)."""
import hashlib
import json
import re
import socket
import subprocess
from urllib.parse import urlencode

import pytest
import yaml

from harness import PASSWORD, TOULOUSE, Missiond
from test_site import browse_in

# Every way in which YAML may change what was written, and both languages.
OWN = TOULOUSE.replace("slug: toulouse", "slug: own").replace("toulouse.localhost", "own.localhost") + """
languages: [fr, en]
terms:
  version: "2026-11, n° 2"
  texts:
    - language: fr
      title: Conditions d’utilisation
      body: |
        # Entre nous

        Chacun·e fait « au mieux » : *été*, \\ et 100 %.

        - deux espaces à la fin  
        - 🙂
    - language: en
      title: Terms
      body: >-
        Folded into one line,
        with "quotes" & <brackets>.
"""


@pytest.fixture(scope="module")
def own_terms():
    missiond = Missiond(files=(("toulouse", TOULOUSE), ("own", OWN)))
    try:
        missiond.start().provision()
        missiond.wait_until(lambda: missiond.get("own", "/").status == 200, 120, "it answers")
        yield missiond
    finally:
        missiond.close()


def rows(missiond, slug, sql):
    schema, = query(missiond, "SELECT `key` FROM missiond_control.community WHERE slug = '%s'" % slug)
    return query(missiond, sql.replace("SCHEMA", f"`community{schema}`"))


def query(missiond, sql):
    return subprocess.run(
        ["mariadb", "--no-defaults", "--skip-column-names", "--default-character-set=utf8mb4", "--user=root",
         f"--socket={missiond.folder}/run/database/server.sock", "--execute", sql],
        capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()


@pytest.mark.parametrize("slug", ["toulouse", "own"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_recorded_is_the_text_that_was_shown(own_terms, slug, language):
    wish = {"Accept-Language": language, "Content-Type": "application/json"}
    shown = own_terms.request(slug, "GET", "/api/v1/terms", headers=wish).json
    language = shown["language"]
    digest = hashlib.sha256(shown["body"].encode()).hexdigest()
    assert shown["sha256"] == digest
    if slug == "own":
        terms = yaml.safe_load(OWN)["terms"]
        text, = (one for one in terms["texts"] if one["language"] == wish["Accept-Language"])
        assert (shown["version"], language, shown["title"], shown["body"]) == (
            terms["version"], text["language"], text["title"], text["body"])
    # The page to join says the same to those who fill it in.
    page = own_terms.request(slug, "GET", "/join", headers={"Accept-Language": language})
    assert digest in page.text and f'lang="{language}"' in page.text
    username = f"{slug}-{wish['Accept-Language']}"

    def join(terms):
        return own_terms.request(slug, "POST", "/api/v1/members", json.dumps({
            "name": "Reader", "email": f"{username}@example.org", "username": username,
            "password": PASSWORD, "terms": terms, "accept": True}), wish)

    # Not the text of before, or of the other language.
    assert join(hashlib.sha256(shown["body"].encode() + b"\n").hexdigest()).status == 422
    assert join(digest).status == 202
    found, = rows(own_terms, slug, "SELECT LOWER(HEX(sha256)), accepted.language, version FROM SCHEMA.terms_acceptance "
                  f"AS accepted JOIN SCHEMA.member ON member = id WHERE username = '{username}'")
    assert found.split("\t") == [digest, language, shown["version"]]
    # And the words are kept beside it.
    kept, = rows(own_terms, slug, "SELECT SHA2(body, 256), title FROM SCHEMA.legal_text "
                 f"WHERE kind = 'terms' AND sha256 = UNHEX('{digest}')")
    assert kept.split("\t") == [digest, shown["title"]]


def test_a_form_outlives_terms_that_come_while_it_is_sent(own_terms):
    own_terms.claim("own", "olga")
    cookie = browse_in(own_terms, "own", "olga")
    page = own_terms.get("own", "/listings/new", headers={"Cookie": cookie})
    token = re.search('name="csrf" value="([^"]+)"', page.text).group(1)
    body = urlencode({"csrf": token, "kind": "offer", "title": "Written <before>", "category": "other",
                      "body": "Words.", "exchange": "a coffee"}).encode()
    host = f"own.localhost:{own_terms.port}"
    head = (f"POST /listings/new HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
            "Expect: 100-continue\r\nConnection: close\r\n\r\n")
    with socket.create_connection(("127.0.0.1", own_terms.port), timeout=60) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        version = yaml.safe_load(OWN)["terms"]["version"]
        (own_terms.tenants / "own.yaml").write_text(OWN.replace(f'"{version}"', "younger"))
        own_terms.ctl("apply", own_terms.tenants / "own.yaml")
        # By every worker: new connections are spread over them.
        own_terms.wait_until(lambda: all(
            own_terms.get("own", "/listings/new", headers={"Cookie": cookie}).status == 303
            for _ in range(20)), 60, "they count")
        connection.sendall(body)
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert answer.startswith("HTTP/1.1 403 ")
    assert 'name="kept.title" value="Written &lt;before&gt;"' in answer
    # The terms shown are those in force now.
    assert "younger" in answer
