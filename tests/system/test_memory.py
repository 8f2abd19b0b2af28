"""Secrets do not lie about in memory: after the requests that brought them have
ended, the readable memory of every process is searched for them. On the build
that is shipped: a sanitizer keeps what was freed. Said in docs/security.md."""
import base64
import concurrent.futures
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import secrets
import ssl
import time
import urllib.parse

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from harness import Missiond, free_port
from test_site import form
from test_tls import certificate, context

ROLES = ["worker-1", "courier", "steward", "supervisor"]
PIECE = 4 << 20
CROWD = 60

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root reads others' memory")


def regions(process):
    """What may hold data; code and files that are only read do not."""
    for line in pathlib.Path(f"/proc/{process}/maps").read_text().splitlines():
        place, rights, _, _, inode, *name = line.split(maxsplit=5)
        if rights[0] == "r" and (rights[1] == "w" or inode == "0") and not "".join(name).startswith("[v"):
            start, end = (int(word, 16) for word in place.split("-"))
            yield start, end, "".join(name) or "anonymous"


def search(process, needles):
    """{name: [where it was found]}"""
    overlap = max(map(len, needles.values()))
    found = {}
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for start, end, name in regions(process):
            tail = b""
            for at in range(start, end, PIECE):
                try:
                    memory.seek(at)
                    piece = tail + memory.read(min(PIECE, end - at))
                except (OSError, OverflowError):
                    break
                if piece.count(0) != len(piece):
                    for needle, value in needles.items():
                        if value in piece:
                            found.setdefault(needle, []).append(name)
                tail = piece[-overlap:]
    return found


def hkdf(key, label):
    """As digest_hkdf(): HKDF-SHA256 without salt, 32 bytes."""
    extracted = hmac.digest(bytes(32), key, hashlib.sha256)
    return hmac.digest(extracted, label.encode() + b"\1", hashlib.sha256)


class Post:
    """A mail server that asks for a password."""

    def __init__(self, folder, user, password):
        certificate(folder, "localhost", 30)
        self.port, self.mails = free_port(), []
        self.user, self.password = user.encode(), password.encode()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / "localhost.pem", folder / "localhost.key")
        post = self

        class Server(Controller):
            def factory(self):
                return SMTP(post, hostname="localhost", tls_context=tls, require_starttls=True,
                            auth_required=True, authenticator=post.authenticate)
        self.controller = Server(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def authenticate(self, server, session, envelope, mechanism, data):
        good = (data.login, data.password) == (self.user, self.password)
        return AuthResult(success=good, handled=False)

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope.content.decode())
        return "250 taken"

    def token(self, daemon, address, kind):
        def find():
            for mail in reversed(self.mails):
                text = mail.replace("=\r\n", "").replace("=\n", "")
                if address in mail and (match := re.search(rf"/{kind}/([A-Za-z0-9_-]{{43}})", text)):
                    return match.group(1)
            return None
        return daemon.wait_until(find, 120, f"a {kind} mail for {address} arrives")


