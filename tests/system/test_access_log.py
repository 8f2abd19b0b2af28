"""A line for each request, for one in so many, or for none; and what is not in
it: who asked, with which words, as whom."""
import pytest

from harness import PASSWORD, Missiond

WORD = "secretword"


@pytest.fixture(scope="module")
def missiond():
    made = Missiond("workers: 1\nlog:\n  access: off\n")
    try:
        yield made.start().provision()
    finally:
        made.close()


def sample(missiond, access):
    """Reloads; lines are counted from here on."""
    missiond.extra = f"workers: 1\n{access}"
    missiond.configuration.write_text(missiond.settings())
    missiond.ctl("reload")
    missiond.wait_until(lambda: ask(missiond, 1) is not None, 60, "it answers")


def ask(missiond, count):
    """The ids of `count` requests, by their problem documents."""
    return [missiond.api("toulouse", "GET", f"/listings/nowhere?q={WORD}", check=False)
            .json["instance"].rsplit(":", 1)[1] for _ in range(count)]


def lines_of(missiond, ids):
    return [line for line in missiond.events("request") if any(f"request={one} " in line for one in ids)]


def settle(missiond, access, expected):
    """A worker takes a reload over in its own time."""
    sample(missiond, access)
    missiond.wait_until(lambda: len(lines_of(missiond, ask(missiond, 12))) == expected, 60,
                        f"{expected} of 12 have a line")


def test_off_is_none(missiond):
    ids = ask(missiond, 30)
    assert not lines_of(missiond, ids)
    assert not missiond.events("request")


def test_one_in_so_many_has_a_line(missiond):
    settle(missiond, "log:\n  access: 6\n", 2)
    ids = ask(missiond, 60)
    missiond.wait_until(lambda: len(lines_of(missiond, ids)) == 10, 60, "ten of sixty have a line")


def test_each_has_one_where_nothing_is_said(missiond):
    settle(missiond, "", 12)
    ids = ask(missiond, 20)
    missiond.wait_until(lambda: len(lines_of(missiond, ids)) == 20, 60, "all have a line")


def test_a_line_says_what_and_not_who(missiond):
    settle(missiond, "log:\n  access: 1\n", 12)
    token = missiond.claim("toulouse", "camille-roux")
    listing = missiond.post_listing("toulouse", token)
    before = len(missiond.events("request"))
    answer = missiond.request("toulouse", "GET", f"/api/v1/listings/{listing['id']}?q={WORD}", headers={
        "Authorization": f"Bearer {token}", "User-Agent": "a-telling-browser"})
    assert answer.status == 200
    lines = missiond.wait_until(lambda: missiond.events("request")[before:], 60, "there is a line")
    words = dict(pair.split("=", 1) for pair in lines[-1].split() if "=" in pair)
    assert {key: words[key] for key in ("community", "route", "method", "status")} == {
        "community": "toulouse", "route": "listings.api.show", "method": "GET", "status": "200"}
    assert int(words["bytes"]) == len(answer.body)
    assert 0 < int(words["microseconds"]) < 60_000_000
    assert len(words["request"]) == 26
    assert not set(words) - {"event", "role", "community", "request", "route", "method", "status",
                             "bytes", "microseconds"}, lines[-1]
    for word in (WORD, "camille-roux", token, PASSWORD, "a-telling-browser", "127.0.0.1:", listing["id"]):
        assert word not in "".join(missiond.events("request")), word


@pytest.mark.parametrize("value", ["0", "-1", "1000001", "sometimes", "1.5"])
def test_what_is_no_sample_is_refused(missiond, value):
    missiond.extra = f"log:\n  access: {value}\n"
    missiond.configuration.write_text(missiond.settings())
    done = missiond.ctl("reload", check=False)
    assert done.returncode != 0
    assert f'access is "{value}", expected a number from 1 to 1000000, or off' in done.stderr
