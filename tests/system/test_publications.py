"""What members post, change and withdraw is in the audit list (D4): in the
transaction of the act, and for those who moderate only."""
import concurrent.futures
import re
from urllib.parse import urlencode

from test_limits import database as rows, page_form, site  # noqa: F401 (fixtures)
from test_site import browse_in

VISITOR = "203.0.113.7"


def last(rows):
    (number,), = rows("SELECT COALESCE(MAX(sequence), 0) FROM {s}.audit")
    return int(number)


def since(rows, number):
    """Of each row after this one: action, user name, title, address, details."""
    return [tuple(row) for row in rows(f"""
        SELECT action, username, COALESCE(listing.title, '-'), address, REPLACE(details, '\\n', '|')
        FROM {{s}}.audit JOIN {{s}}.audit_detail ON audit = audit.id JOIN {{s}}.member ON pseudonym = actor
        LEFT JOIN {{s}}.listing ON listing.id = subject WHERE sequence > {number} ORDER BY sequence""")]


def send(site, cookie, path, **fields):
    return site.request("toulouse", "POST", path, urlencode({
        **page_form(site, cookie, "/listings/new"), "kind": "offer", "category": "other", "title": "A bicycle",
        "body": "Words.", "exchange": "a coffee", **fields}), {
            "Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie, "X-Forwarded-For": VISITOR,
            "Origin": f"http://toulouse.localhost:{site.port}"})


def api(site, token, path="/audit/members", check=True):
    return site.api("toulouse", "GET", path, token=token, check=check)


def test_each_act_once_from_pages_and_programs(site, rows):
    token = site.join("toulouse", "lucie")
    cookie = browse_in(site, "toulouse", "lucie")
    before = last(rows)
    posted = send(site, cookie, "/listings/new")
    assert posted.status == 303
    path = re.search(r"/listings/[0-9a-z]{26}", posted.headers["Location"])[0]
    assert send(site, cookie, f"{path}/edit", title="A red bicycle", body="More words.").status == 303
    assert send(site, cookie, f"{path}/withdraw").status == 303
    # Once more is nothing: it is withdrawn.
    assert send(site, cookie, f"{path}/withdraw").status == 403
    assert since(rows, before) == [
        ("listing.posted", "lucie", "A red bicycle", VISITOR, "A bicycle"),
        ("listing.changed", "lucie", "A red bicycle", VISITOR, "A red bicycle|title|body"),
        ("listing.taken-back", "lucie", "A red bicycle", VISITOR, "A red bicycle")]

    before = last(rows)
    listing = {"category": "other", "title": "A lamp", "body": "Bright.", "exchange": "jam"}
    made = site.api("toulouse", "POST", "/listings", {**listing, "kind": "request"}, token).json
    site.api("toulouse", "PUT", f"/listings/{made['id']}", {**listing, "place": "Market"}, token)
    site.api("toulouse", "DELETE", f"/listings/{made['id']}", token=token)
    assert since(rows, before) == [
        ("listing.posted", "lucie", "A lamp", "127.0.0.1", "A lamp"),
        ("listing.changed", "lucie", "A lamp", "127.0.0.1", "A lamp|place"),
        ("listing.taken-back", "lucie", "A lamp", "127.0.0.1", "A lamp")]

    # Newest first, whole, and by nobody else.
    entries = api(site, site.founder).json["entries"]
    assert [(entry["action"], entry["actor"], entry["subject"]) for entry in entries[:3]] == [
        (action, "lucie", made["id"]) for action in ("listing.taken-back", "listing.changed", "listing.posted")]
    assert entries[1]["details"] == "A lamp\nplace"
    assert {entry["action"].split(".")[0] for entry in entries} == {"listing"}
    office = api(site, site.founder, "/audit").json["entries"]
    assert not {entry["action"] for entry in office} & {"listing.posted", "listing.changed", "listing.taken-back"}


