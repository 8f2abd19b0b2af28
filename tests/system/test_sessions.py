"""A session is made at log-in and ends when it should."""
import json
import re

from harness import PASSWORD
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
