"""What a hostile visitor, member or neighbour tries, over a real daemon."""
import concurrent.futures
import json
import os
import re
import subprocess
import time

from harness import PASSWORD, TOULOUSE, Database
from test_site import browse_in, form


def mailed_links(site, address, kind):
    return [match for mail in site.mails(address)
            for match in re.findall(rf"\S+/{kind}/\S{{43}}", mail.get_content())]


def test_a_host_header_does_not_choose_where_mailed_links_lead(site):
    site.join("guild", "mallory")
    for host in ("guild.localhost:1", "guild.localhost.", "GUILD.localhost:99999"):
        answer = site.request(
            "guild", "POST", "/api/v1/password-resets", json.dumps({"login": "mallory"}),
            {"Content-Type": "application/json"}, host=host)
        assert answer.status == 204, answer.text
    links = site.wait_until(
        lambda: len(found := mailed_links(site, "mallory@example.org", "reset")) == 3 and found,
        30, "three mails arrive")
    for link in links:
        assert link.startswith(f"http://guild.localhost:{site.port}/reset/")


def test_nor_those_to_a_withdrawn_listing_and_of_an_invitation(own):
    missiond = own(files=[("toulouse", TOULOUSE)]).start().provision()
    founder, author = missiond.claim("toulouse"), missiond.join("toulouse", "lise")
    listing = missiond.post_listing("toulouse", author)["id"]
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {founder}"}
    answer = missiond.request("toulouse", "DELETE", f"/api/v1/listings/{listing}", None, headers, host="toulouse.localhost:1")
    assert answer.status == 204, answer.text
    right = f"http://toulouse.localhost:{missiond.port}"
    text = missiond.wait_until(lambda: [mail.get_content() for mail in missiond.mails("lise@example.org")
                                        if listing in mail.get_content()], 60, "its author is told")[0]
    assert f"{right}/listings/{listing}" in text and "localhost:1/" not in text
    answer = missiond.request("toulouse", "POST", "/api/v1/invitations", '{"note": "x", "uses": 1, "days": 1, "scopes": []}',
                              headers, host="toulouse.localhost:1")
    assert answer.json["link"].startswith(f"{right}/join/")
    page = form(missiond, "toulouse", "/manage/invitations", {"note": "x", "uses": "1", "days": "1"},
                browse_in(missiond, "toulouse", "founder"), host="toulouse.localhost:1")
    assert f"{right}/join/" in page.text and "localhost:1/join" not in page.text


def test_an_account_has_one_way_to_be_written(site):
    """Each other way would have tries of its own."""
    site.join("toulouse", "nadine")

    def log_in(login):
        return site.api("toulouse", "POST", "/tokens", {
            "login": login, "password": PASSWORD, "name": "test", "days": 1}, check=False).status

    assert log_in("Nadine") == 201
    for login in ("nàdine", "nadine\u0301", "\uff4eadine", "na\u034fdine", "nàdine@example.org"):
        # Not even a login, or nobody's.
        assert log_in(login) in (401, 422), ascii(login)


def test_a_reset_ends_the_tokens_too(site):
    stolen = site.join("toulouse", "odile")
    assert site.api("toulouse", "GET", "/account", token=stolen).status == 200
    site.api("toulouse", "POST", "/password-resets", {"login": "odile"})
    link = site.mailed_token("odile@example.org", "reset")
    site.api("toulouse", "POST", f"/password-resets/{link}", {"password": "another long phrase"})
    assert site.api("toulouse", "GET", "/account", token=stolen, check=False).status == 401


def test_how_long_an_answer_takes_tells_nothing(site):
    """To a forgotten password each takes a multiple of a quarter of a second."""
    site.join("guild", "julie")
    for login in ("julie@example.org", "nobody@example.org"):
        began = time.monotonic()
        assert site.api("guild", "POST", "/password-resets", {"login": login}).status == 204
        assert time.monotonic() - began >= 0.249, login


