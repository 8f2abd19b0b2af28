"""etc/quickstart as a person uses it: what it prints is read, typed and tried,
in a folder with blanks, on a terminal and detached.

RELEASE_BUILD names a build for release of this checkout, installed, that is put
where quickstart would make its own (tests/run has one), and
RELEASE_BUILD_SECONDS how long that took; without it the first start builds.
What quickstart builds with is compared all the same."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse

import pytest

from harness import Missiond, free_port
from terminal import LIMIT, Terminal, family, left_over, names_of, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "etc" / "quickstart"
RELEASE_BUILD = os.environ.get("RELEASE_BUILD")
COMMUNITIES = ("toulouse", "guild")


def quickstart(*arguments):
    return subprocess.run([QUICKSTART, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=LIMIT)


class Folder:
    """A data directory for --data."""

    def __init__(self):
        # Not pytest's: the accounts of the processes must get through.
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="missiond-test-"))
        self.top.chmod(0o755)
        self.path = self.top / "a folder's name #1"
        self.path.mkdir(mode=0o755)

    def take_build(self):
        if RELEASE_BUILD:
            (self.path / "build").symlink_to(RELEASE_BUILD)
            prefix = options_of(RELEASE_BUILD)["prefix"]
            (self.path / "installed").symlink_to(prefix)

    def missiond_pid(self):
        return int((self.path / "missiond.pid").read_text())

    def remove(self):
        quickstart("--stop", "--data", self.path)
        shutil.rmtree(self.top)


def options_of(build):
    done = subprocess.run(["meson", "introspect", build, "--buildoptions"], check=True, capture_output=True, text=True)
    return {option["name"]: option["value"] for option in json.loads(done.stdout)}


class Demo(Missiond):
    """What quickstart started, to talk to."""

    def __init__(self, folder, port):  # not the parent's: it makes another
        self.folder, self.data, self.port = folder.path, folder.path / "data", port
        self.log, self.process = folder.path / "missiond.log", None

    def request(self, slug, method, path, *arguments, **options):
        for _ in range(60):
            answer = super().request(slug, method, path, *arguments, **options)
            if answer.status != 429:  # many log-ins from one address
                break
            time.sleep(int(answer.headers["Retry-After"]))
        return answer

    def log_in_by_form(self, slug, login, password):
        """The cookies of a browser after the form, or None."""
        page = self.get(slug, "/login")
        cookies = {header.split(";")[0] for header in page.headers.get_all("Set-Cookie") or []}
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
        answer = self.request(slug, "POST", "/login",
                              urllib.parse.urlencode({"csrf": csrf, "login": login, "password": password}),
                              {"Cookie": "; ".join(cookies), "Content-Type": "application/x-www-form-urlencoded"})
        if answer.status != 303:
            return None
        cookies |= {header.split(";")[0] for header in answer.headers.get_all("Set-Cookie")}
        return "; ".join(cookies)

    def listings(self, slug):
        found, page, more = [], 1, True
        while more:
            answer = self.api(slug, "GET", f"/listings?page={page}").json
            found += answer["listings"]
            page, more = page + 1, answer["more"]
        return found


# --- without building anything

@pytest.mark.parametrize("arguments,words", [
    (["--prot", "80"], '"--prot" is not understood, expected --port, --data, --detach, --stop or --help'),
    (["start"], '"start" is not understood'),
    (["--port"], "--port needs a value"),
    (["--port", "--detach"], "--port needs a value"),
    (["--port", ""], "--port needs a value"),
    (["--port", "0"], '--port is "0", expected a number from 1 to 65535'),
    (["--port", "65536"], '--port is "65536", expected a number from 1 to 65535'),
    (["--port", "abc"], '--port is "abc", expected a number from 1 to 65535'),
    (["--port", "-1"], '--port is "-1", expected a number from 1 to 65535'),
    (["--port", "80 81"], '--port is "80 81", expected a number from 1 to 65535'),
    (["--port", "99999999999999999999"], "expected a number from 1 to 65535"),
    (["--stop"], "nothing runs with the data directory"),
], ids=lambda value: " ".join(value) or None if isinstance(value, list) else "")
def test_a_wrong_command_line_is_explained_and_makes_nothing(tmp_path, arguments, words):
    data = tmp_path / "data"
    done = quickstart("--data", data, *arguments)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("quickstart: ") and words in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1 and not data.exists()


@pytest.mark.parametrize("arguments", [["--data"], ["--data", ""], ["--data", "--detach"]])
def test_data_needs_a_folder(arguments):
    done = quickstart(*arguments)
    assert done.returncode == 1 and done.stderr == "quickstart: --data needs a value. Try --help.\n"


def test_help():
    done = quickstart("--help")
    assert done.returncode == 0 and done.stderr == ""
    for word in ("--port N", "--data DIR", "--detach", "--stop", "Ctrl-C"):
        assert word in done.stdout


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_taken_port_is_told_before_anything_is_built(tmp_path, host):
    with contextlib.ExitStack() as stack:
        try:
            taken = stack.enter_context(socket.create_server(
                (host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET))
        except OSError as error:
            pytest.skip(f"no {host} here: {error}")
        port = taken.getsockname()[1]
        done = quickstart("--data", tmp_path / "data", "--port", port)
    assert done.returncode == 1 and done.stdout == "", done
    assert done.stderr == \
        f"quickstart: another program listens on port {port} already: choose another with --port.\n"
    assert not (tmp_path / "data" / "build").exists()


def writable_by_all(folder):
    folder.chmod(0o777)


def writable_by_a_group(folder):
    folder.chmod(0o775)


def of_somebody_else(folder):
    if os.geteuid() != 0:
        pytest.skip("only root gives folders away")
    shutil.chown(folder, "nobody")


def behind_a_link(folder):
    folder.rename(folder.parent / "elsewhere")
    folder.symlink_to("elsewhere")


def a_file(folder):
    folder.rmdir()
    folder.write_text("")


@pytest.mark.parametrize("spoil,words", [
    (writable_by_all, "is not yours alone to write to"),
    (writable_by_a_group, "is not yours alone to write to"),
    (of_somebody_else, "is not yours alone to write to"),
    (behind_a_link, "is not yours alone to write to"),
    (a_file, "choose another folder with --data"),
], ids=lambda value: getattr(value, "__name__", ""))
def test_a_folder_that_is_not_ours_alone_is_refused(tmp_path, spoil, words):
    data = tmp_path / "data"
    data.mkdir()
    spoil(data)
    done = quickstart("--data", data, "--port", free_port())
    assert done.returncode == 1 and done.stdout == ""
    assert words in done.stderr and "--data" in done.stderr, done.stderr
    assert not data.is_dir() or not list(data.iterdir())


# --- building

def test_ctrl_c_while_it_builds():
    """And a build of another checkout is not gone on with."""
    folder = Folder()
    try:
        build = folder.path / "build"
        build.mkdir()
        (build / "build.ninja").write_text("rule nothing\n command = true\n")
        terminal = Terminal(QUICKSTART, "--data", folder.path, "--port", free_port())
        terminal.wait_for(r"\d+ of \d{2,}")
        assert left_over(folder.path)
        terminal.press_ctrl_c()
        assert terminal.end() == 130, terminal.text
        # ninja waits for its compilers, not for what these have started.
        wait_until(lambda: not left_over(folder.path), lambda: left_over(folder.path))
        assert "failed" not in terminal.text
        if RELEASE_BUILD:
            own, taken = options_of(build), options_of(RELEASE_BUILD)
            assert own["buildtype"] == "release" and own["b_sanitize"] == "none"
            assert own["prefix"] == str(folder.path / "installed")
            # For a user a warning of a newer compiler is no error; what is compiled is the same.
            assert {name for name in own if own[name] != taken[name]} <= {"prefix", "tests", "werror"}
    finally:
        folder.remove()


# --- running

@pytest.fixture(scope="module")
def folder():
    folder = Folder()
    folder.take_build()
    try:
        yield folder
    finally:
        folder.remove()


@pytest.fixture(scope="module")
def interrupted(folder):
    """A first start that ended by Ctrl-C while people joined: what it printed,
    its exit status, and the processes that were left."""
    folder.began = time.monotonic()
    terminal = Terminal(QUICKSTART, "--data", folder.path, "--port", free_port())
    terminal.wait_for("toulouse: members join")
    known = family(terminal.process.pid)
    assert any("worker" in name for name in names_of(known)), names_of(known)
    terminal.press_ctrl_c()
    status = terminal.end()
    return terminal.text, status, left_over(folder.path, known)


@pytest.fixture(scope="module")
def demo(folder, interrupted):
    """And the next one, detached, filled the communities."""
    demo = Demo(folder, free_port())
    done = quickstart("--data", folder.path, "--port", demo.port, "--detach")
    assert done.returncode == 0, done.stdout + done.stderr
    demo.printed = done.stdout
    demo.took = time.monotonic() - folder.began
    return demo


def test_ctrl_c_while_people_join(interrupted):
    text, status, left = interrupted
    assert status == 130 and not left
    assert "Stopping" in text and "Traceback" not in text, text


def test_all_of_it_is_ready_within_two_minutes(demo):
    """The build, the start that was broken off and the one that was not."""
    if RELEASE_BUILD and "RELEASE_BUILD_SECONDS" not in os.environ:
        pytest.skip("RELEASE_BUILD_SECONDS does not say how long the build took")
    took = float(os.environ.get("RELEASE_BUILD_SECONDS", 0)) + demo.took
    assert took < 120


def test_it_shows_progress(demo):
    steps = re.findall(r"(?m)^• (.*)$", demo.printed)
    assert [step.split()[0] for step in steps] == ["Looking", "Building", "Starting", "Applying", "Letting"]
    for slug in COMMUNITIES:
        assert re.search(rf"(?m)^  {slug}: ", demo.printed)


def test_detach_returns_when_the_printed_addresses_answer(demo):
    printed = re.findall(r"http://(\S+?)\.localhost:(\d+)/", demo.printed)
    assert [slug for slug, _ in printed] == list(COMMUNITIES)
    for slug, port in printed:
        assert int(port) == demo.port
        assert demo.get(slug, "/").status == 200
    done = subprocess.run(re.search(r"Command line +(.*)", demo.printed)[1], shell=True, cwd=ROOT,
                          check=True, capture_output=True, text=True)
    assert all(slug in done.stdout for slug in COMMUNITIES)


@pytest.mark.parametrize("column,slug", enumerate(COMMUNITIES))
def test_the_printed_logins_work(demo, column, slug):
    password = re.search(r'password "([^"]+)"', demo.printed)[1]
    may = {"founder": (200, 200), "admin": (200, 200), "member": (403, 403)}
    for role, pages in may.items():
        login = re.search(rf"(?m)^ +{role} +(\w+) +(\w+)$", demo.printed).groups()[column]
        assert demo.log_in_by_form(slug, login, password + "!") is None
        cookies = demo.log_in_by_form(slug, login, password)
        assert cookies, f"{login} in {slug}"
        assert 'action="/logout"' in demo.get(slug, "/", headers={"Cookie": cookies}).text
        assert tuple(demo.get(slug, path, headers={"Cookie": cookies}).status
                     for path in ("/manage", "/manage/members")) == pages, f"{login} in {slug}"
        if role == "founder":
            founder = demo.log_in(slug, login, password)
            founders = [row["username"] for row in demo.api(slug, "GET", "/members", token=founder).json["members"]
                        if row["founder"]]
            assert founders == [login]
        if role == "admin":
            admins = demo.api(slug, "GET", "/administrators", token=founder).json["administrators"]
            assert [row["username"] for row in admins] == [login]


def test_the_communities_are_as_promised(demo):
    colours = set()
    for slug, joining, language in (("toulouse", "open", "fr"), ("guild", "invitation", "en")):
        community = demo.api(slug, "GET", "/community").json
        assert community["joining"] == joining
        front = demo.get(slug, "/").text
        assert f'<html lang="{language}">' in front and f'<p class="lead">{community["tagline"]}</p>' in front
        assert community["colour"] in demo.get(slug, "/theme.css").text
        colours.add(community["colour"])
        listings = demo.listings(slug)
        assert len(listings) >= 30
        assert {listing["kind"] for listing in listings} == {"offer", "request"}
        founder = demo.log_in(slug, {"toulouse": "camille", "guild": "alice"}[slug])
        members = demo.api(slug, "GET", "/members", token=founder).json["members"]
        assert len(members) >= 6 and {member["state"] for member in members} == {"active"}
    assert len(colours) == 2
    joining = demo.get("toulouse", "/join")
    assert joining.status == 200 and 'action="/join"' in joining.text
    assert demo.get("guild", "/join").status == 403


def test_the_mails_are_where_it_says(demo):
    folder = re.search(r"Mails are written to +(.*)", demo.printed)[1]
    assert pathlib.Path(folder) == demo.data / "mail"
    for slug, words in (("toulouse", "Confirmez"), ("guild", "Confirm ")):
        subjects = [str(mail["Subject"]) for mail in demo.mails(f"@{slug}.localhost")]
        assert len([subject for subject in subjects if subject.startswith(words)]) >= 4, subjects
    before = len(demo.mails("amina@"))
    demo.api("toulouse", "POST", "/password-resets", {"login": "amina"})
    wait_until(lambda: len(demo.mails("amina@")) == before + 1, lambda: "a mail for Amina")


def test_stop_and_start_again(demo, folder):
    """Everything said in one life of the demo: a second start is refused, the
    printed command stops it, the next start finds its data again, Ctrl-C ends
    that one, and --stop has nothing to do then."""
    socket_path = folder.path / "run" / "control.sock"
    demo.post_listing("guild", demo.log_in("guild", "priya"), category="other", title="Posted by hand")
    before = {slug: len(demo.listings(slug)) for slug in COMMUNITIES}
    stop = re.search(r"Stop it with +(.*)", demo.printed)[1]

    done = quickstart("--data", folder.path, "--port", free_port())
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == f"quickstart: it runs already with this data directory; end it with: {stop}\n"

    known = family(folder.missiond_pid())
    assert len(known) >= 5 and socket_path.exists()
    done = subprocess.run(stop, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 0 and done.stdout.endswith("Stopped.\n"), done
    assert not left_over(folder.path, known) and not socket_path.exists()

    demo.port = free_port()
    terminal = Terminal(QUICKSTART, "--data", folder.path, "--port", demo.port)
    terminal.wait_for("Ctrl-C stops everything")
    assert f"http://guild.localhost:{demo.port}/" in terminal.text and "Letting people join" not in terminal.text
    assert {slug: len(demo.listings(slug)) for slug in COMMUNITIES} == before
    assert "Posted by hand" in [listing["title"] for listing in demo.listings("guild")]
    known = family(terminal.process.pid)
    assert len(known) >= 6 and socket_path.exists()
    terminal.press_ctrl_c()
    assert terminal.end() == 130 and "Stopping" in terminal.text
    assert not left_over(folder.path, known) and not socket_path.exists()
    assert "event=stopped " in demo.log_text()  # in order, not killed

    done = quickstart("--stop", "--data", folder.path)
    assert done.returncode == 1 and "nothing runs with the data directory" in done.stderr


def test_stop_ends_one_in_another_terminal(demo, folder):
    terminal = Terminal(QUICKSTART, "--data", folder.path, "--port", free_port())
    terminal.wait_for("Ctrl-C stops everything")
    known = family(folder.missiond_pid())
    assert quickstart("--stop", "--data", folder.path).returncode == 0
    assert terminal.end() == 0 and "missiond was stopped." in terminal.text
    assert not left_over(folder.path, known)
