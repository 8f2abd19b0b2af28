"""Reload takes over templates, texts, missiond.yaml and certificates while
requests come without a pause: none of them fails, and what is broken changes
nothing."""
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import threading
import time

import polib
import pytest
from cryptography import x509

from harness import PREFIX, TOULOUSE, Missiond, free_port
from test_tls import certificate

SITE = "toulouse.localhost"
FRENCH = {"Accept-Language": "fr"}
# One for all: each of its own would cost more than the request.
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE


class Host:
    """A missiond with a share folder of its own, so that it can be changed."""

    def __init__(self):
        self.missiond = Missiond(files=[("toulouse", TOULOUSE)])
        folder = self.missiond.folder
        self.port = free_port()
        self.share = folder / "share"
        shutil.copytree(PREFIX / "share" / "missiond", self.share)
        self.layout = self.share / "templates" / "look" / "layout.html"
        self.texts = self.share / "texts" / "fr.mo"
        self.good_layout = self.layout.read_text()
        certificate(folder, SITE, 30)
        self.round = 0
        self.missiond.extra = self.settings()
        self.missiond.start().provision()
        self.missiond.wait_until(lambda: self.page().status == 200, 120, "pages over TLS")

    def settings(self):
        folder = self.missiond.folder
        return (
            f"paths:\n  data: {folder}/data\n  run: {folder}/run\n  share: {self.share}\n"
            f"  tenants: {folder}/tenants.d\n  acme: {folder}/acme\n"
            f"listen:\n  http: 127.0.0.1:{self.missiond.port}\n  https: 127.0.0.1:{self.port}\n"
            "  redirect: false\n"
            f"certificates:\n  - domains: [{SITE}]\n    certificate: {folder}/{SITE}.pem\n"
            f"    key: {folder}/{SITE}.key\n"
            # The visitors may be slow, not the server.
            "limits:\n  header_time: 60s\n  idle_time: 600s\n"
            f"security:\n  contact: ['mailto:round-{self.round}@example.org']\n")

    # --- what can be seen of each part
    def page(self, path="/", **options):
        return self.missiond.get("toulouse", path, port=self.port, tls=TLS, **options)

    def seen(self):
        text = self.page("/login", headers=FRENCH).text
        return {
            "template": re.search(r'<meta name="round" content="(\d+)">', text)[1],
            "text": re.search(r"Entrez donc (\d+)", text)[1],
            "settings": re.search(r"round-(\d+)@", self.page("/.well-known/security.txt").text)[1],
            "certificate": self.serial(),
        }

    def serial(self):
        with socket.create_connection(("127.0.0.1", self.port), 60) as raw:
            with TLS.wrap_socket(raw, server_hostname=SITE) as session:
                return x509.load_der_x509_certificate(session.getpeercert(True)).serial_number

    def everywhere(self, number, serial):
        """Whether every process answers as the round says: eight times three
        connections meet both workers."""
        wanted = {"template": number, "text": number, "settings": number, "certificate": serial}
        with contextlib.suppress(TypeError):  # nothing of the round yet
            return all(self.seen() == wanted for _ in range(8))
        return False

    # --- changes, in the files alone
    def replace(self, path, data):
        """As an installation does: never half a file."""
        new = path.with_suffix(".new")
        new.write_bytes(data)
        new.rename(path)

    def write_template(self, number):
        self.replace(self.layout, self.good_layout.replace(
            "</head>", f'<meta name="round" content="{number}">\n</head>').encode())

    def write_texts(self, number):
        catalogue = polib.mofile(str(PREFIX / "share" / "missiond" / "texts" / "fr.mo"))
        catalogue.find("Log in").msgstr = f"Entrez donc {number}"
        self.replace(self.texts, catalogue.to_binary())

    def write_settings(self):
        self.replace(self.missiond.configuration, self.missiond.settings(self.settings()).encode())

    def next_round(self):
        self.round += 1
        self.write_template(self.round)
        self.write_texts(self.round)
        self.write_settings()
        certificate(self.missiond.folder, SITE, 30 + self.round)
        return str(self.round)

    def hang_up(self):
        self.missiond.process.send_signal(signal.SIGHUP)

    def ask(self):
        self.missiond.ctl("reload")

    def serial_of_file(self):
        return x509.load_pem_x509_certificate(
            (self.missiond.folder / f"{SITE}.pem").read_bytes()).serial_number


