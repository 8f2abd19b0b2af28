"""Communities from YAML: plan, apply, update, drift; and bad files, which get a
clear answer and change nothing."""
import hashlib
import json
import os
import re
import signal
import socket
import subprocess

import pytest

from harness import GUILD, PREFIX, TOULOUSE, Database
from terminal import Terminal


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
    done = daemon.ctl("apply", "", check=False)
    assert done.returncode == 4 and '"": no name, expected a file, a folder or -' in done.stderr


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
    approval = "The administrators approve each new member."
    assert approval in daemon.get("guild", "/join").text
    assert "2 unchanged" in daemon.ctl("plan").stdout
    assert daemon.ctl("plan", "--exit-code").returncode == 0
    path.write_text(GUILD.replace("joining: approval", "joining: open"))
    planned = daemon.ctl("plan", "--exit-code", check=False)
    assert planned.returncode == 5
    assert 'joining: "approval" → "open"' in planned.stdout
    assert daemon.ctl("drift", check=False).returncode == 5
    assert "updated" in daemon.ctl("apply").stdout
    assert daemon.ctl("show", "guild", json_output=True)["joining"] == "open"
    # Seen by every worker (new connections are spread over them): the page
    # stops speaking of approval.
    daemon.wait_until(lambda: not any(approval in daemon.get("guild", "/join").text for _ in range(20)),
                      20, "every worker shows that joining is open")
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


def one_document(daemon, *arguments, status=0):
    """Standard output as JSON; json.loads refuses a second document."""
    done = daemon.ctl(*arguments, "--json", check=False)
    assert done.returncode == status, done
    return json.loads(done.stdout)


def test_json_is_one_document_whatever_happens(daemon):
    bad = write(daemon, "bad.yaml", "slug: [")
    assert "--bogus" in one_document(daemon, "--bogus", status=2)["title"]
    assert one_document(daemon, "--version")["version"]
    for command in ("status", "list", "plan", "drift", "jobs", "version"):
        one_document(daemon, command)
    assert one_document(daemon, "show", "toulouse")["slug"] == "toulouse"
    assert one_document(daemon, "show", "nobody", status=1)["title"] == "There is no such community"
    assert one_document(daemon, "show", "No Body", status=2)["title"]
    assert one_document(daemon, "plan", bad, status=4)["wrong"] == 1
    assert "not valid YAML" in one_document(daemon, "apply", bad, status=4)["errors"]
    assert "No such file" in one_document(daemon, "apply", daemon.folder / "gone.yaml", status=4)["detail"]
    assert one_document(daemon, "list", "--no-wait", status=2)["title"]
    assert one_document(daemon, "rotate-credentials", "guild")["state"] == "done"
    assert {job["state"] for job in one_document(daemon, "rotate-credentials", "--all")["jobs"]} == {"done"}
    new = write(daemon, "new.yaml", TOULOUSE.replace("toulouse", "new"))
    applied = one_document(daemon, "apply", new)["applied"]
    assert [(line["slug"], line["change"], line["state"]) for line in applied] == [("new", "create", "done")]
    assert one_document(daemon, "apply", new)["applied"][0]["change"] == "unchanged"


def test_a_file_that_was_applied_is_known_whatever_its_checks_say_by_now(daemon):
    older = write(daemon, "older.yaml", GUILD + "gone: long since\n")
    assert one_document(daemon, "plan", older, status=4)["wrong"] == 1
    known = "SELECT HEX(applied_sha256) FROM missiond_control.community WHERE slug = 'guild'"
    change = "UPDATE missiond_control.community SET applied_sha256 = UNHEX('{}') WHERE slug = 'guild'"
    before = Database(daemon).rows(known)[0][0]
    Database(daemon).rows(change.format(hashlib.sha256(older.read_bytes()).hexdigest()))
    try:
        assert one_document(daemon, "plan", older)["unchanged"] == 1
        assert one_document(daemon, "apply", older)["applied"][0]["change"] == "unchanged"
    finally:
        Database(daemon).rows(change.format(before))


def test_useful_help(daemon):
    for arguments in (["--help"], ["-h"], ["help"]):
        text = daemon.ctl(*arguments).stdout
        assert "Usage: missionctl" in text and "--no-wait" not in text
        for option in ("--tenants DIR", "--json", "--socket PATH", "--help", "--version"):
            assert option in text
    for arguments in (["apply", "--help"], ["help", "apply"], ["--help", "apply"]):
        text = daemon.ctl(*arguments).stdout
        assert "Usage: missionctl apply" in text and "--no-wait" in text and "--exit-code" not in text
    for command in ("apply", "plan", "drift", "list", "show", "claim-link", "jobs", "status", "reload", "version"):
        assert f"Usage: missionctl {command}" in daemon.ctl(command, "--help").stdout


