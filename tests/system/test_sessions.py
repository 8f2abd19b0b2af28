"""A session is made at log-in and ends when it should; what it may write ends
with it."""
import contextlib
import json
import re
import socket
from urllib.parse import urlencode

from harness import PASSWORD, TOULOUSE, Database
from test_site import form

NEW = "a quite new password"


def is_in(site, cookie):
    return site.get("toulouse", "/account", headers={"Cookie": f"session={cookie}"}).status == 200


def session_of(answer):
    """As a browser keeps it: a cookie that is worth nothing is removed first."""
    return re.match(r"session=([^;]*)", [
        header for header in answer.headers.get_all("Set-Cookie") if header.startswith("session=")][-1]).group(1)


def log_in(site, username, password=PASSWORD, cookie=None):
    answer = form(site, "toulouse", "/login", {"login": username, "password": password}, cookie)
    assert answer.status == 303, answer.text
    return session_of(answer)


def test_a_planted_cookie_is_not_the_session(site):
    site.join("toulouse", "victor")
    planted = "A" * 43
    mine = log_in(site, "victor", cookie=f"session={planted}")
    assert mine and mine != planted
    assert is_in(site, mine) and not is_in(site, planted)
    # One of an attacker's own that has ended, and of another community.
    site.join("guild", "mallory2")
    foreign = form(site, "guild", "/login", {"login": "mallory2", "password": PASSWORD}).cookie("session")
    again = log_in(site, "victor", cookie=f"session={foreign}")
    assert again not in (mine, foreign) and is_in(site, again) and not is_in(site, foreign)
    # Each log-in makes its own; logging out ends that one alone.
    page = site.get("toulouse", "/account/sessions", headers={"Cookie": f"session={again}"})
    token = page.text.split('name="csrf" value="')[1].split('"')[0]
    answer = site.request("toulouse", "POST", "/logout", f"csrf={token}", {
        "Content-Type": "application/x-www-form-urlencoded", "Cookie": f"session={again}",
        "Origin": f"http://toulouse.localhost:{site.port}"})
    assert answer.status == 303 and not is_in(site, again) and is_in(site, mine)


def test_cookies_go_to_this_site_alone_and_to_no_script(site):
    site.join("toulouse", "vera")
    answers = [
        site.get("toulouse", "/login"),
        form(site, "toulouse", "/login", {"login": "vera", "password": PASSWORD}),
        site.get("toulouse", "/language/en"),
        form(site, "toulouse", "/reset/" + mailed(site, "vera"), {"password": NEW}),
    ]
    cookies = {}
    for answer in answers:
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, *words = re.split("=|; ", header)
            cookies[name] = words[1:]
    assert cookies.keys() == {"form", "session", "language", "notice"}
    for name, words in cookies.items():
        assert words[:4] == ["Path", "/", "HttpOnly", "SameSite"] and words[4] == "Lax", (name, words)
        assert "Domain" not in words, name


def mailed(site, username):
    site.api("toulouse", "POST", "/password-resets", {"login": username})
    return site.mailed_token(f"{username}@example.org", "reset")


def test_pages_take_no_token_and_the_api_no_cookie(site):
    token = site.join("toulouse", "viola")
    cookie = log_in(site, "viola")
    bearer = {"Authorization": f"Bearer {token}"}
    assert site.get("toulouse", "/account", headers=bearer).headers["Location"].startswith("/login")
    assert site.get("toulouse", "/api/v1/account", headers=bearer).status == 200
    for worth in (cookie, token):
        assert site.get("toulouse", "/api/v1/account", headers={"Cookie": f"session={worth}"}).status == 401
    assert site.get("toulouse", "/api/v1/account", headers={"Authorization": f"Bearer {cookie}"}).status == 401
    assert not is_in(site, token) and is_in(site, cookie)


def test_what_has_expired_is_worth_nothing(site):
    token = site.join("toulouse", "violet")
    cookie = log_in(site, "violet")
    database = Database(site)
    schema = database.schemas()["toulouse"]

    def end(table, more):
        database.rows(f"UPDATE {schema}.{table} SET expires_at = UTC_TIMESTAMP(6) + INTERVAL {more} SECOND "
                      f"WHERE member = (SELECT id FROM {schema}.member WHERE username = 'violet')")

    for more, works in ((60, True), (0, False)):
        end("session", more)
        end("api_token", more)
        assert is_in(site, cookie) == works
        assert (site.api("toulouse", "GET", "/account", token=token, check=False).status == 200) == works


