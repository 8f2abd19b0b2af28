"""docs/openapi.yaml against the routes of the features, and against what a
running missiond takes and answers."""
import datetime
import json
import os
import pathlib
import re
import subprocess
import time

import pytest
import yaml

from harness import GUILD, PASSWORD, PREFIX, Missiond

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "put", "patch", "delete")
NO_TOKEN = "A" * 43

DOCUMENT = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
OPERATIONS = {(method.upper(), path): operation
              for path, item in DOCUMENT["paths"].items()
              for method, operation in item.items() if method in METHODS}


def resolve(node):
    while isinstance(node, dict) and "$ref" in node:
        reference = node["$ref"]
        assert reference.startswith("#/"), reference
        node = DOCUMENT
        for part in reference[2:].split("/"):
            node = node[part]
    return node


def body_schema(operation):
    if "requestBody" not in operation:
        return None
    return resolve(operation["requestBody"]["content"]["application/json"]["schema"])


# --- the document alone, and the routes

def list_routes():
    program = os.environ.get("LIST_ROUTES", PREFIX.parent / "tests" / "system" / "list-routes")
    lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    for line in lines.splitlines():
        method, path, name, rights, surface, limit = line.split()
        kinds = dict(re.findall(r"\{(\w+):(\w+)\}", path))
        yield method, re.sub(r"\{(\w+):\w+\}", r"{\1}", path), {
            "name": name, "rights": rights, "api": surface == "api",
            "body": int(limit) > 0, "kinds": kinds}


@pytest.fixture(scope="module")
def routes():
    return {(method, path): route for method, path, route in list_routes() if route["api"]}


def test_document_describes_every_route_and_no_other(routes):
    assert len(routes) > 20
    assert sorted(set(routes) - set(OPERATIONS)) == [], "routed, but not described"
    assert sorted(set(OPERATIONS) - set(routes)) == [], "described, but not routed"


def test_document_names_routes_as_the_log_does(routes):
    names = {key: operation["operationId"] for key, operation in OPERATIONS.items()}
    assert names == {key: route["name"] for key, route in routes.items()}


def test_document_says_who_needs_a_token(routes):
    expected = {"anyone": [], "visitor": [], "reader": [{}, {"bearer": []}],
                "member": [{"bearer": []}]}
    for key, route in routes.items():
        security = OPERATIONS[key].get("security", DOCUMENT["security"])
        assert security == expected[route["rights"]], key


def test_document_has_bodies_only_where_a_route_takes_one(routes):
    for key, operation in OPERATIONS.items():
        if body_schema(operation) is not None:
            assert routes[key]["body"], key


def test_document_describes_the_parameters_of_paths(routes):
    ids = {"uuid": resolve({"$ref": "#/components/schemas/Id"})["pattern"],
           "token": "^[A-Za-z0-9_-]{43}$", "word": None}
    for (method, path), route in routes.items():
        item = DOCUMENT["paths"][path]
        described = [resolve(parameter) for parameter in
                     item.get("parameters", []) + OPERATIONS[method, path].get("parameters", [])]
        in_path = {parameter["name"]: resolve(parameter["schema"]).get("pattern")
                   for parameter in described if parameter["in"] == "path"}
        assert in_path == {name: ids[kind] for name, kind in route["kinds"].items()}, path


def test_document_has_no_reference_to_nothing_and_nothing_unused():
    used = set()

    def walk(node):
        if isinstance(node, dict):
            if "$ref" in node:
                used.add(node["$ref"])
                assert resolve(node) is not None
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(DOCUMENT)
    declared = {f"#/components/{section}/{name}"
                for section in ("schemas", "parameters", "responses")
                for name in DOCUMENT["components"][section]}
    assert declared == used


def test_document_gives_every_operation_a_summary_and_a_way_to_fail():
    for key, operation in OPERATIONS.items():
        assert operation["summary"].endswith("."), key
        assert operation["tags"][0] in [tag["name"] for tag in DOCUMENT["tags"]], key
        assert "default" in operation["responses"], key


# --- what a daemon takes and answers