WRONG = [
    (["aply"], 'there is no command "aply": did you mean "apply"?'),
    (["zzz"], "expected one of apply, plan, drift, list, show"),
    ([], "Usage: missionctl"),
    (["show"], "expected: missionctl show COMMUNITY"),
    (["rotate-credentials", "a", "--all"], "expected: missionctl rotate-credentials COMMUNITY, or --all"),
    (["list", "--all"], "list has no option --all"),
    (["show", "a", "b"], "expected: missionctl show COMMUNITY"),
    (["show", "A b"], '"A b" is no slug'),
    (["list", "--no-wait"], "list has no option --no-wait, expected --json or --socket"),
    (["apply", "--exit-code"], "apply has no option --exit-code, expected --no-wait, --replace, --tenants, --json or --socket"),
    (["show", "a", "--tenants", "x"], "show has no option --tenants"),
    (["plan", "--exit-cod0"], 'there is no option --exit-cod0: did you mean "--exit-code"?'),
    (["plan", "-q"], "there is no option -q"),
    (["plan", "--json=1"], "--json takes no value"),
    (["plan", "--socket"], "--socket needs a value"),
]


@pytest.mark.parametrize("arguments,words", WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_wrong_command_lines_say_what_was_expected(daemon, arguments, words):
    done = daemon.ctl(*arguments, check=False)
    assert done.returncode == 2 and words in done.stderr and done.stdout == "", done


def test_an_unknown_community_is_refused(daemon):
    wrong = daemon.ctl("show", "no-such", check=False)
    assert wrong.returncode == 1 and "There is no such community" in wrong.stderr


def test_a_fresh_start_that_is_asked_early_logs_no_error(own):
    daemon = own(files=[])
    daemon.start(wait=False)
    daemon.wait_until(daemon.answers, 180,
                      "missiond answers missionctl")
    assert not daemon.events("database.error")


def test_status_and_show_say_of_what(daemon):
    status = daemon.ctl("status").stdout
    assert all(re.search(rf"(?m)^jobs {state} +\d+$", status)
               for state in ("waiting", "running", "failed")), status
    shown = daemon.ctl("show", "toulouse").stdout.splitlines()
    assert any(re.fullmatch(r"latest job +\w+ \w+", line) for line in shown), shown
    assert all(line == line.rstrip() for line in shown)


def test_without_a_daemon_the_socket_and_the_reason_are_named(own):
    missiond = own()
    done = missiond.ctl("status", check=False)
    assert done.returncode == 3 and f"{missiond.socket}: No such file or directory" in done.stderr
    assert "Is missiond running?" in done.stderr
    assert one_document(missiond, "status", status=3)["title"] == "missiond cannot be reached"
    missiond.socket.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(missiond.socket))
        done = missiond.ctl("list", check=False)
        assert done.returncode == 3 and "Connection refused" in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="needs another account")
def test_without_permission_on_the_socket_that_is_said(daemon):
    done = subprocess.run(["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", PREFIX / "bin" / "missionctl",
                           "--socket", daemon.socket, "status"], text=True, capture_output=True)
    assert done.returncode == 3 and f"{daemon.socket}: Permission denied" in done.stderr
    assert "Is missiond running?" not in done.stderr


def test_a_file_from_standard_input(daemon):
    def ctl(text, *arguments):
        return subprocess.run([PREFIX / "bin" / "missionctl", "--socket", daemon.socket, *arguments],
                              input=text, text=True, capture_output=True)
    assert "1 to create" in ctl(TOULOUSE.replace("toulouse", "piped"), "plan", "-").stdout
    wrong = ctl("slug: [", "plan", "-")
    assert wrong.returncode == 4 and wrong.stderr.startswith("<stdin>:")
    twice = ctl(TOULOUSE, "plan", "-", "-")
    assert twice.returncode == 2 and "standard input can be read once" in twice.stderr


def test_a_command_stands_for_a_file(daemon):
    one = write(daemon, "one-of-two.yaml", TOULOUSE.replace("toulouse", "one-of-two"))
    two = write(daemon, "two-of-two.yaml", TOULOUSE.replace("toulouse", "two-of-two"))
    done = subprocess.run(["bash", "-c", 'exec "$0" --socket "$1" plan <(sleep 0.3; cat "$2") <(cat "$3")',
                           PREFIX / "bin" / "missionctl", daemon.socket, one, two],
                          text=True, capture_output=True, timeout=60)
    assert done.returncode == 0 and "2 to create" in done.stdout, done


