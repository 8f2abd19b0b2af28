"""What reaches syslog, read from a real socket in place of /dev/log: missiond
without --foreground in a mount namespace of its own. Nothing in it is a secret,
and nothing that a visitor sends can forge a line."""
import contextlib
import os
import re
import socket
import subprocess
import threading
from urllib.parse import quote

import pytest

from harness import PASSWORD, TOULOUSE, Missiond
from test_sessions import log_in
from test_site import form

LOCAL3, DAEMON = 19, 3  # RFC 5424, table 1
SEVERITIES = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]

# A /dev with a "log" in it; the one that all others see stays as it is.
NAMESPACE = """
mount --make-rprivate /
mkdir "$0/dev"
mount -t tmpfs none "$0/dev"
for name in null zero full random urandom tty; do
	: >"$0/dev/$name"
	mount --bind "/dev/$name" "$0/dev/$name"
done
for name in pts shm; do
	mkdir "$0/dev/$name"
	mount --rbind "/dev/$name" "$0/dev/$name"
done
ln -s pts/ptmx "$0/dev/ptmx"
ln -s /proc/self/fd "$0/dev/fd"
ln -s "$0/syslog" "$0/dev/log"
mount --rbind "$0/dev" /dev
exec "$@"
"""


class Line:
    """One datagram: <facility and severity>date missiond[pid]: pairs."""

    SHAPE = re.compile(r"<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d missiond\[(\d+)\]: (.*)", re.S)
    PAIR = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|[^\s"=\\]+)')

    def __init__(self, data):
        found = self.SHAPE.fullmatch(data.decode())
        assert found, data
        self.facility, self.severity = divmod(int(found[1]), 8)
        self.text = found[3]
        self.pairs, end = {}, 0
        for pair in self.PAIR.finditer(self.text):
            assert self.text[end:pair.start()] == ("" if end == 0 else " "), self.text
            assert pair[1] not in self.pairs, self.text
            self.pairs[pair[1]] = pair[2].strip('"')
            end = pair.end()
        assert end == len(self.text), self.text
        self.event = self.pairs["event"]


class Syslog:
    """Who listens at /dev/log."""

    def __init__(self, folder):
        self.path = folder / "syslog"
        self.lines, self.raw = [], []
        self.open()

    def open(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind(str(self.path))
        self.path.chmod(0o666)
        self.going = True
        self.thread = threading.Thread(target=self.read, args=[self.socket])
        self.thread.start()

    def read(self, source):
        source.settimeout(0.2)
        while self.going:
            try:
                data = source.recv(65536)
            except TimeoutError:
                continue
            self.raw.append(data)
            self.lines.append(Line(data))

    def close(self):
        self.going = False
        self.thread.join()
        self.socket.close()
        self.path.unlink()

    def of(self, event, **pairs):
        return [line for line in self.lines if line.event == event
                and all(line.pairs.get(key) == value for key, value in pairs.items())]


class Background(Missiond):
    """Started as by an init system: no --foreground."""

    def start(self):
        self.configuration.write_text(self.settings())
        self.syslog = Syslog(self.folder)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "-m", "sh", "-euc", NAMESPACE, self.folder,
                 self.program, "--config", self.configuration],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.wait_until(self.answers, 180, "missiond answers missionctl")
        return self

    def close(self):
        try:
            self.stop()
        finally:
            self.syslog.close()
            super().close()


def can_mount():
    return os.geteuid() == 0 and subprocess.run(
        ["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode == 0


@pytest.fixture(scope="module")
def missiond():
    if not can_mount():
        pytest.skip("only root may mount something over /dev/log")
    made = Background("log:\n  facility: local3\n  level: debug\n")
    made.extra += (
        f"listen:\n  http: 127.0.0.1:{made.port}\n  trusted: [127.0.0.2]\n  proxy_protocol: true\n")
    try:
        yield made.start().provision()
    finally:
        made.close()


NEW = "a phrase nobody else has"
WRONG = "the wrong horse entirely"
VISITOR = "192.0.2.77"


def talk(missiond, data):
    """As the trusted proxy sends it; the answer."""
    with socket.create_connection(("127.0.0.1", missiond.port), 60, ("127.0.0.2", 0)) as proxy:
        proxy.sendall(data)
        answer = b""
        with contextlib.suppress(ConnectionResetError):  # ended without a word
            while piece := proxy.recv(65536):
                answer += piece
        return answer


def settled(missiond):
    """All that came before has been read: a request of its own is in it."""
    answer = missiond.api("toulouse", "GET", "/nowhere", check=False)
    mine = answer.json["instance"].rsplit(":", 1)[1]
    missiond.wait_until(lambda: missiond.syslog.of("request", request=mine), 60, "its line")
    return missiond.syslog.lines


def test_a_whole_life_leaves_no_secret(missiond):
    """Claim, join, log in well and badly, reset, tokens, invitation, a listing,
    by API and by page, through a proxy: then every secret is looked for."""
    link = missiond.ctl("claim-link", "toulouse").stdout.strip()
    claim = link.rsplit("/", 1)[1]
    secrets = {"claim": claim, "password": PASSWORD, "new": NEW, "wrong": WRONG}
    missiond.api("toulouse", "POST", f"/claims/{claim}", {
        "name": "Camille Roux", "username": "camille", "password": PASSWORD,
        "terms": missiond.terms("toulouse"), "accept": True})
    founder = secrets["founder's token"] = missiond.log_in("toulouse", "camille")
    invitation = missiond.api("toulouse", "POST", "/invitations", {
        "note": "For a neighbour", "uses": 1, "days": 1, "scopes": []}, founder).json["link"]
    secrets["invitation"] = invitation.rsplit("/", 1)[1]
    secrets["token"] = missiond.join("toulouse", "nadia", invitation=secrets["invitation"])
    secrets["confirmation"] = missiond.mailed_token("nadia@example.org", "confirm")
    assert form(missiond, "toulouse", "/login", {"login": "nadia", "password": WRONG}).status == 422
    assert missiond.api("toulouse", "POST", "/tokens", {
        "login": "nadia@example.org", "password": WRONG, "name": "x", "days": 1}, check=False).status == 401
    session = secrets["session"] = log_in(missiond, "nadia")
    page = missiond.get("toulouse", "/account/tokens", headers={"Cookie": f"session={session}"})
    secrets["form token"] = re.search(r'name="csrf" value="([^"]*)"', page.text)[1]
    made = form(missiond, "toulouse", "/account/tokens", {"name": "script", "days": "5"}, f"session={session}")
    secrets["made token"] = re.search(r'<code class="copy">([\w-]{43})', made.text)[1]
    missiond.post_listing("toulouse", secrets["made token"], "Unheard of title", body="Words of a member alone.")
    missiond.api("toulouse", "POST", "/password-resets", {"login": "nadia@example.org"})
    secrets["reset"] = missiond.mailed_token("nadia@example.org", "reset")
    assert missiond.get("toulouse", f"/reset/{secrets['reset']}").status == 200
    assert form(missiond, "toulouse", f"/reset/{secrets['reset']}", {"password": NEW}).status == 303
    assert missiond.get("toulouse", f"/reset/{secrets['reset']}").status == 410
    log_in(missiond, "nadia", NEW)
    # Through the proxy: who came, and with which token.
    answer = talk(missiond, f"PROXY TCP4 {VISITOR} 192.0.2.2 4000 80\r\n"
                  f"GET /api/v1/account?secret={claim} HTTP/1.1\r\nHost: toulouse.localhost\r\n"
                  f"Authorization: Bearer {secrets['token']}\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 401 "), answer  # ended by the reset
    # And what the courier, the steward and the database say when it is hard.
    missiond.ctl("rotate-credentials", "toulouse")
    missiond.ctl("reload")
    os.kill(missiond.process_of("worker-1"), 9)
    missiond.wait_until(lambda: missiond.syslog.of("process.ended"), 120, "its end is said")
    missiond.wait_until(lambda: missiond.get("toulouse", "/").status == 200, 120, "pages")
    # What is written in mails, and whom they are for; what members write.
    for mail in missiond.mails():
        for number, text in enumerate(line.strip() for line in mail.get_content().splitlines()):
            if len(text) > 20:
                secrets[f"mail to {mail['To']}, line {number}"] = text
    secrets |= {"address": "nadia@example.org", "founder's address": "camille@example.org", "visitor": VISITOR,
                "title": "Unheard of title", "words": "Words of a member", "name": "Camille Roux",
                "secret file": (missiond.data / "secret").read_bytes()[:16].decode("latin-1")}
    settled(missiond)
    everything = b"\n".join(missiond.syslog.raw)
    said = everything.decode("utf-8")
    assert len(secrets) > 30
    for what, secret in secrets.items():
        assert secret not in said, what
        assert quote(secret) not in said, what
    # Without --foreground nothing goes elsewhere.
    assert "event=" not in missiond.log_text()


def test_every_line_has_its_facility_level_and_pairs(missiond):
    lines = settled(missiond)
    assert {line.facility for line in lines} == {LOCAL3}
    levels = {line.event: SEVERITIES[line.severity] for line in lines}
    assert levels["serving"] == "notice" and levels["request"] == "info" and levels["process.ended"] == "err"
    assert {line.pairs["role"] for line in lines} >= {"supervisor", "steward", "courier", "worker-1", "worker-2"}
    for line in lines:
        assert line.text.startswith("event=")
        if line.event == "request":
            # The steward's requests are the host's, of no community.
            assert re.fullmatch(r"[0-9a-hjkmnp-tv-z]{26}", line.pairs["request"]), line.text
            served = line.pairs["role"].startswith("worker") and line.pairs["status"] not in ("421",)
            assert line.pairs.get("community") in (("toulouse", "guild") if served else (None,)), line.text


def test_the_page_names_the_line(missiond):
    answer = missiond.get("guild", "/nowhere")
    assert answer.status == 404
    settled(missiond)
    found = [line for line in missiond.syslog.of("request", community="guild", status="404")
             if line.pairs["request"] in answer.text]
    assert len(found) == 1 and found[0].pairs["method"] == "GET", found


FORGED = "event=forged role=supervisor status=200"


def test_nothing_a_visitor_sends_forges_a_line(missiond):
    host = f"toulouse.localhost:{missiond.port}"
    before = len(settled(missiond))
    for path in (f"/{quote(FORGED)}", f"/%0a{quote(FORGED)}", f"/listings?search=%0d%0a{quote(FORGED)}",
                 f"/x%22%20{quote(FORGED)}", "/%e2%80%a8event=forged", "/%00event=forged", "/%ffevent=forged"):
        assert missiond.get("toulouse", path).status in (200, 400, 404)
    for name in (f'x"\n{FORGED}', "x\r\nevent=forged", "\x1b[2Jevent=forged", "\u2028event=forged"):
        assert form(missiond, "toulouse", "/login", {"login": name, "password": "x"}).status == 422
        assert missiond.api("toulouse", "POST", "/tokens", {
            "login": name, "password": "x", "name": name, "days": 1}, check=False).status == 422
        assert missiond.api("toulouse", "POST", "/members", {
            "name": name, "email": f"{name}@example.org", "username": name, "password": PASSWORD,
            "terms": missiond.terms("toulouse"), "accept": True}, check=False).status == 422
    proxy = f"PROXY TCP4 {VISITOR} 192.0.2.2 4000 80\r\n".encode()
    for head in (b"Host: x\xe2\x80\xa8event=forged", b"Host: x\nevent=forged", b"Host: x event=forged",
                 b"Host: event=forged", b'Host: "event=forged', b"Host: " + host.encode() + b"\r\nX-Request-Id: event=forged",
                 b"Host: " + host.encode() + b"\r\nUser-Agent: \xff event=forged"):
        talk(missiond, proxy + b"GET /event=forged HTTP/1.1\r\n" + head + b"\r\nConnection: close\r\n\r\n")
    for line in (b"PROXY TCP4 event=forged event=forged 1 2\r\n", b"PROXY \xe2\x80\xa8event=forged\r\n", b"event=forged\r\n"):
        talk(missiond, line + b"GET / HTTP/1.1\r\nHost: toulouse.localhost\r\nConnection: close\r\n\r\n")
    # Each datagram is one line of pairs (Line says so) and none has the words.
    lines = settled(missiond)[before:]
    assert len(lines) > 20
    assert not [line.text for line in lines if "forged" in line.text]
    assert not [data for data in missiond.syslog.raw if b"\n" in data]


def test_a_syslog_that_was_away_is_found_again(missiond):
    missiond.syslog.close()
    assert missiond.get("toulouse", "/").status == 200
    missiond.syslog.open()
    settled(missiond)
    assert missiond.process.poll() is None
    # Each process for itself.
    for role in ("supervisor", "steward"):
        missiond.wait_until(lambda: missiond.ctl("reload") is not None and [
            line for line in missiond.syslog.lines[-50:] if line.pairs["role"] == role], 60, f"the {role} logs again")


def test_daemon_is_the_facility_and_info_the_level_unless_said(missiond):
    other = Background(files=())
    try:
        other.start()
        assert other.stop() == 0
        lines = other.syslog.lines
        assert {line.facility for line in lines} == {DAEMON}
        assert {SEVERITIES[line.severity] for line in lines} <= {"err", "warning", "notice", "info"}
        assert other.syslog.of("stopped")
    finally:
        other.close()
