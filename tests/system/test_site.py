"""One site through its doors: settings seen by every worker, sessions and
tokens that stay where they belong, bad input with an answer of its own."""
import datetime
import html
import json
import re
import time
from urllib.parse import urlencode

import pytest

from harness import PASSWORD


def form(site, slug, path, fields, cookie=None, token=True, headers=None, host=None):
    """Opens a page, then posts its form."""
    page = site.get(slug, path, headers={"Cookie": cookie} if cookie else None)
    cookies = [part for part in [cookie] if part]
    for header in page.headers.get_all("Set-Cookie") or []:
        cookies.append(header.split(";")[0])
    found = re.search(r'name="csrf" value="([^"]*)"', page.text)
    body = dict(fields)
    author = re.search(r'name="author" value="([^"]*)"', page.text)
    if author:
        body["author"] = author.group(1)
    if token and found:
        body["csrf"] = found.group(1)
    return site.request(slug, "POST", path, urlencode(body), {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(cookies),
        "Origin": f"http://{host or f'{slug}.localhost:{site.port}'}", **(headers or {})}, host=host)


def browse_in(site, slug, username):
    answer = form(site, slug, "/login", {"login": username, "password": PASSWORD})
    assert answer.status == 303, answer.text
    return "session=" + answer.cookie("session")


@pytest.fixture(scope="module")
def founder(site):
    return site.claim("toulouse", "camille", "Camille Roux")


def test_settings_are_seen_by_every_worker_soon(site, founder):
    cookie = browse_in(site, "toulouse", "camille")
    answer = form(site, "toulouse", "/manage/settings", {
        "name": "Un autre nom", "tagline": "", "description": "Autre.", "colour": "#123456"}, cookie)
    assert answer.status == 303, answer.text
    changed = time.monotonic()
    # New connections are spread over the workers. On a machine that has
    # nothing else to do it takes a second at most.
    while True:
        pages = [site.get("toulouse", "/").text for _ in range(20)]
        if all("Un autre nom" in page for page in pages):
            break
        assert time.monotonic() - changed < 20
    assert "#123456" in site.get("toulouse", "/theme.css").text


def test_sessions_tokens_and_links_stay_in_their_community(site, founder):
    cookie = browse_in(site, "toulouse", "camille")
    assert site.get("toulouse", "/account", headers={"Cookie": cookie}).status == 200
    assert site.get("guild", "/account", headers={"Cookie": cookie}).status == 303
    assert site.api("toulouse", "GET", "/account", token=founder).status == 200
    assert site.api("guild", "GET", "/account", token=founder, check=False).status == 401


@pytest.mark.parametrize("headers,token,phrase", [
    ({}, False, "Cette page est restée ouverte trop longtemps"),
    ({"Origin": "http://guild.localhost"}, True, "Ceci vient d’un autre site"),
    ({"Origin": "null"}, True, "Ceci vient d’un autre site"),
    ({"Sec-Fetch-Site": "same-site"}, True, "Ceci vient d’un autre site"),
    ({"Sec-Fetch-Site": "cross-site"}, True, "Ceci vient d’un autre site"),
])
def test_forms_from_elsewhere_are_refused(site, founder, headers, token, phrase):
    cookie = browse_in(site, "toulouse", "camille")
    answer = form(site, "toulouse", "/manage/settings", {
        "name": "Taken over", "tagline": "", "description": "x", "colour": "#000000"}, cookie, token, headers)
    assert answer.status == 403 and phrase in html.unescape(answer.text), answer.text
    assert "Taken over" not in site.get("toulouse", "/").text


def test_a_neighbours_form_is_none_of_ours(site, founder):
    """A neighbour can plant a cookie, and knows the token that it has there."""
    page = site.get("guild", "/login")
    planted = "form=" + page.cookie("form")
    theirs = re.search(r'name="csrf" value="([^"]*)"', page.text)[1]
    ours = re.search(r'name="csrf" value="([^"]*)"', site.get(
        "toulouse", "/login", headers={"Cookie": planted}).text)[1]
    for token, status in ((theirs, 403), (ours, 303)):
        answer = site.request("toulouse", "POST", "/login", urlencode(
            {"login": "camille", "password": PASSWORD, "csrf": token}), {
                "Content-Type": "application/x-www-form-urlencoded", "Cookie": planted,
                "Origin": f"http://toulouse.localhost:{site.port}"})
        assert answer.status == status, answer.text
        assert (answer.cookie("session") is None) == (status == 403)