def test_a_changed_password_ends_all_others(site):
    token = site.join("toulouse", "wanda")
    here, there = log_in(site, "wanda"), log_in(site, "wanda")
    answer = form(site, "toulouse", "/account/password", {"current": PASSWORD, "password": NEW}, f"session={here}")
    assert answer.status == 303, answer.text
    renewed = answer.cookie("session")
    assert renewed not in (None, here, there)
    assert is_in(site, renewed)
    # Not even the one that made the change goes on under its old token.
    assert not is_in(site, here) and not is_in(site, there)
    assert site.api("toulouse", "GET", "/account", token=token, check=False).status == 401
    assert site.request("toulouse", "POST", "/api/v1/tokens", json.dumps({
        "login": "wanda", "password": PASSWORD, "name": "x", "days": 1}),
        {"Content-Type": "application/json"}).status == 401
    assert log_in(site, "wanda", NEW)
    # Over the API: its own token goes on, browsers do not.
    token = site.log_in("toulouse", "wanda", NEW)
    other = site.log_in("toulouse", "wanda", NEW)
    site.api("toulouse", "PUT", "/account/password", {"current": NEW, "password": PASSWORD}, token)
    assert not is_in(site, renewed)
    assert site.api("toulouse", "GET", "/account", token=other, check=False).status == 401
    assert site.api("toulouse", "GET", "/account", token=token).status == 200


@contextlib.contextmanager
def slow_post(missiond, slug, path, fields, headers):
    """A form that was admitted and whose body is still to come: send() sends it
    and returns status and head of the answer."""
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", missiond.port), 60) as visitor:
        visitor.sendall((
            f"POST {path} HTTP/1.1\r\nHost: {slug}.localhost:{missiond.port}\r\n"
            f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n{head}\r\n").encode())
        admitted = visitor.recv(1024)
        assert admitted.startswith(b"HTTP/1.1 100 "), admitted

        def send():
            visitor.sendall(body)
            answer = b""
            while piece := visitor.recv(65536):
                answer += piece
            return int(answer.split()[1]), answer.decode()

        yield send


def test_a_changed_password_ends_what_was_under_way(site):
    """A request of the old token whose body was still to come, and a link that
    somebody had asked for."""
    site.join("toulouse", "wilma")
    here = log_in(site, "wilma")
    csrf = re.search(r'name="csrf" value="([^"]*)"', site.get(
        "toulouse", "/account/tokens", headers={"Cookie": f"session={here}"}).text)[1]
    site.api("toulouse", "POST", "/password-resets", {"login": "wilma"})
    link = site.mailed_token("wilma@example.org", "reset")
    assert site.get("toulouse", f"/reset/{link}").status == 200
    with slow_post(site, "toulouse", "/account/tokens", {"name": "a thief's", "days": "30", "csrf": csrf}, {
            "Content-Type": "application/x-www-form-urlencoded", "Cookie": f"session={here}",
            "Origin": f"http://toulouse.localhost:{site.port}"}) as send:
        answer = form(site, "toulouse", "/account/password", {"current": PASSWORD, "password": NEW}, f"session={here}")
        assert answer.status == 303, answer.text
        status, text = send()
        assert status == 403 and 'action="/login"' in text, text
    token = site.log_in("toulouse", "wilma", NEW)
    assert [one["name"] for one in site.api("toulouse", "GET", "/account/tokens", token=token).json["tokens"]] == ["test"]
    assert site.get("toulouse", f"/reset/{link}").status == 410
    assert site.api("toulouse", "POST", f"/password-resets/{link}", {"password": PASSWORD}, check=False).status == 410


def test_terms_that_come_into_force_meanwhile_are_to_be_accepted_first(own):
    missiond = own(files=[("toulouse", TOULOUSE)]).start().provision()
    token = missiond.join("toulouse", "tess")
    here = f"session={log_in(missiond, 'tess')}"
    csrf = re.search(r'name="csrf" value="([^"]*)"', missiond.get(
        "toulouse", "/listings/new", headers={"Cookie": here}).text)[1]
    offer = {"kind": "offer", "category": "other", "title": "Come too late", "body": "Words.",
             "exchange": "a coffee"}
    page = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": here,
            "Origin": f"http://toulouse.localhost:{missiond.port}"}
    program = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    with slow_post(missiond, "toulouse", "/listings/new", {**offer, "csrf": csrf}, page) as send_page, \
            slow_post(missiond, "toulouse", "/api/v1/listings", json.dumps(offer).encode(), program) as send_api:
        (missiond.tenants / "toulouse.yaml").write_text(
            TOULOUSE + "terms:\n  version: v2\n  texts:\n    - {language: fr, title: Règles, body: Soyez bons.}\n"
            "    - {language: en, title: Rules, body: Be good.}\n")
        missiond.ctl("apply")
        missiond.wait_until(lambda: missiond.get("toulouse", "/account", headers={"Cookie": here}).headers.get(
            "Location") == "/terms/accept", 120, "the new terms are in force")
        status, text = send_page()
        # The page to accept them, which carries on what was typed.
        assert status == 403 and 'action="/terms/accept"' in text and "Come too late" in text, text
        status, text = send_api()
        assert status == 403 and "terms-not-accepted" in text, text
    assert "Come too late" not in missiond.get("toulouse", "/listings").text
    # Accepted, the same goes through.
    missiond.api("toulouse", "POST", "/account/terms", {
        "terms": missiond.terms("toulouse"), "accept": True}, token)
    missiond.post_listing("toulouse", token, "Come in time")
    assert "Come in time" in missiond.get("toulouse", "/listings").text