def test_a_link_is_good_for_what_it_was_made_for_alone(own):
    missiond = own(files=[("toulouse", TOULOUSE)]).start().provision()
    person = {"name": "Some Body", "username": "somebody", "email": "some@example.org", "password": PASSWORD,
              "terms": missiond.terms("toulouse"), "accept": True}
    missiond.api("toulouse", "POST", "/members", {**person, "username": "waiting", "email": "waiting@example.org"})
    member = missiond.join("toulouse", "rita")
    missiond.api("toulouse", "POST", "/password-resets", {"login": "rita"})
    founder = {name: person[name] for name in ("name", "username", "password", "terms", "accept")}
    uses = {
        "claim": ("/claims/{}", founder), "confirm": ("/confirmations/{}", None),
        "reset": ("/password-resets/{}", {"password": "another long phrase"}), "join": ("/join/{}", person),
    }
    tokens = {
        "claim": missiond.ctl("claim-link", "toulouse").stdout.strip().rsplit("/", 1)[1],
        "confirm": missiond.mailed_token("waiting@example.org", "confirm"),
        "reset": missiond.mailed_token("rita@example.org", "reset"), "session": member,
    }

    def use(made, purpose):
        path, body = uses[purpose]
        return missiond.api("toulouse", "POST", path.format(tokens[made]), body, check=False).status

    for made in tokens:
        for purpose in uses:
            if made != purpose:
                assert use(made, purpose) == 410, (made, purpose)
        if made != "session":
            assert missiond.api("toulouse", "GET", "/account", token=tokens[made], check=False).status == 401
    assert [use(made, made) for made in ("claim", "confirm", "reset")] == [201, 200, 204]


def test_nobody_ends_the_sessions_and_tokens_of_others(site):
    victim, mallory = site.join("toulouse", "sophie"), site.join("toulouse", "malo")
    for kind in ("tokens", "sessions"):
        if kind == "sessions":
            browse_in(site, "toulouse", "sophie")
        one = site.api("toulouse", "GET", f"/account/{kind}", token=victim).json[kind][0]["id"]
        assert site.api("toulouse", "DELETE", f"/account/{kind}/{one}", token=mallory, check=False).status == 404
        assert site.api("toulouse", "GET", f"/account/{kind}", token=victim).json[kind][0]["id"] == one
        assert site.api("toulouse", "DELETE", f"/account/{kind}/{one}", token=victim).status == 204
        if kind == "tokens":
            victim = site.log_in("toulouse", "sophie")


def test_two_links_at_the_same_time_make_one_founder(own):
    """As two that were made at once would be: those that a newer one ended are
    brought back. A stranger takes one, a member the other."""
    missiond = own(files=[("toulouse", TOULOUSE)]).start().provision()
    links = [missiond.ctl("claim-link", "toulouse").stdout.strip().rsplit("/", 1)[1] for _ in range(2)]
    member = missiond.join("toulouse", "otto")
    database = Database(missiond)
    schema = database.schemas()["toulouse"]
    database.rows(f"UPDATE {schema}.link_token SET expires_at = UTC_TIMESTAMP() + INTERVAL 1 DAY")
    person = {"name": "Some Body", "username": "somebody", "password": PASSWORD,
              "terms": missiond.terms("toulouse"), "accept": True}

    def claim(path, body, token):
        return missiond.api("toulouse", "POST", f"/claims/{path}", body, token, check=False).status

    with subprocess.Popen(
            ["mariadb", "--no-defaults", "-S", database.socket, "-N", "-B", "--unbuffered"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder, \
            concurrent.futures.ThreadPoolExecutor(2) as two:
        # Nobody can use a link up as long as this goes on.
        holder.stdin.write(f"START TRANSACTION; UPDATE {schema}.link_token SET email = 'held'; SELECT 'held';\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "held\n"
        claims = [two.submit(claim, links[0], person, None), two.submit(claim, links[1] + "/own", {}, member)]
        missiond.wait_until(lambda: int(database.rows(
            "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'")[0][0]) == 2,
            60, "both wait", pause=0.15)
        holder.stdin.close()
    assert 410 in [claim.result() for claim in claims]
    assert database.rows(f"SELECT COUNT(*) FROM {schema}.member WHERE founder") == [["1"]]


def test_names_hold_nothing_that_cannot_be_seen(site):
    for name in ("a\u202eb", "\u3164", "a\u061cb", "a\U000e0041", "\u00ad"):
        answer = site.api("toulouse", "POST", "/members", {
            "name": name, "email": "hidden@example.org", "username": "hidden", "password": PASSWORD,
            "terms": site.terms("toulouse"), "accept": True}, check=False)
        assert answer.status == 422, ascii(name)


def test_odd_files_are_named_and_hold_nothing_up(site):
    odd = site.tenants / "odd.yaml"
    try:
        for content in (b"slug: odd\nname: a\0b\n", b"slug: odd\nname: \xff\n"):
            odd.write_bytes(content)
            answer = site.ctl("plan", check=False)
            assert answer.returncode == 4, answer
            assert f"{odd}:2:1: not UTF-8 text" in answer.stderr
        odd.unlink()
        os.mkfifo(odd)
        answer = site.ctl("plan", check=False)
        assert answer.returncode == 4 and f"{odd}: not a file" in answer.stderr
    finally:
        odd.unlink(missing_ok=True)