def test_nothing_of_what_was_refused(site, rows):
    site.join("toulouse", "marc")
    cookie = browse_in(site, "toulouse", "marc")
    before = last(rows)
    assert send(site, cookie, "/listings/new", title="").status == 422
    assert send(site, cookie, "/listings/new", category="nowhere").status == 422
    assert send(site, cookie, "/listings/new", csrf="0" * 43).status in (400, 403, 422)
    assert since(rows, before) == []
    # As many rows as posts, however many ask at once.
    with concurrent.futures.ThreadPoolExecutor(12) as crowd:
        statuses = list(crowd.map(lambda number: send(site, cookie, "/listings/new", title=f"Number {number}").status,
                                  range(12)))
    assert sorted(statuses) == [303] * 3 + [422] * 9
    assert sorted((row[2], row[4]) for row in since(rows, before)) == sorted(
        (title, title) for title, in rows("SELECT title FROM {s}.listing JOIN {s}.member ON member.id = author "
                                          "WHERE username = 'marc'"))
    assert rows("SELECT COUNT(*) FROM {s}.audit LEFT JOIN {s}.audit_detail ON audit = audit.id "
                "WHERE audit IS NULL") == [["0"]]


def test_only_those_who_moderate_see_it(site, rows):
    token = site.join("toulouse", "nina")
    cookie = browse_in(site, "toulouse", "nina")
    assert api(site, token, check=False).status == 403
    assert site.get("toulouse", "/manage/audit/members", headers={"Cookie": cookie}).status == 403
    for scope, status in (("settings", 403), ("members", 403), ("content", 200)):
        rows("REPLACE INTO {s}.appointment (member, scopes, appointed_at) SELECT id, "
             f"'{scope}', UTC_TIMESTAMP(6) FROM {{s}}.member WHERE username = 'nina'")
        assert api(site, token, check=False).status == status
        page = site.get("toulouse", "/manage/audit/members", headers={"Cookie": cookie})
        assert page.status == status
        assert (VISITOR in page.text) == (status == 200)
        # Nor is there a way to it that leads nowhere.
        office = site.get("toulouse", "/manage/audit", headers={"Cookie": cookie})
        assert office.status == 200
        assert ('href="/manage/audit/members"' in office.text) == (status == 200)
        assert VISITOR not in office.text


def test_who_is_erased_is_nobody_there(site, rows):
    token = site.join("toulouse", "oscar")
    site.api("toulouse", "POST", "/listings", {
        "kind": "offer", "category": "other", "title": "Oscars lamp", "body": "Bright.", "exchange": "jam"}, token)
    number = last(rows)
    rows("USE {s}; DELETE audit_detail FROM audit_detail JOIN audit ON audit.id = audit JOIN member "
         "ON pseudonym = actor WHERE username = 'oscar'; DELETE member_root FROM member "
         "JOIN member_root USING (id) WHERE username = 'oscar'")
    entry = api(site, site.founder).json["entries"][0]
    assert (entry["sequence"], entry["action"]) == (number, "listing.posted")
    assert [entry[key] for key in ("actor", "actor_name", "address", "details")] == [None] * 4
    page = site.request("toulouse", "GET", "/manage/audit/members",
                        headers={"Cookie": browse_in(site, "toulouse", "camille")}).text
    assert "Oscars lamp" not in page and "inconnu" in page


def test_pages_follow_each_other(site, rows):
    rows("""INSERT INTO {s}.audit (id, at, action, office, details_sha256, canonical)
        SELECT UUID(), UTC_TIMESTAMP(6), IF(seq % 3, 'listing.posted', 'settings.changed'), seq % 3 = 0, '', ''
        FROM {s}.seq_1_to_180""")
    for path, office in (("/audit", 1), ("/audit/members", 0)):
        numbers, page = [], path
        for _ in range(9):
            answer = api(site, site.founder, page).json
            numbers += [entry["sequence"] for entry in answer["entries"]]
            if answer["before"] is None:
                break
            page = f"{path}?before={answer['before']}"
        expected = [int(number) for number, in rows(
            f"SELECT sequence FROM {{s}}.audit WHERE office = {office} ORDER BY sequence DESC")]
        assert numbers == expected and len(expected) > 50