def test_bad_bodies_have_answers_of_their_own(site, founder):
    cookie = browse_in(site, "toulouse", "camille")

    page = site.get("toulouse", "/listings/new", headers={"Cookie": cookie})
    # With the token of the page: nothing but the body is wrong.
    token = re.search(r'name="csrf" value="([^"]*)"', page.text)[1]
    author = re.search(r'name="author" value="([^"]*)"', page.text)[1]
    fields = urlencode({"csrf": token, "author": author, "kind": "offer", "category": "other", "body": "b", "exchange": "e"})

    def post(body, kind="application/x-www-form-urlencoded"):
        answer = site.request("toulouse", "POST", "/listings/new", body, {
            "Content-Type": kind, "Cookie": cookie, "Origin": f"http://toulouse.localhost:{site.port}"})
        return answer.status, html.unescape(answer.text)

    for body, kind, expected, phrase in (
            (f"{fields}&title=%zz", None, 400, "Revenez en arrière, rechargez la page"),
            (f"{fields}&title=" + "x" * 300_000, None, 413, "L’envoi est plus grand que ce qui est accepté ici."),
            (fields, "text/csv", 415, "Ce type de contenu n’est pas compris"),
            (f"{fields}&title=%ff%fe", None, 422, "Ce n’est pas du texte UTF-8 valide."),
            (f"{fields}&title=a%00b", None, 422, "Ce champ contient un octet nul.")):
        status, text = post(body, *([kind] if kind else []))
        assert (status, phrase in text) == (expected, True), (body[-40:], status, text)
    titles = [listing["title"] for listing in site.api("toulouse", "GET", "/listings").json["listings"]]
    assert not [title for title in titles if title.startswith(("%", "x", "a"))], titles
    long = form(site, "toulouse", "/listings/new", {
        "kind": "offer", "title": "t" * 500, "category": "other", "body": "b", "exchange": "e"}, cookie)
    assert long.status == 422 and "t" * 100 in long.text  # what was typed is kept
    empty = form(site, "toulouse", "/listings/new", {"kind": "offer"}, cookie)
    assert empty.status == 422 and 'aria-invalid="true"' in empty.text


def test_pages_beyond_the_last_are_not_there(site, founder):
    cookie = browse_in(site, "toulouse", "camille")
    for path in ("/manage/members?page=", "/manage/audit?before="):
        for value in ("0", "-1", "x", "99999999999999999999"):
            assert site.get("toulouse", path + value, headers={"Cookie": cookie}).status == 404, (path, value)
    for path in ("/members?page=", "/audit?before="):
        for value in ("0", "-1", "x", "99999999999999999999"):
            assert site.api("toulouse", "GET", path + value, token=founder, check=False).status == 404, (path, value)
    assert site.get("toulouse", "/manage/members?page=999", headers={"Cookie": cookie}).status == 404


def test_the_account_shows_how_often_and_when_one_logged_in(site, founder):
    def shown():
        began = time.time()
        cookie = browse_in(site, "toulouse", "camille")
        page = site.get("toulouse", "/account", headers={"Cookie": cookie}).text
        count, last = re.search(r'<dd>(\d+)</dd></div>\s*<div><dt>[^<]*</dt><dd><time datetime="([^"]+)"', page).groups()
        at = datetime.datetime.fromisoformat(last.replace("Z", "+00:00")).timestamp()
        assert began - 2 <= at <= time.time() + 2, (began, last)
        return int(count)

    assert shown() + 1 == shown()


def test_api_errors_are_problem_documents(site, founder):
    for answer, status in [
        (site.api("toulouse", "GET", "/nowhere", check=False), 404),
        (site.api("toulouse", "GET", "/account", check=False), 401),
        (site.api("toulouse", "POST", "/listings", {"kind": "x"}, founder, check=False), 422),
        (site.api("toulouse", "DELETE", "/terms", check=False), 405),
        (site.request("toulouse", "POST", "/api/v1/listings", "{", {
            "Authorization": f"Bearer {founder}", "Content-Type": "application/json"}), 400),
    ]:
        assert answer.status == status, answer.text
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        problem = json.loads(answer.body)
        assert problem["status"] == status and problem["title"]