class Story:
    """Somebody's days, with every secret that goes through."""

    def __init__(self, daemon, post):
        self.daemon, self.post, self.secrets = daemon, post, {}

    def password(self, name):
        """Letters and digits: the same in a form, in JSON and in the log."""
        word = self.secrets[name] = "Wort" + secrets.token_hex(12)
        return word

    def keep(self, name, value):
        assert value, name
        self.secrets[name] = value
        return value

    def over_tls(self, path, body, port):
        headers = {"Content-Type": "application/json"}
        return self.daemon.request("toulouse", "POST", path, json.dumps(body), headers, port=port,
                                   tls=context(), host=f"toulouse.localhost:{port}")

    def join(self):
        daemon = self.daemon
        joined = self.password("a password given when joining, by the page")
        answer = form(daemon, "toulouse", "/join", {
            "name": "Ada", "email": "ada@example.org", "username": "ada", "password": joined,
            "terms": daemon.terms("toulouse"), "accept": "yes"})
        assert answer.status < 400, answer.text
        link = self.keep("the token of a link to confirm", self.post.token(daemon, "ada@example.org", "confirm"))
        daemon.api("toulouse", "POST", f"/confirmations/{link}")
        over_api = self.password("a password given when joining, by the API")
        daemon.api("toulouse", "POST", "/members", {
            "name": "Bob", "email": "bob@example.org", "username": "bob", "password": over_api,
            "terms": daemon.terms("toulouse"), "accept": True})
        return joined

    def log_in(self, password, port):
        daemon = self.daemon
        wrong = self.password("a password that was wrong")
        assert self.over_tls("/api/v1/tokens", {"login": "ada", "password": wrong, "name": "x", "days": 1},
                             port).status == 401
        answer = self.over_tls("/api/v1/tokens", {"login": "ada", "password": password, "name": "x", "days": 1}, port)
        token = self.keep("a token for the API", answer.json["token"])
        assert daemon.api("toulouse", "GET", "/account", token=token).status == 200
        answer = form(daemon, "toulouse", "/login", {"login": "ada", "password": password})
        cookie = self.keep("the cookie of a session", re.findall(r"session=([^;]{43})", str(answer.headers))[-1])
        page = daemon.get("toulouse", "/account/password", headers={"Cookie": f"session={cookie}"})
        self.keep("a form token", re.search(r'name="csrf" value="([^"]*)"', page.text).group(1))
        changed = self.password("a password that was changed to, by the page")
        answer = form(daemon, "toulouse", "/account/password", {"current": password, "password": changed},
                      f"session={cookie}")
        assert answer.status == 303, answer.text

    def reset(self):
        daemon = self.daemon
        daemon.api("toulouse", "POST", "/password-resets", {"login": "ada"})
        link = self.keep("the token of a link to reset", self.post.token(daemon, "ada@example.org", "reset"))
        again = self.password("a password that was reset to, by the API")
        daemon.api("toulouse", "POST", f"/password-resets/{link}", {"password": again})


    def crowd(self):
        """Many at once, of all sizes: what they leave is not written over by the next. Last of all."""
        daemon, terms = self.daemon, self.daemon.terms("toulouse")

        def send(number):
            fields = {"name": "x" * (1 << number % 16), "email": "nobody", "username": "", "terms": terms,
                      "password": self.secrets[f"a password among many, {number}"], "accept": True}
            body, kind = (json.dumps(fields), "json") if number % 2 else (
                urllib.parse.urlencode(fields), "x-www-form-urlencoded")
            path = "/api/v1/members" if number % 2 else "/join"
            connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=60,
                                                    source_address=(f"127.9.{number}.1", 0))
            with contextlib.closing(connection):
                host = f"toulouse.localhost:{daemon.port}"
                connection.request("POST", path, body, {"Host": host, "Origin": f"http://{host}",
                                                        "Content-Type": f"application/{kind}"})
                return connection.getresponse().status
        numbers = range(CROWD)
        for number in numbers:
            self.password(f"a password among many, {number}")
        with concurrent.futures.ThreadPoolExecutor(CROWD) as pool:
            assert set(pool.map(send, numbers)) <= {403, 422}