def fits(value, schema, where):
    """A value against the few words of JSON Schema that the document uses."""
    schema = resolve(schema)
    if "oneOf" in schema:
        for choice in schema["oneOf"]:
            try:
                return fits(value, choice, where)
            except AssertionError:
                continue
        raise AssertionError(f"{where}: {value!r} fits none")
    if "const" in schema:
        assert value == schema["const"], where
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r}"
    kinds = schema.get("type", [])
    names = {"string": str, "integer": int, "boolean": bool, "object": dict,
             "array": list, "null": type(None)}
    if kinds:
        allowed = [names[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)]
        assert type(value) in allowed, f"{where}: {value!r}"
    if isinstance(value, str):
        assert re.search(schema.get("pattern", ""), value), f"{where}: {value!r}"
        if schema.get("format") == "date-time":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value), where
    if isinstance(value, list):
        for number, item in enumerate(value):
            fits(item, schema["items"], f"{where}[{number}]")
    if isinstance(value, dict):
        properties = schema["properties"]
        assert set(value) <= set(properties), f"{where}: {set(value) - set(properties)} not described"
        assert set(schema.get("required", [])) <= set(value), where
        for name, item in value.items():
            fits(item, properties[name], f"{where}.{name}")


class Community:
    """The guild, with someone in every role."""

    def __init__(self, missiond):
        self.missiond = missiond
        self.founder = missiond.claim("guild", "founder")
        for number in range(3):
            missiond.join("guild", f"member{number}")
        applicants = self("GET", "/api/v1/applications").json["applications"]
        self.ids = {row["username"]: row["id"] for row in applicants}
        self("POST", "/api/v1/applications/{id}/approve", id=self.ids["member0"])
        self("POST", "/api/v1/applications/{id}/approve", id=self.ids["member1"])
        self("POST", "/api/v1/administrators", {"username": "member0", "scopes": ["members"]})
        made = self("POST", "/api/v1/invitations", {"uses": 3, "days": 2, "note": "friends"})
        self.invitation = made.json
        self.listing = self("POST", "/api/v1/listings", {
            "kind": "offer", "category": "other", "title": "A bicycle", "body": "Words.",
            "price": 1200, "until": str(datetime.date.today() + datetime.timedelta(30))}).json["id"]

    def __call__(self, method, path, body=None, token=True, check=True, **parameters):
        operation = OPERATIONS[method, path]
        url = path.format(**parameters) if "{" in path else path
        while True:
            answer = self.missiond.api(
                "guild", method, url.removeprefix("/api/v1"), body,
                self.founder if token else None, check=False)
            if answer.status != 429:
                break
            time.sleep(float(answer.headers["Retry-After"]))
        where = f"{method} {url}: {answer.status} {answer.text}"
        if check:
            assert answer.status < 300, where
        response = resolve(operation["responses"].get(str(answer.status),
                                                      operation["responses"]["default"]))
        if answer.status < 300:
            assert str(answer.status) in operation["responses"], where
        if answer.body:
            kind = answer.headers["Content-Type"].split(";")[0]
            assert kind in response["content"], where
            if kind != "application/yaml":
                fits(answer.json, response["content"][kind]["schema"], f"{method} {url}")
        else:
            assert "content" not in response, where
        return answer


@pytest.fixture(scope="module")
def community():
    missiond = Missiond(files=(("guild", GUILD),))
    try:
        yield Community(missiond.start().provision())
    finally:
        missiond.close()


READS = [path for method, path in OPERATIONS if method == "GET"]


@pytest.mark.parametrize("path", READS)
def test_answers_are_as_described(community, path):
    community("GET", path, username="member1",
              id=community.ids["member1"] if path.endswith("/membership") else community.listing)


def test_staff_are_told_what_the_pages_tell_them(community):
    """Each as far as their scopes go."""
    missiond = community.missiond

    def steps(token):
        answer = missiond.api("guild", "GET", "/checklist", token=token).json
        return {step["name"]: step["done"] for step in answer["steps"]}, answer

    done, answer = steps(community.founder)
    assert done == {"describe": True, "colour": False, "appoint": True, "invite": True}
    assert (answer["all_done"], answer["applications"]) == (False, 1)
    admin = missiond.log_in("guild", "member0")
    assert steps(admin)[0] == {"appoint": True, "invite": True} and steps(admin)[1]["all_done"] is True
    community("PATCH", "/api/v1/community", {"description": "We *make*.", "colour": "#123456"})
    assert steps(community.founder)[0]["colour"] is True
    settings = community("GET", "/api/v1/settings").json
    assert settings["description"] == "We *make*." and set(settings["changeable"]) == {
        "name", "tagline", "description", "colour"}
    assert missiond.api("guild", "GET", "/settings", token=admin, check=False).status == 403
    row, = [row for row in community("GET", "/api/v1/members").json["members"] if row["username"] == "member0"]
    assert community("GET", "/api/v1/members/{id}/membership", id=row["id"]).json == row
    assert row["scopes"] == ["members"] and row["email"] == "member0@example.org"