@pytest.mark.parametrize("named", [True, False], ids=["named", "in a folder"])
@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder"])
def test_what_is_no_file_is_refused_at_once(daemon, kind, named):
    folder = daemon.folder / f"odd-{kind}-{named}"
    folder.mkdir()
    path = folder / "odd.yaml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        here = os.getcwd()
        os.chdir(folder)  # its whole path is too long for a socket
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
        os.chdir(here)
    for command in ("plan", "apply", "drift"):
        done = subprocess.run([PREFIX / "bin" / "missionctl", "--socket", daemon.socket, command,
                               path if named else folder], text=True, capture_output=True, timeout=60)
        if kind == "folder" and named:
            assert "not a file" not in done.stderr  # a folder of files, without one
        else:
            assert done.returncode == 4 and f"{path}: not a file" in done.stderr, done


def test_nothing_printed_moves_the_cursor(daemon):
    """Whatever an argument, a file or its name says; on a terminal and in a pipe."""
    hostile = "\033[2J\r\x7f\u009b31m\u202e"
    shown = "\\u001b[2J\\u000d\\u007f\\u009b31m\\u202e"
    bad = write(daemon, "hostile.yaml", TOULOUSE + '"a\\e[2Jb": 1\n')
    good = TOULOUSE.replace("toulouse", "hostile").replace("name: ", 'name: "\\e[1m\\x9b" #', 1)
    named = write(daemon, f"{hostile}.yaml", good)
    ctl = [PREFIX / "bin" / "missionctl", "--socket", daemon.socket]
    for arguments, words in ((["show", hostile], shown), (["show", b"\x9b31m"], "\\x9b31m"), ([hostile], shown),
                             (["show", "two\nlines"], '"two\\u000alines"'),
                             (["--" + hostile], shown), (["list", hostile], "1 argument"),
                             (["plan", daemon.folder / f"{hostile}.gone"], shown),
                             (["plan", bad], None), (["plan", named], shown)):
        screen = Terminal(*[word.decode(errors="surrogateescape") if isinstance(word, bytes) else word
                            for word in ctl + arguments])
        screen.end()
        piped = subprocess.run(ctl + arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()
        for text in (screen.bytes.decode().replace("\r\n", "\n"), piped):
            assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]", text), text
            assert words is None or words in text, text
        document = subprocess.run(ctl + ["--json"] + arguments, stdout=subprocess.PIPE).stdout
        assert isinstance(json.loads(document), dict)


def test_a_file_name_that_is_no_utf8_is_not_left_out(daemon):
    path = os.fsencode(daemon.folder) + b"/\xff.yaml"
    with open(path, "w") as file:
        file.write(TOULOUSE.replace("toulouse", "bytes"))
    done = subprocess.run([PREFIX / "bin" / "missionctl", "--socket", daemon.socket, "plan", path],
                          text=True, capture_output=True)
    assert "1 to create" in done.stdout and "\\xff.yaml" in done.stdout, done


def test_an_empty_folder_is_nothing_to_do(daemon):
    (daemon.folder / "empty").mkdir()
    done = daemon.ctl("apply", daemon.folder / "empty", check=False)
    assert done.returncode == 0 and "no *.yaml" in done.stderr
    # But no community has its file there.
    drift = daemon.ctl("drift", daemon.folder / "empty", check=False)
    assert drift.returncode == 5 and all(re.search(rf"(?m)^- missing +{slug} ", drift.stdout)
                                         for slug in ("toulouse", "guild")), drift


def test_many_communities_are_one_list(own):
    missiond = own(files=[(f"c{number}", TOULOUSE.replace("toulouse", f"c{number}")) for number in range(203)])
    missiond.start()
    applied = one_document(missiond, "apply", "--no-wait")["applied"]
    assert len(applied) == 203 and all(line["job"] for line in applied)
    assert len(one_document(missiond, "list")["communities"]) == 203
    # Another file may be sent meanwhile, and what waits is seen.
    assert len(missiond.ctl("list").stdout.splitlines()) == 204


