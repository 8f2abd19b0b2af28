"""What was agreed to: the text that a visitor was shown, to the byte (P7)."""
import hashlib
import json
import subprocess

import pytest
import yaml

from harness import PASSWORD, TOULOUSE, Missiond

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