def test_markdown_is_shown_as_on_the_pages(community):
    hostile = "# Hello\n\n<script>alert(1)</script>\n\n*soft* [x](javascript:alert(1))"
    html = community("POST", "/api/v1/markdown", {"text": hostile}).json["html"]
    assert "<h3>Hello</h3>" in html and "<em>soft</em>" in html
    assert "<script" not in html and "javascript:" not in html
    for text, language, words in (("", "en", "Fill in this field."), ("x" * 10001, "en", "too long"),
                                  ("x" * 10001, "fr", "trop long")):
        answer = community.missiond.request(
            "guild", "POST", "/api/v1/markdown", json.dumps({"text": text}),
            {"Content-Type": "application/json", "Authorization": f"Bearer {community.founder}",
             "Accept-Language": language})
        assert answer.status == 422 and words in answer.text, answer.text


def test_answers_to_changes_are_as_described(community):
    community("PATCH", "/api/v1/community", {"tagline": "Makers"})
    community("PUT", "/api/v1/listings/{id}", {
        "category": "other", "title": "A red bicycle", "body": "Words.",
        "exchange": "a coffee"}, id=community.listing)
    profile = community("GET", "/api/v1/account").json
    fields = body_schema(OPERATIONS["PUT", "/api/v1/account"])["properties"]
    community("PUT", "/api/v1/account", {name: profile[name] for name in fields})
    token = community("POST", "/api/v1/tokens", {
        "login": "founder", "password": PASSWORD, "name": "other", "days": 1}, token=False).json
    community("DELETE", "/api/v1/account/tokens/{id}", id=token["id"])
    community("DELETE", "/api/v1/account/sessions")
    community("POST", "/api/v1/markdown", {"text": "*Words.*"})
    community("POST", "/api/v1/members/{id}/suspend", {"reason": "noise"},
              id=community.ids["member1"])
    community("POST", "/api/v1/members/{id}/readmit", id=community.ids["member1"])
    community("POST", "/api/v1/applications/{id}/decline", id=community.ids["member2"])
    community("DELETE", "/api/v1/administrators/{id}", id=community.ids["member0"])
    made = community("POST", "/api/v1/invitations", {"uses": 1, "days": 1}).json
    community("DELETE", "/api/v1/invitations/{id}", id=made["id"])
    community("DELETE", "/api/v1/listings/{id}", id=community.listing)
    community("POST", "/api/v1/account/confirmation")
    community("POST", "/api/v1/password-resets", {"login": "nobody"}, token=False)


def test_answers_to_what_is_not_there_are_problems(community):
    refused = community("POST", "/api/v1/members/{id}/readmit", check=False,
                        id=community.ids["member0"])
    assert refused.status == 409
    gone = community.missiond.api("guild", "POST", f"/confirmations/{NO_TOKEN}", check=False)
    assert gone.status == 410
    assert gone.headers["Content-Type"] == "application/problem+json"
    fits(gone.json, {"$ref": "#/components/schemas/Problem"}, "gone")


def problem(answer, status, name):
    assert answer.status == status, answer.text
    fits(answer.json, {"$ref": "#/components/schemas/Problem"}, name)
    assert answer.json["type"] == f"urn:missiond:problem:{name}"
    return answer.json