def test_apply_follows_its_jobs_over_a_restart_of_the_steward(own):
    missiond = own(files=[(f"c{number}", TOULOUSE.replace("toulouse", f"c{number}")) for number in range(12)])
    missiond.start()
    apply = subprocess.Popen([PREFIX / "bin" / "missionctl", "--socket", missiond.socket, "apply", missiond.tenants],
                             text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        # It follows: the first job is told as done, others wait.
        first = apply.stdout.readline()
        os.kill(missiond.process_of("steward"), signal.SIGKILL)
        output, errors = apply.communicate(timeout=300)
    finally:
        apply.kill()
    assert apply.returncode == 0, (output, errors)
    assert (first + output).count("created") == 12


def test_a_claim_link_works_once_and_ends_the_earlier(daemon):
    first = daemon.ctl("claim-link", "guild").stdout.strip().rsplit("/", 1)[1]
    second = daemon.ctl("claim-link", "guild").stdout.strip().rsplit("/", 1)[1]
    body = {"name": "Alice", "username": "alice", "password": "correct horse battery",
            "terms": daemon.terms("guild"), "accept": True}

    def refused(slug, token):
        # The terms of that community: nothing but the link is wrong.
        answer = daemon.api(slug, "POST", f"/claims/{token}", {**body, "terms": daemon.terms(slug)}, check=False)
        assert answer.status == 410, answer.text
        assert daemon.get(slug, f"/claim/{token}").status == 410

    # Not at the other community, not the old one, then once.
    refused("toulouse", second)
    refused("guild", first)
    daemon.api("guild", "POST", f"/claims/{second}", body)
    body["username"] = "mallory"
    refused("guild", second)
    done = daemon.ctl("claim-link", "guild", check=False)
    assert done.returncode == 1 and "founder" in done.stderr.lower()


def test_a_copied_file_takes_no_community_over(own):
    """Copied, and the slug left as it was; but a file may be moved."""
    daemon = own(files=[]).start()
    old = write(daemon, "old.yaml", TOULOUSE.replace("toulouse", "kept"))
    daemon.ctl("apply", old)
    new = write(daemon, "new.yaml", "#\n" + TOULOUSE.replace("toulouse", "kept").replace("name: T", "name: Not T"))
    words = (f"{new}:2:7: the community kept was applied from {old}, which is still there, expected that file or "
             "another slug: remove the old file first, or give --replace")
    for command in ("plan", "apply"):
        assert errors_of(daemon, new, command=command) == [words]
    assert one_document(daemon, "apply", new, status=4)["errors"] == words + "\n"
    done = subprocess.run([PREFIX / "bin" / "missionctl", "--socket", daemon.socket, "apply", "-"],
                          input=new.read_text(), text=True, capture_output=True, timeout=120)
    assert done.returncode == 4 and f"was applied from {old}, which is still there" in done.stderr
    # Nor does a good file beside it change anything.
    other = write(daemon, "other.yaml", TOULOUSE.replace("toulouse", "other"))
    assert errors_of(daemon, new, other, command="apply") == [words]
    assert '"other"' not in daemon.ctl("list", "--json").stdout
    shown = daemon.ctl("show", "kept", json_output=True)
    assert (shown["name"], shown["file"]) == ("Toulouse Entraide", str(old))
    # The same file under another name is no other.
    link = daemon.folder / "link.yaml"
    os.link(old, link)
    link.write_text(old.read_text() + "# More.\n")
    assert "updated" in daemon.ctl("apply", link).stdout
    link.unlink()
    old.write_text(TOULOUSE.replace("toulouse", "kept"))
    daemon.ctl("apply", "--replace", old)
    # Moved: the old one is gone.
    old.rename(daemon.folder / "moved.yaml")
    moved = write(daemon, "moved.yaml", old_text := TOULOUSE.replace("toulouse", "kept") + "# Moved.\n")
    assert daemon.ctl("plan", moved).returncode == 0
    assert "updated" in daemon.ctl("apply", moved).stdout
    assert daemon.ctl("show", "kept", json_output=True)["file"] == str(moved)
    # Two files change places.
    second = write(daemon, "second.yaml", TOULOUSE.replace("toulouse", "second"))
    daemon.ctl("apply", second)
    second.write_text(old_text + "# Again.\n")
    moved.write_text(TOULOUSE.replace("toulouse", "second") + "# Again.\n")
    assert daemon.ctl("apply", moved, second).stdout.count("updated") == 2
    # Who insists may.
    assert daemon.ctl("plan", "--replace", new).returncode == 0
    assert "updated" in daemon.ctl("apply", "--replace", new).stdout
    assert daemon.ctl("show", "kept", json_output=True)["file"] == str(new)