@pytest.mark.parametrize("path", [
    "/listings?page=0", "/listings?page=-1", "/listings?page=100001", "/listings?page=x",
    "/listings?page=99999999999999999999", "/listings/00000000000000000000000000",
    "/listings/zzzzzzzzzzzzzzzzzzzzzzzzzz", "/listings/1", "/members/nobody",
    "/api/v1/listings/00000000000000000000000000", "/avatars/nobody.svg/x", "/assets/none.css"])
def test_out_of_range_is_404(site, path):
    assert site.get("toulouse", path).status == 404


def test_a_taken_address_answers_like_a_new_one(site, founder):
    site.join("toulouse", "martin")

    def ask(username):
        return site.api("toulouse", "POST", "/members", {
            "name": "X", "email": "martin@example.org", "username": username,
            "password": PASSWORD, "terms": site.terms("toulouse"), "accept": True}, check=False)

    def fresh(username):
        return site.api("toulouse", "POST", "/members", {
            "name": "X", "email": f"{username}@example.org", "username": username,
            "password": PASSWORD, "terms": site.terms("toulouse"), "accept": True}, check=False)

    taken, new = ask("other1"), fresh("other2")
    assert taken.status == new.status
    hide = lambda answer: re.sub(r"[0-9a-hjkmnp-tv-z]{26}|other[12]|martin", "", answer.text)
    assert hide(taken) == hide(new)
    assert ask("martin").status == 422  # user names are public


def test_nothing_personal_in_the_log(site, founder):
    text = site.log_text()
    for word in ("camille@example.org", PASSWORD, founder, "martin@example.org"):
        assert word not in text


SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; "
                               "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def test_every_answer_has_the_security_headers(site):
    known = {"If-None-Match": "*"}
    for path, headers, status in (
            ("/", {}, 200), ("/", known, 304), ("/login", {}, 200), ("/account", {}, 303), ("/nowhere", {}, 404),
            ("/theme.css", {}, 200), ("/assets/community.css", {}, 200), ("/api/v1/terms", {}, 200),
            ("/api/v1/account", {}, 401), ("/", {"X Y": "z"}, 400), ("/.well-known/security.txt", {}, 404)):
        answer = site.get("toulouse", path, headers=headers)
        assert answer.status == status, path
        assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS, (path, status)
    answer = site.get("toulouse", "/", host="nobody.localhost")
    assert answer.status == 421 and SECURITY_HEADERS.items() <= dict(answer.headers).items()


# Who sees what (P3), from far to near; an admin is a member here. Missions, and
# with them counterparts, do not exist yet.
SEES = {"self": {"self"}, "counterparts": {"self"}, "members": {"self", "member", "founder"},
        "public": {"self", "member", "founder", "visitor"}}
DETAILS = ("phone", "address", "description")


@pytest.fixture(scope="module")
def askers(site, founder):
    """A token and a session for each: (None, None) is a visitor."""
    shown, looker = site.join("toulouse", "shown"), site.join("toulouse", "looker")
    return {"self": (shown, browse_in(site, "toulouse", "shown")),
            "member": (looker, browse_in(site, "toulouse", "looker")),
            "founder": (founder, browse_in(site, "toulouse", "camille")),
            "visitor": (None, None)}


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("visibility", SEES)
def test_voluntary_details_are_for_whom_their_member_chose(site, askers, detail, visibility):
    secret = f"secret-{detail}-{visibility}"
    account = site.api("toulouse", "PUT", "/account", {
        "name": "Shown", "language": "en", detail: secret, **{
            f"{each}_visibility": visibility if each == detail else "self" for each in DETAILS}},
        askers["self"][0]).json
    assert account[detail] == secret and account[f"{detail}_visibility"] == visibility
    member = account["id"]
    for asker, (token, cookie) in askers.items():
        browser = {"Cookie": cookie} if cookie else {}
        program = {"Authorization": f"Bearer {token}"} if token else {}
        faces = {path: site.get("toulouse", path, headers=program if path.startswith("/api/") else browser)
                 for path in ("/members/shown", "/api/v1/members/shown")}
        assert {answer.status for answer in faces.values()} == {200}
        for path, answer in faces.items():
            assert (secret in answer.text) == (asker in SEES[visibility]), (asker, path)
        if asker == "self":
            continue
        # No other face has it, whoever asks.
        for path in ("/", "/listings", "/api/v1/listings", "/manage/members", f"/manage/members/{member}",
                     "/api/v1/members", "/api/v1/audit", "/manage/audit"):
            answer = site.get("toulouse", path, headers=program if path.startswith("/api/") else browser)
            assert secret not in answer.text, (asker, path)