def raw(community, method, path, body=None, **headers):
    return community.missiond.request("guild", method, path, body, {
        "Authorization": f"Bearer {community.founder}", "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()}})


def test_problems_are_told_apart_by_their_type(community):
    missiond = community.missiond
    problem(missiond.api("guild", "GET", "/account", check=False), 401, "token-required")
    wrong = raw(community, "POST", "/api/v1/tokens", json.dumps({
        "login": "founder", "password": "not this one", "name": "x", "days": 1}))
    problem(wrong, 401, "wrong-password")
    assert wrong.headers["WWW-Authenticate"] == "Bearer"
    missiond.join("guild", "waiting")
    waiting = missiond.log_in("guild", "waiting")
    problem(missiond.api("guild", "POST", "/listings", {}, waiting, check=False),
            403, "awaiting-approval")
    problem(raw(community, "GET", "/api/v1/nothing"), 404, "not-found")
    assert "Allow" in problem(raw(community, "DELETE", "/api/v1/terms"),
                              405, "method-not-allowed")["detail"]
    problem(raw(community, "POST", "/api/v1/listings", b"kind=offer",
                Content_Type="text/plain"), 415, "unsupported-content")
    problem(raw(community, "POST", "/api/v1/listings", b" " * 2_000_000), 413, "too-large")


SYNTAX = (r"a comma, .* or something stands where it cannot\.", r"il manque une virgule, .* n’a rien à y faire\.")


@pytest.mark.parametrize("body, line, words", [
    (b'{"kind": "offer",\n "title": }', 2, SYNTAX),
    (b'{"kind": "a", "kind": "b"}', 1, ("the same key stands twice\\.", "la même clé figure deux fois\\.")),
    (b'{"kind": "\\u0000"}', 1, ("the character U.0000 .*", "le caractère U.0000 .*")),
    (b'{"kind": "\xff"}', 1, ("this is not UTF-8\\.", "ce n’est pas de l’UTF-8\\.")),
    (b"[" * 40 + b"]" * 40, 1, ("arrays and objects nest .*", "tableaux et objets sont .*")),
    (b"", 1, ("the text ends too early\\.", "le texte s’arrête trop tôt\\.")),
    (b"[]", None, None),
])
def test_malformed_json_is_answered_with_its_place(community, body, line, words):
    english, french = (problem(raw(community, "POST", "/api/v1/listings", body, Accept_Language=code),
                               400, "malformed")["detail"] for code in ("en", "fr"))
    if line is None:
        assert (english, french) == ("Send one JSON object.", "Envoyez un seul objet JSON.")
    else:
        assert re.fullmatch(rf"Send one JSON object\. Line {line}, column \d+: {words[0]}", english)
        assert re.fullmatch(rf"Envoyez un seul objet JSON\. Ligne {line}, colonne \d+\s: {words[1]}", french)


def test_problems_speak_the_language_that_a_program_asks_for(community):
    profile = community("GET", "/api/v1/account").json
    fields = body_schema(OPERATIONS["PUT", "/api/v1/account"])["properties"]
    community("PUT", "/api/v1/account", {
        **{name: profile[name] for name in fields}, "language": "fr"})
    try:
        french = raw(community, "GET", "/api/v1/nothing").json["title"]
        english = raw(community, "GET", "/api/v1/nothing", Accept_Language="en").json["title"]
        assert (french, english) == ("Il n’y a rien ici", "There is nothing here")
    finally:
        community("PUT", "/api/v1/account", {name: profile[name] for name in fields})


WITH_BODY = sorted(key for key, operation in OPERATIONS.items() if body_schema(operation))


@pytest.mark.parametrize("key", WITH_BODY, ids=" ".join)
def test_answers_name_the_fields_that_are_described(community, key):
    """An empty object lacks just the required fields; an object as the value of
    every described field is of the wrong type, and unknown to none."""
    schema = body_schema(OPERATIONS[key])
    token = community.invitation["link"].rsplit("/", 1)[1] if "join" in key[1] else NO_TOKEN
    path = re.sub(r"\{token\}", token, key[1]).replace("{id}", community.listing)
    if key[1] == "/api/v1/listings/{id}":
        made = community("POST", "/api/v1/listings", {
            "kind": "request", "category": "other", "title": "A lamp", "body": "Words.",
            "price": 0})
        path = key[1].replace("{id}", made.json["id"])
    signed_in = OPERATIONS[key].get("security") != []

    def errors(body):
        while True:
            answer = community.missiond.api(
                "guild", key[0], path.removeprefix("/api/v1"), body,
                community.founder if signed_in else None, check=False)
            if answer.status != 429:
                break
            time.sleep(float(answer.headers["Retry-After"]))
        assert answer.status == 422, f"{key}: {answer.status} {answer.text}"
        fits(answer.json, {"$ref": "#/components/schemas/FormProblem"}, key[1])
        return {error["field"]: error["detail"] for error in answer.json["errors"]}

    missing = set(errors({})) - {""}
    # Whether the terms are those in force is looked at once they are accepted.
    # Where one of several is needed, the first is said to lack.
    assert missing == set(schema.get("required", [])) - {"terms"} | {
        choice["required"][0] for choice in schema.get("anyOf", [])[:1]}
    values = {name: {} for name in schema["properties"]}
    wrong = errors({**values, "nonsense": "x"})
    unknown = {field for field, detail in wrong.items() if "no such field" in detail}
    expected = {"nonsense"}
    if "join" in key[1]:
        expected.add("message")  # with an invitation nobody is asked
    assert unknown == expected
    assert set(schema["properties"]) <= set(wrong)


def test_answers_give_this_very_file_and_304(community):
    answer = community("GET", "/api/v1/openapi.yaml", token=False)
    assert answer.body == (ROOT / "docs" / "openapi.yaml").read_bytes()
    assert answer.headers["Content-Type"] == "application/yaml"
    again = community.missiond.get("guild", "/api/v1/openapi.yaml",
                                   headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304 and not again.body
