"""Communities from YAML: plan, apply, update, drift; and bad files, which get a
clear answer and change nothing."""
import json
import time

import pytest

from harness import GUILD, TOULOUSE


@pytest.fixture(scope="module")
def daemon():
    from harness import Missiond
    missiond = Missiond()
    try:
        yield missiond.start().provision()
    finally:
        missiond.close()


@pytest.fixture(scope="module")
def regions():
    """A daemon whose cluster stands in that region, without communities."""
    from harness import Missiond
    running = {}

    def make(region):
        if region not in running:
            running[region] = Missiond(f"database:\n  region: {region}\n", files=()).start()
        return running[region]
    yield make
    for missiond in running.values():
        missiond.close()


def write(daemon, name, text):
    path = daemon.folder / name
    if isinstance(text, bytes):
        path.write_bytes(text)
    else:
        path.write_text(text)
    return path


BAD = [
    ("syntax", "slug: [a\nname: b\n", ":2:", "not valid YAML"),
    ("tab", "slug: a\n\tname: b\n", ":2:1:", "no tab"),
    ("two colons", "slug: a\nname: b: c\n", ":2:8:", "expected quotes"),
    ("unknown key", TOULOUSE + "joinning: open\n", ":9:1:", 'did you mean "joining"?'),
    ("key twice", TOULOUSE + "slug: other\n", ":9:1:", "stands twice"),
    ("wrong word", TOULOUSE.replace("joining: open", "joining: opne"), ":7:10:", 'did you mean "open"?'),
    ("wrong type", TOULOUSE.replace("[toulouse.localhost]", "{a: b}"), ":4:10:", "expected a list of texts"),
    ("number", TOULOUSE + "listing_quota: long\n", ":9:16:", "expected a whole number"),
    ("bounds", TOULOUSE + "listing_quota: -3\n", ":9:16:", "expected between 0 and 100000"),
    ("missing key", "slug: a\n", ":1:1:", 'the key "founder" is missing'),
    ("domain", TOULOUSE.replace("toulouse.localhost", "Toulouse_"), ":4:11:", "expected a domain name"),
    ("domain twice", TOULOUSE.replace("[toulouse.localhost]", "[a.localhost, a.localhost]"), ":4:24:", "stands twice"),
    ("mail", TOULOUSE.replace("camille@example.org", "camille"), ":5:", "a mail address"),
    ("colour", TOULOUSE + "theme: {colour: red}\n", ":9:17:", "a colour such as"),
    ("language", TOULOUSE.replace("language: fr", "language: de"), ":6:11:", "expected en or fr"),
    ("anchor", "slug: &a x\nname: *a\n", ":1:7:", "anchor, alias or tag"),
    ("alias bomb", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", ":1:4:", "anchor, alias or tag"),
    ("nesting", "slug: " + "[" * 100 + "]" * 100 + "\n", ":1:", "nested too deeply"),
    ("two documents", TOULOUSE + "---\nslug: b\n", ":9:1:", "a second document"),
    ("a list", "- a\n- b\n", ":1:1:", "expected keys such as"),
    ("empty", "", "", "the key"),
    ("NUL", 'slug: "a\\0b"\n', ":1:7:", "NUL"),
    ("legal texts", TOULOUSE + "terms:\n  version: v2\n  texts:\n    - {language: fr, title: T, body: B}\n",
     ":12:5:", "one in each of the community's languages"),
]


@pytest.mark.parametrize("what,text,place,words", BAD, ids=[row[0] for row in BAD])
def test_a_bad_file_is_explained_and_changes_nothing(daemon, what, text, place, words):
    before = daemon.ctl("list").stdout
    path = write(daemon, "bad.yaml", text)
    good = write(daemon, "good.yaml", TOULOUSE.replace("toulouse", "beside"))
    for command in ("plan", "apply"):
        done = daemon.ctl(command, path, good, check=False)
        assert done.returncode == 4, done
        assert f"{path}{place}" in done.stderr and words in done.stderr, done.stderr
    # Not even the good file beside it.
    assert daemon.ctl("list").stdout == before
    assert daemon.get("toulouse", "/").status == 200


@pytest.mark.parametrize("region,residency,allowed", [
    ("eu", "eu", True), ("eu", "eea", True), ("eea", "eu", False), ("eea", "eea", True),
    ("us", "eu", False), ("us", "eea", False), ("us", "any", True)])
def test_data_stays_where_it_may_be(regions, region, residency, allowed):
    daemon = regions(region)
    path = write(daemon, "placed.yaml", TOULOUSE + f"residency: {residency}\n")
    done = daemon.ctl("plan", path, check=False)
    assert done.returncode == (0 if allowed else 4), done
    if not allowed:
        assert f"{path}:9:12: residency is {residency} but the cluster default stands in {region}" in done.stderr
        assert daemon.ctl("apply", path, check=False).returncode == 4
        assert "toulouse" not in daemon.ctl("list").stdout


def test_an_unknown_cluster_is_refused(daemon):
    path = write(daemon, "placed.yaml", TOULOUSE.replace("toulouse", "placed") + "cluster: other\n")
    done = daemon.ctl("apply", path, check=False)
    assert done.returncode == 4
    assert f"{path}:9:10: the cluster other is not known here, expected default" in done.stderr
    assert "placed" not in daemon.ctl("list").stdout


@pytest.mark.parametrize("what,data,words", [
    ("large", b"a: b\n" * 60000, "larger than 256 KiB"),
    ("10 MB of nesting", b"[" * 10_000_000, "larger than 256 KiB"),
    ("no UTF-8", b"slug: \xff\xfe\n", "not UTF-8"),
], ids=["large", "nesting", "no UTF-8"])
def test_files_that_are_no_text_are_refused(daemon, what, data, words):
    done = daemon.ctl("apply", write(daemon, "bytes.yaml", data), check=False)
    assert done.returncode == 4 and words in done.stderr


def test_a_vanished_file_is_named(daemon):
    done = daemon.ctl("apply", daemon.folder / "gone.yaml", check=False)
    assert done.returncode == 4 and "gone.yaml: No such file" in done.stderr


def errors_of(daemon, *files, command="plan"):
    """The lines of standard error about these files; the command must refuse them."""
    done = daemon.ctl(command, *files, check=False)
    assert done.returncode == 4, done
    return [line for line in done.stderr.splitlines() if line != "Nothing was changed."]


def test_slugs_and_domains_are_compared_across_files(daemon):
    one = write(daemon, "one.yaml", TOULOUSE.replace("toulouse", "one"))
    two = write(daemon, "two.yaml", "# Another line.\n" + TOULOUSE.replace("toulouse", "one"))
    assert errors_of(daemon, one, two) == [
        f"{two}:2:7: the slug one stands twice, expected it once (first in {one}:1:7)",
        f"{two}:5:11: the domain one.localhost stands twice, expected it once (first in {one}:4:11)"]
    # A file that is applied already is first too, wherever it stands.
    copy = write(daemon, "copy.yaml", "#\n" + TOULOUSE)
    applied = daemon.tenants / "toulouse.yaml"
    assert errors_of(daemon, applied, copy)[0] == \
        f"{copy}:2:7: the slug toulouse stands twice, expected it once (first in {applied}:1:7)"
    assert errors_of(daemon, copy, applied) == [
        f"{applied}:1:7: the slug toulouse stands twice, expected it once (first in {copy}:2:7)"]
    taken = write(daemon, "taken.yaml", TOULOUSE.replace("slug: toulouse", "slug: thief")
                  .replace("[toulouse.localhost]", "\n  - thief.localhost\n  - toulouse.localhost"))
    assert errors_of(daemon, taken, command="apply") == [
        f"{taken}:6:5: the domain toulouse.localhost belongs to the community toulouse, expected it free: "
        "take it away there and apply that first"]


def test_a_very_bad_file_does_not_hide_the_others(daemon):
    worst = write(daemon, "a.yaml", "".join(f"nonsense{number}: 1\n" for number in range(60)))
    other = write(daemon, "b.yaml", TOULOUSE + "joinning: open\n")
    lines = errors_of(daemon, worst, other)
    assert len(lines) == 22
    # The four required keys are missing as well.
    assert lines[20] == f"{worst}: … and 44 more errors"
    assert lines[21] == f'{other}:9:1: unknown key "joinning": did you mean "joining"?'


def test_what_is_wrong_in_a_file_is_told_at_once(daemon):
    path = write(daemon, "all.yaml", TOULOUSE.replace("joining: open", "joining: opne").replace("toulouse", "many")
                 + "name: Twice\ncluster: other\nresidency: an\n")
    two = write(daemon, "all2.yaml", TOULOUSE.replace("toulouse", "many") + "retenion: 1\n")
    assert errors_of(daemon, path, two) == [
        f'{path}:7:10: joining is "opne", expected open, approval or invitation: did you mean "open"?',
        f'{path}:9:1: the key "name" stands twice, expected it once (first in line 2)',
        f"{path}:10:10: the cluster other is not known here, expected default (database.name in missiond.yaml)",
        f'{path}:11:12: residency is "an", expected eu, eea or any: did you mean "any"?',
        f"{two}:1:7: the slug many stands twice, expected it once (first in {path}:1:7)",
        f"{two}:4:11: the domain many.localhost stands twice, expected it once (first in {path}:4:11)",
        f'{two}:9:1: unknown key "retenion", expected one of those that the manual lists']


def test_a_community_whose_file_is_wrong_is_not_missing(daemon):
    for text in (TOULOUSE + "joinning: open\n", "slug: [", TOULOUSE.replace("slug: toulouse", "slug: To")):
        path = write(daemon, "tenants.d/toulouse.yaml", text)
        for command in ("plan", "drift"):
            done = daemon.ctl(command, check=False)
            assert done.returncode == 4 and "0 without a file, 1 wrong" in done.stdout, done.stdout
    path.write_text(TOULOUSE)


def test_plan_apply_update_and_drift(daemon):
    path = daemon.tenants / "guild.yaml"
    assert "2 unchanged" in daemon.ctl("plan").stdout
    assert daemon.ctl("plan", "--exit-code").returncode == 0
    path.write_text(GUILD.replace("joining: approval", "joining: open"))
    planned = daemon.ctl("plan", "--exit-code", check=False)
    assert planned.returncode == 5
    assert 'joining: "approval" → "open"' in planned.stdout
    assert daemon.ctl("drift", check=False).returncode == 5
    assert "updated" in daemon.ctl("apply").stdout
    assert daemon.ctl("show", "guild", json_output=True)["joining"] == "open"
    # Seen by every worker: the page stops speaking of approval.
    assert "unchanged" in daemon.ctl("apply").stdout
    assert daemon.ctl("drift").returncode == 0
    # A removed file changes nothing but is told.
    path.unlink()
    drift = daemon.ctl("drift", check=False)
    assert drift.returncode == 5 and "missing" in drift.stdout and "guild" in drift.stdout
    assert daemon.get("guild", "/").status == 200
    path.write_text(GUILD)
    daemon.ctl("apply")


def test_a_new_domain_answers_and_a_removed_one_does_not(daemon):
    path = daemon.tenants / "toulouse.yaml"
    path.write_text(TOULOUSE.replace("[toulouse.localhost]", "[toulouse.localhost, second.localhost]"))
    daemon.ctl("apply")
    daemon.wait_until(lambda: daemon.get("second", "/").status == 200, 120, "the new domain answers")
    path.write_text(TOULOUSE)
    daemon.ctl("apply")
    daemon.wait_until(lambda: daemon.get("second", "/").status == 421, 120, "the domain is gone")


def test_an_unknown_host_reveals_nothing(daemon):
    answer = daemon.get("nobody", "/")
    assert answer.status == 421
    for word in ("toulouse", "Toulouse", "guild", "Guild"):
        assert word not in answer.text


def test_json_everywhere_and_useful_help(daemon):
    for command in ("status", "list", "plan", "drift", "jobs"):
        json.loads(daemon.ctl(command, "--json", check=False).stdout)
    json.loads(daemon.ctl("show", "toulouse", "--json").stdout)
    assert "Usage: missionctl" in daemon.ctl("--help").stdout
    assert "--no-wait" in daemon.ctl("apply", "--help").stdout


def test_wrong_command_lines_say_what_was_expected(daemon):
    wrong = daemon.ctl("aply", check=False)
    assert wrong.returncode == 2 and 'did you mean "apply"?' in wrong.stderr
    wrong = daemon.ctl("show", check=False)
    assert wrong.returncode == 2 and "show COMMUNITY" in wrong.stderr
    wrong = daemon.ctl("show", "no-such", check=False)
    assert wrong.returncode == 1 and "There is no such community" in wrong.stderr


def test_without_a_daemon_the_socket_is_named(own):
    missiond = own()
    done = missiond.ctl("status", check=False)
    assert done.returncode == 3 and str(missiond.socket) in done.stderr




def test_a_claim_link_works_once_and_ends_the_earlier(daemon):
    first = daemon.ctl("claim-link", "guild").stdout.strip().rsplit("/", 1)[1]
    second = daemon.ctl("claim-link", "guild").stdout.strip().rsplit("/", 1)[1]
    body = {"name": "Alice", "username": "alice", "password": "correct horse battery",
            "terms": daemon.terms("guild"), "accept": True}
    # Not at the other community, not the old one, then once.
    assert daemon.api("toulouse", "POST", f"/claims/{second}", body, check=False).status in (404, 410, 422)
    assert daemon.api("guild", "POST", f"/claims/{first}", body, check=False).status in (404, 410, 422)
    daemon.api("guild", "POST", f"/claims/{second}", body)
    body["username"] = "mallory"
    assert daemon.api("guild", "POST", f"/claims/{second}", body, check=False).status in (404, 410, 422)
    done = daemon.ctl("claim-link", "guild", check=False)
    assert done.returncode == 1 and "founder" in done.stderr.lower()
