"""missionctl as an operator meets it: on a terminal and not, over a steward that
is killed, and what status, show and drift know."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

from harness import GUILD, PREFIX, TOULOUSE, Database, frozen


def community(slug):
    return TOULOUSE.replace("toulouse", slug)


class Terminal:
    """missionctl with its standard error (and perhaps output) on a terminal."""

    def __init__(self, missiond, *arguments, output=True, columns=80):
        self.end, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.process = subprocess.Popen(
            [PREFIX / "bin" / "missionctl", "--socket", missiond.socket, *map(str, arguments)],
            stdin=inside, stderr=inside, stdout=inside if output else subprocess.PIPE)
        os.close(inside)
        self.shown = ""

    def read(self, until=None):
        """All that was shown, up to the end or to words."""
        end = time.monotonic() + 180
        while until is None or until not in self.shown:
            assert time.monotonic() < end, self.shown
            if not select.select([self.end], [], [], 1)[0]:
                continue
            try:
                piece = os.read(self.end, 65536)
            except OSError:  # nobody has it open any more
                piece = b""
            if not piece:
                break
            self.shown += piece.decode()
        return self.shown

    def close(self):
        output = self.process.stdout.read().decode() if self.process.stdout else ""
        status = self.process.wait(60)
        os.close(self.end)
        return status, output


def screen(shown):
    """What stands on the terminal's lines at the end: \\r goes to a line's
    begin, \\033[K clears from there."""
    lines = [""]
    for part in re.findall(r"\r\033\[K|\r?\n|[^\r\n\033]+", shown):
        if part.endswith("\n"):
            lines.append("")
        elif part == "\r\033[K":
            lines[-1] = ""
        else:
            lines[-1] += part
    assert "".join(re.findall(r"\r\033\[K|\r?\n|[^\r\n\033]+", shown)) == shown, "nothing else moves about"
    return [line for line in lines if line]


@pytest.fixture(scope="module")
def missiond():
    from harness import Missiond
    made = Missiond(files=[])
    try:
        yield made.start()
    finally:
        made.close()


def test_a_line_on_a_terminal_shows_how_far_a_job_is(missiond, tmp_path):
    for name in ("seen", "shown"):
        (tmp_path / f"{name}.yaml").write_text(community(name))
    terminal = Terminal(missiond, "apply", tmp_path)
    shown = terminal.read()
    assert terminal.close() == (0, "")
    for name in ("seen", "shown"):
        steps = re.findall(rf"\r\033\[K{name} +(\d)/(\d) ", shown)
        assert steps and [int(step) for step, _ in steps] == sorted(int(step) for step, _ in steps), shown
        assert len({of for _, of in steps}) == 1
    # The line is gone when the work is done.
    assert screen(shown) == ["seen                     created", "shown                    created"]


def test_the_line_never_wraps(missiond, tmp_path):
    name = "a-name-that-is-as-long-as-a-name-may-be"
    (tmp_path / "long.yaml").write_text(community(name))
    terminal = Terminal(missiond, "apply", tmp_path, columns=30)
    shown = terminal.read()
    assert terminal.close() == (0, "")
    lines = [part for part in re.findall(r"\r\033\[K([^\r\n\033]*)", shown) if part]
    assert any(re.search(rf"{name[:20]}", line) for line in lines)
    assert max(len(line) for line in lines if "created" not in line) < 30, lines


def test_json_on_a_terminal_is_one_document_beside_the_line(missiond, tmp_path):
    (tmp_path / "json.yaml").write_text(community("json-one"))
    terminal = Terminal(missiond, "--json", "apply", tmp_path, output=False)
    shown = terminal.read()
    status, output = terminal.close()
    assert status == 0
    assert json.loads(output)["applied"][0]["state"] == "done"
    assert re.search(r"\r\033\[Kjson-one +\d/\d ", shown) and screen(shown) == []


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_nothing_but_the_outcome_where_there_is_no_terminal(missiond, tmp_path, options):
    slug = "plain-json" if options else "plain"
    (tmp_path / "plain.yaml").write_text(community(slug))
    done = missiond.ctl(*options, "apply", tmp_path)
    assert done.stderr == "" and "\r" not in done.stdout and "\033" not in done.stdout
    if options:
        assert json.loads(done.stdout)["applied"][0]["state"] == "done"
    else:
        assert done.stdout == f"{slug:24} created\n"


def test_rotation_shows_the_line_too(missiond):
    terminal = Terminal(missiond, "rotate-credentials", "seen")
    shown = terminal.read()
    assert terminal.close()[0] == 0
    assert re.search(r"\r\033\[Kseen +\d/3 ", shown), shown
    document = missiond.ctl("rotate-credentials", "seen", json_output=True)
    assert (document["slug"], document["kind"], document["state"]) == ("seen", "rotate", "done")


def test_apply_goes_on_when_the_steward_dies_while_it_works(missiond, tmp_path):
    """Held by a lock in the middle of the files, so that some are applied and
    some are not when the steward is killed."""
    database = Database(missiond)
    for number in range(6):
        (tmp_path / f"cut{number}.yaml").write_text(community(f"cut{number}"))
    holding = tmp_path / "holding" / "holding.yaml"
    holding.parent.mkdir()
    holding.write_text(community("holding"))
    missiond.ctl("apply", holding)
    # The fourth file waits for this domain.
    holder = subprocess.Popen(
        ["mariadb", "--no-defaults", "-S", database.socket, "-N", "-B", "--unbuffered"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    holder.stdin.write(
        "START TRANSACTION; INSERT INTO missiond_control.community_domain VALUES "
        "('cut3.localhost', (SELECT id FROM missiond_control.community WHERE slug = 'holding'), 9); SELECT 'held';\n")
    holder.stdin.flush()
    assert holder.stdout.readline() == "held\n"
    terminal = Terminal(missiond, "apply", tmp_path)
    try:
        # Asked more often than each 0.1 s the table stays as it was.
        missiond.wait_until(lambda: int(database.rows(
            "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'")[0][0]) > 0,
            120, "the fourth file waits", pause=0.3)
        assert [slug for slug, in database.rows(
            "SELECT slug FROM missiond_control.community WHERE slug LIKE 'cut%' ORDER BY slug")] == [
                "cut0", "cut1", "cut2"]
        steward = missiond.process_of("steward")
        os.kill(steward, signal.SIGKILL)
        missiond.wait_until(lambda: missiond.process_of("steward") not in (None, steward), 120, "another steward")
    finally:
        holder.stdin.write("ROLLBACK;\n")
        holder.stdin.close()
        holder.wait(60)
    shown = terminal.read()
    assert terminal.close() == (0, "")
    # Asked again, the new steward may have finished the first three's jobs.
    done = [tuple(line.split()) for line in screen(shown)]
    assert [slug for slug, _ in done] == [f"cut{number}" for number in range(6)]
    assert {end for _, end in done[:3]} <= {"created", "unchanged"}
    assert {end for _, end in done[3:]} == {"created"}
    assert missiond.process_of("steward") != steward
    # Each once, whole.
    assert "6 unchanged" in missiond.ctl("plan", tmp_path).stdout
    for number in range(6):
        assert missiond.ctl("show", f"cut{number}", json_output=True)["state"] == "active"


def test_a_missiond_that_is_not_there_is_not_waited_for(own, tmp_path):
    missiond = own(files=[])
    (tmp_path / "one.yaml").write_text(community("one"))
    began = time.monotonic()
    assert missiond.ctl("apply", tmp_path, check=False).returncode == 3
    assert time.monotonic() - began < 60  # and not the two minutes of patience


def test_status_tells_of_processes_mails_and_the_database(own):
    missiond = own(files=[("guild", GUILD)]).start().provision()
    missiond.wait_until(lambda: {process["state"] for process in missiond.status()["processes"]} == {"serving"},
                        60, "all have started")
    status = missiond.ctl("status", json_output=True)
    assert status["database"] is True and status["read_only"] is False
    roles = {"worker-1", "worker-2", "steward", "courier", "database"}
    processes = {process["name"]: process for process in status["processes"]}
    assert set(processes) == roles
    for name, process in processes.items():
        assert process["state"] == "serving" and process["starts"] == 1, process
        assert os.path.exists(f"/proc/{process['process']}"), process
        assert name == "database" or process["process"] == missiond.process_of(name)
    # The claim mail has gone out.
    missiond.wait_until(lambda: (missiond.ctl("status", json_output=True)["mails"] or {}).get("sent") == 1,
                        60, "the mail is counted")
    os.kill(missiond.process_of("worker-2"), signal.SIGKILL)
    missiond.wait_until(lambda: re.search(
        r"(?m)^worker-2 +serving +since \S+, process \d+, started 2 times$", missiond.ctl("status").stdout),
        60, "the second start is told")
    text = missiond.ctl("status").stdout
    assert re.search(r"(?m)^mails +0 waiting; 1 sent, 0 put off, 0 given up since ", text), text
    # Without its database it still says what it knows, and that it is not well.
    database = processes["database"]["process"]
    with frozen(database):
        done = missiond.ctl("status", check=False)
    assert done.returncode == 1 and "its database is away" in done.stdout, (done.stdout, done.stderr)
    assert re.search(r"(?m)^worker-1 +serving", done.stdout)
    missiond.wait_until(missiond.answers, 120, "it is back")


def test_a_reload_starts_another_courier_only_for_other_mail_settings(own):
    missiond = own(files=[("guild", GUILD)])
    missiond.start().provision()

    def courier():
        found, = [process for process in missiond.ctl("status", json_output=True)["processes"]
                  if process["name"] == "courier"]
        return found

    def reload(settings):
        missiond.configuration.write_text(missiond.settings(settings))
        missiond.ctl("reload")

    def mailed():
        missiond.request("guild", "POST", "/api/v1/password-resets", json.dumps({"login": "asker"}),
                         {"Content-Type": "application/json"})

    first = courier()
    # More than two: the settings of the start are gone by then.
    for number in range(4):
        reload(f"limits:\n  idle_time: {20 + number}s\ncommunity_limits:\n  connections: {4 + number}\n")
    missiond.join("guild", "asker")  # by mail
    assert courier() == first and first["starts"] == 1

    reload("mail:\n  directory: mail\n  from: other@example.org\n")
    missiond.wait_until(lambda: courier()["starts"] == 2 and courier()["state"] == "serving", 60, "another courier")
    before = len(missiond.mails())
    mailed()
    missiond.wait_until(lambda: len(missiond.mails()) > before, 60, "a mail")
    assert any("other@example.org" in mail["From"] for mail in missiond.mails())

    # Where mails go to a server, its files count as what is said of it.
    password = missiond.folder / "password"
    server = f"mail:\n  host: 127.0.0.1\n  port: 9\n  user: us\n  password_file: {password}\n"
    password.write_text("one\n")
    password.chmod(0o644)
    reload(server)
    missiond.wait_until(lambda: courier()["starts"] == 3 and courier()["state"] == "serving", 60, "another courier")
    third = courier()
    reload(server)
    reload(server + "sessions:\n  idle: 3d\n")
    mailed()
    assert courier() == third
    # Replaced, as an administrator does it.
    other = missiond.folder / "password.new"
    other.write_text("two\n")
    other.chmod(0o644)
    other.rename(password)
    reload(server)
    missiond.wait_until(lambda: courier()["starts"] == 4 and courier()["state"] == "serving", 60, "another courier")
    # Gone: that is said, and the one that runs goes on.
    password.unlink()
    fourth = courier()
    reload(server)
    missiond.wait_until(lambda: any(str(password) in line for line in missiond.events("reload.failed")),
                        60, "the missing file is named")
    assert courier() == fourth
    assert len(missiond.events("process.ended")) == 3


def test_show_tells_how_far_the_founder_is(own):
    missiond = own(files=[("guild", GUILD)]).start().provision()
    shown = missiond.ctl("show", "guild", json_output=True)
    assert (shown["founder_name"], shown["founder_email"]) == ("Alice Turner", "alice@example.org")
    assert shown["claim"] == "open" and shown["claim_open_until"]
    assert re.search(r"(?m)^claim +open$", missiond.ctl("show", "guild").stdout)
    database = Database(missiond)
    database.rows(f"UPDATE {database.schemas()['guild']}.link_token SET expires_at = UTC_TIMESTAMP(6)")
    shown = missiond.ctl("show", "guild", json_output=True)
    assert shown["claim"] == "lapsed" and shown["claim_open_until"] is None
    # The founder's own words are not the host's to see.
    missiond.claim("guild", "alice", "Alice In Her Own Words")
    done = missiond.ctl("show", "guild")
    assert re.search(r"(?m)^claim +claimed$", done.stdout) and "Her Own Words" not in done.stdout
    shown = missiond.ctl("show", "guild", json_output=True)
    assert shown["claim"] == "claimed" and shown["claim_open_until"] is None
    # An account that does not get in is no reason to show nothing.
    account = database.schemas()["guild"]
    (name,), = database.rows(f"SELECT CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.user WHERE User = '{account}'")
    database.rows(f"ALTER USER {name} ACCOUNT LOCK")
    os.kill(missiond.process_of("steward"), signal.SIGKILL)
    missiond.wait_until(missiond.answers, 120, "a steward")
    assert missiond.ctl("show", "guild", json_output=True)["claim"] is None


def test_drift_says_where_a_community_came_from(own, tmp_path):
    missiond = own(files=[("toulouse", TOULOUSE)]).start().provision()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "guild.yaml").write_text(GUILD)
    # Named as it stands from where one is: kept as it stands for all.
    subprocess.run([PREFIX / "bin" / "missionctl", "--socket", missiond.socket, "apply", "guild.yaml"],
                   cwd=elsewhere, check=True, capture_output=True, timeout=120)
    assert missiond.ctl("show", "guild", json_output=True)["file"] == f"{elsewhere}/guild.yaml"
    drift = missiond.ctl("drift", check=False)
    assert drift.returncode == 5
    assert f"(no file; applied from {elsewhere}/guild.yaml, which is still there)" in drift.stdout
    line, = [line for line in json.loads(missiond.ctl("drift", json_output=True, check=False).stdout)["lines"]
             if line["change"] == "missing"]
    assert line["slug"] == "guild" and line["applied_file_exists"] is True
    (elsewhere / "guild.yaml").unlink()
    assert f"applied from {elsewhere}/guild.yaml, which is gone)" in missiond.ctl("drift", check=False).stdout
    # From standard input there was no file.
    subprocess.run([PREFIX / "bin" / "missionctl", "--socket", missiond.socket, "apply", "-"], check=True,
                   input=GUILD.replace("Makers.", "Menders."), text=True, capture_output=True, timeout=120)
    assert "(no file; applied as <stdin>)" in missiond.ctl("drift", check=False).stdout
    line, = [line for line in json.loads(missiond.ctl("drift", json_output=True, check=False).stdout)["lines"]
             if line["change"] == "missing"]
    assert line["applied_file_exists"] is None