def line_of(pem):
    """One from the middle of a PEM file."""
    lines = pem.read_text().splitlines()
    return lines[len(lines) // 2].encode()


def own_needles(daemon, folder, smtp_user, smtp_password):
    """What is missiond's own: (bytes, who may hold it)."""
    secret = bytes.fromhex((daemon.data / "secret").read_text().strip())
    tenant = hkdf(secret, "missiond tenant passwords")
    registry, steward = hkdf(secret, "missiond registry password"), hkdf(secret, "missiond steward password")
    everybody = {"worker-1", "steward", "courier"}
    needles = {
        "the host's secret": (secret, {"supervisor"}),
        "the host's secret, as digits": (secret.hex().encode(), set()),
        "the subkey of communities' passwords": (tenant, everybody),
        "the registry's subkey": (registry, {"worker-1", "courier"}),
        "the registry's password": (registry.hex().encode(), set()),
        "the steward's subkey": (steward, {"steward"}),
        "the steward's password": (steward.hex().encode(), set()),
        "the key of form tokens": (hkdf(secret, "missiond form tokens"), {"worker-1"}),
        # The supervisor hands it to the next worker.
        "a certificate's key, as PEM": (line_of(folder / "toulouse.localhost.key"), {"supervisor"}),
        "the mail server's password": (smtp_password.encode(), {"courier"}),
        "the same as it was sent": (base64.b64encode(
            f"\0{smtp_user}\0{smtp_password}".encode()).rstrip(b"=")[:-2], set()),
    }
    for slug in ("toulouse", "guild"):
        key = daemon.ctl("show", slug, json_output=True)["schema"].removeprefix("community")
        for generation in (1, 2):
            derived = hkdf(tenant, f"{key}:{generation}")
            needles[f"the password of {slug}'s account, {generation}"] = (derived.hex().encode(), set())
            needles[f"the same, {slug}, {generation}, as bytes"] = (derived, set())
    return needles


@pytest.fixture(scope="module")
def lived():
    """A daemon in which all that happened, and what to look for."""
    port = free_port()
    daemon = Missiond()
    user, password = "courier" + secrets.token_hex(4), "Post" + secrets.token_hex(12)
    certificate(daemon.folder, "toulouse.localhost", 30)
    post = Post(daemon.folder, user, password)
    (daemon.folder / "smtp-password").write_text(password + "\n")
    (daemon.folder / "smtp-password").chmod(0o644)
    daemon.extra = (
        f"workers: 1\nlisten:\n  http: 127.0.0.1:{daemon.port}\n  https: 127.0.0.1:{port}\n  redirect: false\n"
        f"certificates:\n  - domains: [toulouse.localhost]\n    certificate: {daemon.folder}/toulouse.localhost.pem\n"
        f"    key: {daemon.folder}/toulouse.localhost.key\n"
        f"mail:\n  host: localhost\n  port: {post.port}\n  security: starttls\n"
        f"  ca_file: {daemon.folder}/localhost.pem\n  user: {user}\n  password_file: {daemon.folder}/smtp-password\n"
        "  from: no-reply@example.org\n")
    try:
        daemon.start().provision()
        story = Story(daemon, post)
        claimed = daemon.ctl("claim-link", "toulouse").stdout.strip().rsplit("/", 1)[1]
        daemon.api("toulouse", "POST", f"/claims/{claimed}", {
            "name": "Founder", "username": "founder", "password": story.password("the founder's password"),
            "terms": daemon.terms("toulouse"), "accept": True})
        story.keep("the token of a claim link", claimed)
        story.log_in(story.join(), port)
        story.reset()
        daemon.ctl("rotate-credentials", "toulouse")
        daemon.get("toulouse", "/")
        story.crowd()
        daemon.own = own_needles(daemon, daemon.folder, user, password)
        daemon.visitors = {name: value.encode() for name, value in story.secrets.items()}
        yield daemon
    finally:
        daemon.close()
        post.controller.stop(no_assert=True)


def process_of(daemon, role):
    return daemon.process.pid if role == "supervisor" else daemon.process_of(role)


def settled(daemon, role, needles, allowed):
    """What is found that should not be, once all that goes on has ended."""
    end = time.monotonic() + 30
    while True:
        found = search(process_of(daemon, role), needles)
        astray = {name: places for name, places in found.items() if role not in allowed.get(name, ())}
        if not astray or time.monotonic() > end:
            return found, astray
        time.sleep(2)


@pytest.mark.parametrize("role", ROLES)
def test_what_visitors_sent_is_gone(lived, role):
    needles = dict(lived.visitors)
    for name, value in lived.visitors.items():
        if "password" in name:
            needles[name + ", as UTF-32"] = value.decode().encode("utf-32-le")
    found, astray = settled(lived, role, needles, LEFT_BY_LIBRARIES)
    for name, places in sorted(found.items()):
        print(f"{role}: {name}: {places}")
    assert astray == {}


@pytest.mark.parametrize("role", ROLES)
def test_who_holds_what_of_the_daemons_own(lived, role):
    needles = {name: value for name, (value, _) in lived.own.items()}
    allowed = {name: holders for name, (_, holders) in lived.own.items()}
    found, astray = settled(lived, role, needles, allowed)
    print(f"{role} holds: {', '.join(sorted(found))}")
    assert astray == {}
    # The search finds what is there.
    for name, holders in allowed.items():
        if role in holders:
            assert name in found, name


# What remains, and in which process: see docs/security.md.
LEFT_BY_LIBRARIES = {
    # Connector/C's buffers of a connection: a mail goes through them on its way
    # into the outbox and out of it.
    "the token of a link to confirm": {"worker-1", "courier"},
    "the token of a link to reset": {"worker-1", "courier"},
}
