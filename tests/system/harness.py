"""A real missiond with its private MariaDB in a folder of its own, for pytest
and for the browser tests. MISSIOND_PREFIX names the installation to test."""
import contextlib
import email
import email.policy
import fcntl
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

PREFIX = pathlib.Path(os.environ.get("MISSIOND_PREFIX", "/usr/local"))
PASSWORD = "correct horse battery"

# What sanitizers write, where they found it, and signals that nobody sends (the
# database aborts on a full disk).
FAULT = r"runtime error:|Sanitizer: |^ +#[0-9]+ .* /|event=process\.ended .* process=(?!database).* signal=(4|6|7|8|11|31)\b"

TOULOUSE = """\
slug: toulouse
name: Toulouse Entraide
description: Un coup de main entre voisins.
domains: [toulouse.localhost]
founder: {name: Camille Roux, email: camille@example.org}
language: fr
joining: open
reading: public
"""

GUILD = """\
slug: guild
name: The Guild
description: Makers.
domains: [guild.localhost]
founder: {name: Alice Turner, email: alice@example.org}
language: en
joining: approval
reading: members
"""


@contextlib.contextmanager
def frozen(process):
    """A process that does nothing meanwhile: on its way to a stop it may still answer somebody."""
    def stands():
        with contextlib.suppress(FileNotFoundError):  # a thread that ends meanwhile
            return all((task / "stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
                       for task in pathlib.Path(f"/proc/{process}/task").iterdir())
        return False

    end = time.monotonic() + 60
    os.kill(process, signal.SIGSTOP)
    try:
        while not stands():
            assert time.monotonic() < end, f"process {process} does not stop"
            time.sleep(0.001)
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        if response.headers.get_content_type() == "text/event-stream":
            # It has no end: up to the first empty line.
            lines = [response.readline()]
            while lines[-1] not in (b"\n", b""):
                lines.append(response.readline())
            self.body = b"".join(lines)
            response.close()
        else:
            self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    def cookie(self, name):
        for header in self.headers.get_all("Set-Cookie") or []:
            match = re.match(rf"(?:__Host-)?{name}=([^;]*)", header)
            if match:
                return match.group(1)
        return None


# missionctl ends at once: what it leaves allocated harms nobody, and to look for it costs more than all
# else that it does.
QUICKLY = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


class ControlConnection(http.client.HTTPConnection):
    """HTTP over the control socket."""

    def __init__(self, path):
        super().__init__("missiond", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def empty_data():
    """The data folder after a first start without communities, made once for all that copy it:
    MISSIOND_EMPTY_DATA names a folder for it, see conftest.py. None when it is not set."""
    if "MISSIOND_EMPTY_DATA" not in os.environ:
        return None
    folder = pathlib.Path(os.environ["MISSIOND_EMPTY_DATA"])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "data").exists():
            with contextlib.closing(Missiond(files=(), first=True)) as missiond:
                missiond.start()
                assert missiond.stop() == 0
                copy(missiond.data, folder / "data.new")
            (folder / "data.new").rename(folder / "data")
    return folder / "data"


def copy(folder, other):
    subprocess.run(["cp", "-a", "--sparse=always", folder, other], check=True)


class Missiond:
    """Its first start is one with a copy of empty_data(), unless `first`: then it makes all by itself."""

    def __init__(self, settings="", files=(("toulouse", TOULOUSE), ("guild", GUILD)), first=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="missiond-test-"))
        # The accounts of the processes must get through.
        self.folder.chmod(0o755)
        self.port = free_port()
        self.data = self.folder / "data"
        self.first = first
        self.socket = self.folder / "run" / "control.sock"
        self.tenants = self.folder / "tenants.d"
        self.tenants.mkdir()
        for name, text in files:
            (self.tenants / f"{name}.yaml").write_text(text)
        self.configuration = self.folder / "missiond.yaml"
        self.extra = settings
        self.environment = {}
        self.process = None
        self.program = PREFIX / "sbin" / "missiond"
        self.log = self.folder / "log"
        # What its workers do wrong is then the point.
        self.is_attacked = False

    def settings(self, extra=None):
        """The configuration; sections in `extra` replace those here."""
        sections = {
            "paths": f"  data: {self.data}\n  run: {self.folder}/run\n"
                     f"  share: {PREFIX}/share/missiond\n"
                     f"  tenants: {self.tenants}\n  acme: {self.folder}/acme\n",
            "workers": " 2\n",
            "listen": f"  http: 127.0.0.1:{self.port}\n",
            # Made in the background, they would be work beside what is tested.
            "database": "  schemas_ahead: 0\n",
            "mail": "  directory: mail\n",
            # Tests log in often; the cost is tested by itself.
            "passwords": "  memory: 8MiB\n  passes: 1\n",
        }
        text = self.extra if extra is None else extra
        for section in re.split(r"(?m)^(?=[a-z_]+:)", text):
            if section.strip():
                name, rest = section.split(":", 1)
                sections[name] = rest.lstrip("\n")
        return "".join(
            f"{name}:{'' if body.startswith(' ') and body.count(chr(10)) == 1 and ':' not in body else chr(10)}{body}"
            for name, body in sections.items())

    def start(self, wait=True, user=None):
        """As `user` (when root): everything in its folder becomes theirs."""
        self.configuration.write_text(self.settings())
        if not self.first and not self.data.exists() and "private_server: false" not in self.extra:
            empty = empty_data()
            if empty is not None:
                copy(empty, self.data)
        if user is not None:
            for path in [self.folder, *self.folder.rglob("*")]:
                shutil.chown(path, user)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, "--config", self.configuration, "--foreground"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, user=user,
                extra_groups=None if user is None else [],
                env={**os.environ, **self.environment})
        if wait:
            self.wait_until(self.answers, 180, "missiond and its database answer")
        return self

    def status(self):
        """What missionctl status shows, without a process for it."""
        with contextlib.closing(ControlConnection(self.socket)) as connection:
            connection.request("GET", "/api/v1/status")
            return Answer(connection.getresponse()).json

    def answers(self):
        return self.status()["database"]

    def provision(self):
        self.ctl("apply")
        for slug in ("toulouse", "guild"):
            if (self.tenants / f"{slug}.yaml").exists():
                self.wait_until(lambda: self.get(slug, "/").status == 200, 120, f"{slug} answers")
        return self

    def stop(self, timeout=120):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process = None
        return status

    def close(self):
        """Fails when a process was ended by a sanitizer or by a fault of its
        own, which another process in its place would hide."""
        try:
            self.stop()
            assert self.is_attacked or not self.faults(), "\n".join(self.faults())[:6000]
        finally:
            if os.environ.get("MISSIOND_KEEP"):
                print("kept:", self.folder)
            else:
                shutil.rmtree(self.folder, ignore_errors=True)

    def kill_hard(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def wait_until(self, condition, seconds, what, pause=0.05):
        end = time.monotonic() + seconds
        while True:
            try:
                value = condition()
            except (OSError, http.client.HTTPException):
                value = False
            if value:
                return value
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"missiond ended with {self.process.returncode}:\n{self.log_text()[-3000:]}")
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds} s until {what}:\n{self.log_text()[-3000:]}")
            time.sleep(pause)

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def faults(self):
        return [line for line in self.log_text().splitlines() if re.search(FAULT, line)]

    def events(self, name):
        return [line for line in self.log_text().splitlines() if f" event={name} " in line + " "]

    def process_of(self, role):
        """Process id of "worker-1", "steward", "courier", "mariadbd"."""
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if parent != self.process.pid:
                    continue
                if words[0] == f"missiond: {role}".encode() or words[0] == role.encode():
                    return int(entry.name)
        return None

    # --- the command line
    def ctl(self, *arguments, check=True, json_output=False):
        done = subprocess.run(
            [PREFIX / "bin" / "missionctl", "--socket", self.socket,
             *(["--json"] if json_output else []), *map(str, arguments)],
            capture_output=True, text=True, timeout=120, env={**os.environ, **QUICKLY})
        if check:
            assert done.returncode == 0, f"missionctl {arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout) if json_output and check else done

    # --- HTTP
    def request(self, slug, method, path, body=None, headers=None, port=None, tls=None, host=None):
        host = host or f"{slug}.localhost:{port or self.port}"
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60)
        with contextlib.closing(connection):
            if tls:
                connection.connect()
                connection.sock = tls.wrap_socket(connection.sock, server_hostname=host.rsplit(":", 1)[0])
            connection.request(method, path, body, {"Host": host, **(headers or {})})
            return Answer(connection.getresponse())

    def get(self, slug, path, **options):
        return self.request(slug, "GET", path, **options)

    def api(self, slug, method, path, body=None, token=None, check=True):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        answer = self.request(slug, method, "/api/v1" + path,
                              None if body is None else json.dumps(body), headers)
        if check:
            assert answer.status < 300, f"{method} {path}: {answer.status} {answer.text}"
        return answer

    # --- mail
    def mails(self, address=None):
        found = []
        for path in (self.data / "mail").glob("*.eml"):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if address is None or address in str(mail["To"]):
                found.append((path.stat().st_mtime_ns, mail))
        return [mail for _, mail in sorted(found, key=lambda pair: pair[0])]

    def mailed_token(self, address, kind):
        def find():
            for mail in reversed(self.mails(address)):
                match = re.search(rf"/{kind}/([A-Za-z0-9_-]{{43}})", mail.get_content())
                if match:
                    return match.group(1)
            return None
        return self.wait_until(find, 120, f"a {kind} mail for {address} arrives")

    # --- people
    def terms(self, slug):
        return self.api(slug, "GET", "/terms").json["sha256"]

    def claim(self, slug, username="founder", name="The Founder"):
        link = self.ctl("claim-link", slug).stdout.strip()
        self.api(slug, "POST", f"/claims/{link.rsplit('/', 1)[1]}", {
            "name": name, "username": username, "password": PASSWORD,
            "terms": self.terms(slug), "accept": True})
        return self.log_in(slug, username)

    def join(self, slug, username, name=None, invitation=None):
        path = f"/join/{invitation}" if invitation else "/members"
        address = f"{username}@example.org"
        self.api(slug, "POST", path, {
            "name": name or username.title(), "email": address, "username": username,
            "password": PASSWORD, "terms": self.terms(slug), "accept": True})
        self.api(slug, "POST", f"/confirmations/{self.mailed_token(address, 'confirm')}")
        return self.log_in(slug, username)

    def log_in(self, slug, username, password=PASSWORD):
        return self.api(slug, "POST", "/tokens", {
            "login": username, "password": password, "name": "test", "days": 1}).json["token"]

    def post_listing(self, slug, token, title="A bicycle", **more):
        return self.api(slug, "POST", "/listings", {
            "kind": "offer", "category": "other", "title": title, "body": "Words.",
            "exchange": "a coffee", **more}, token).json


class Database:
    """The private server as root sees it."""

    def __init__(self, daemon):
        self.socket = daemon.folder / "run" / "database" / "server.sock"

    def rows(self, sql):
        done = subprocess.run(["mariadb", "--no-defaults", "-S", self.socket, "-N", "-B"], input=sql,
                              text=True, capture_output=True, check=True, timeout=120)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def schemas(self):
        return {slug: f"community{key}" for slug, key in self.rows(
            "SELECT slug, `key` FROM missiond_control.community")}