class Load:
    """Visitors without a pause: over TLS with a connection each time, over
    connections that stay, and writes that are counted."""

    def __init__(self, host, token):
        self.host, self.token = host, token
        self.going, self.wrong = True, []
        self.answers = [0, 0, 0]
        self.posted = []
        self.threads = [threading.Thread(target=work) for work in (
            self.arrive, self.arrive, self.stay, self.stay, self.write)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        for thread in self.threads:
            thread.join()

    def note(self, kind, answer, expected):
        text = answer.read() if isinstance(answer, http.client.HTTPResponse) else answer.body
        if answer.status != expected or not text:
            self.wrong.append((kind, answer.status, text[:300]))
        self.answers[kind] += 1
        return text

    def guarded(self, work):
        while self.going:
            try:
                work()
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(repr(error))
            # All visitors are threads of one interpreter.
            time.sleep(0.01)

    def arrive(self):
        self.guarded(lambda: self.note(0, self.host.page("/listings", headers=FRENCH), 200))

    def stay(self):
        """One connection for many: a request on one that was dropped fails."""
        connection = http.client.HTTPConnection("127.0.0.1", self.host.port, timeout=60)
        host = {"Host": f"{SITE}:{self.host.port}", **FRENCH}

        def visit():
            try:
                if connection.sock is None:
                    connection.connect()
                    connection.sock = TLS.wrap_socket(connection.sock, server_hostname=SITE)
                connection.request("GET", "/login", None, host)
                self.note(1, connection.getresponse(), 200)
            except Exception:
                connection.close()  # the next begins anew
                raise

        self.guarded(visit)
        connection.close()

    def write(self):
        def post():
            title = f"Posted {len(self.posted)}"
            answer = self.host.missiond.request(
                "toulouse", "POST", "/api/v1/listings", json.dumps({
                    "kind": "offer", "category": "other", "title": title, "body": "Words.",
                    "exchange": "a coffee"}),
                {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
                port=self.host.port, tls=TLS)
            self.note(2, answer, 201)
            if answer.status == 201:
                self.posted.append(answer.json["id"])

        self.guarded(post)

    def wait_for_more(self):
        """Every kind was answered anew: the load runs."""
        before = list(self.answers)
        self.host.missiond.wait_until(
            lambda: all(now > then for now, then in zip(self.answers, before)), 120, "all kinds are answered")


@pytest.fixture(scope="module")
def host():
    made = Host()
    try:
        yield made
    finally:
        made.missiond.close()


def test_everything_is_taken_over_and_no_request_fails(host):
    token = host.missiond.join("toulouse", "renee")
    workers = [host.missiond.process_of(f"worker-{number}") for number in (1, 2)]
    with Load(host, token) as load:
        for reload in (host.hang_up, host.ask, host.hang_up, host.ask):
            load.wait_for_more()
            number = host.next_round()
            reload()
            host.missiond.wait_until(
                lambda: host.everywhere(number, host.serial_of_file()), 180, f"round {number} is served")
        # One after the other, faster than requests end.
        host.round += 1
        number = str(host.round)
        for _ in range(10):
            host.write_template(number)
            host.write_texts(number)
            host.write_settings()
            host.hang_up()
        host.ask()
        load.wait_for_more()
        host.missiond.wait_until(
            lambda: host.everywhere(number, host.serial_of_file()), 180, f"round {number} is served")
    assert load.wrong == []
    assert [host.missiond.process_of(f"worker-{number}") for number in (1, 2)] == workers
    for listing in load.posted:
        assert host.page(f"/api/v1/listings/{listing}").status == 200
    assert not host.missiond.events("reload.failed") and not host.missiond.events("reload.refused")


def spoil_template(host):
    host.replace(host.layout, host.good_layout.replace("</head>", "</head>\n{{#oops}}").encode())
    line = host.good_layout[:host.good_layout.index("</head>")].count("\n") + 2
    return rf"look/layout\.html:{line}[:\d]*: "


def spoil_texts(host):
    host.replace(host.texts, host.texts.read_bytes()[:400])
    return r"texts/fr\.mo: "


def spoil_settings(host):
    text = host.missiond.configuration.read_text()
    host.replace(host.missiond.configuration, (text + "workerz: 2\n").encode())
    return rf'missiond\.yaml:{text.count(chr(10)) + 1}:1: .*did you mean "workers"'


def spoil_certificate(host):
    (host.missiond.folder / f"{SITE}.key").write_text("no key")
    return rf"{re.escape(SITE)}"


@pytest.mark.parametrize("spoil", [spoil_template, spoil_texts, spoil_settings, spoil_certificate])
def test_what_is_broken_changes_nothing_and_is_named(host, spoil):
    missiond = host.missiond
    token = missiond.log_in("toulouse", "renee")
    # In order, whatever the test before left.
    number = host.next_round()
    host.ask()
    serial = host.serial_of_file()
    missiond.wait_until(lambda: host.everywhere(number, serial), 180, f"round {number} is served")
    with Load(host, token) as load:
        load.wait_for_more()
        # All else is new and good, and stays out, too.
        host.next_round()
        words = spoil(host)
        refused = len(missiond.events("reload.refused"))
        host.hang_up()
        missiond.wait_until(lambda: len(missiond.events("reload.refused")) > refused, 120, "it is refused")
        assert re.search(words, missiond.events("configuration.error")[-1].replace('\\"', '"')), (
            missiond.events("configuration.error")[-1])
        done = missiond.ctl("reload", check=False)
        assert done.returncode == 1 and re.search(words, done.stderr), done.stderr
        assert "Nothing was changed" in done.stderr
        assert json.loads(missiond.ctl("reload", check=False, json_output=True).stdout)["title"].startswith(
            "Nothing was changed")
        load.wait_for_more()
        assert host.everywhere(number, serial)
    assert load.wrong == []
    # Mended, it is taken.
    number = host.next_round()
    host.ask()
    missiond.wait_until(lambda: host.everywhere(number, host.serial_of_file()), 180, f"round {number} is served")


@pytest.mark.parametrize("spoil", [spoil_template, spoil_texts])
def test_a_process_started_later_goes_on_with_what_was_accepted_last(host, spoil):
    """Broken files on the disk: refused by a reload, and not looked at by a worker,
    or steward, that takes the place of a dead one."""
    missiond = host.missiond
    number = host.next_round()
    host.ask()
    serial = host.serial_of_file()
    missiond.wait_until(lambda: host.everywhere(number, serial), 180, f"round {number} is served")
    spoil(host)
    assert missiond.ctl("reload", check=False).returncode == 1
    for role in ("worker-1", "worker-2", "steward"):
        process = missiond.process_of(role)
        os.kill(process, signal.SIGKILL)
        missiond.wait_until(lambda: missiond.process_of(role) not in (None, process), 120, f"another {role}")
    missiond.wait_until(lambda: host.everywhere(number, serial), 180, "both answer as before")
    # What the steward says in a mail comes from the same files.
    path = missiond.folder / "late.yaml"
    path.write_text(TOULOUSE.replace("toulouse", f"late-{spoil.__name__[6:]}"))
    missiond.ctl("apply", path)
    assert not missiond.events("start.failed")
    number = host.next_round()
    host.ask()
    missiond.wait_until(lambda: host.everywhere(number, host.serial_of_file()), 180, f"round {number} is served")
