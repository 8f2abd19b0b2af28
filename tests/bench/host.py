"""The missiond that is measured, with its private MariaDB, in a folder of its
own; started again with other settings where a figure needs them."""
import contextlib
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
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CONNECTIONS = 15000  # more than the 10,000 that are held open
DOMAIN = "bench.localhost"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def reachable(path):
    """Whether the daemon's accounts get through to it."""
    return all(folder.stat().st_mode & 1 for folder in path.parents if folder.exists())


def build():
    """The release build: what is installed, and the benchmark's own clients."""
    folder = ROOT / "build-tests" / "release"
    if os.environ.get("BUILD"):
        folder = pathlib.Path(os.environ["BUILD"]).resolve()
    elif os.geteuid() == 0 and not reachable(folder / "x"):
        folder = pathlib.Path("/var/tmp/missiond-bench-build")
    folder.parent.mkdir(parents=True, exist_ok=True)
    log = folder.with_suffix(".bench.log")

    def run(*command):
        with log.open("w") as output:
            if subprocess.run(command, stdout=output, stderr=output, check=False).returncode != 0:
                sys.exit(f"{' '.join(map(str, command))} failed:\n{log.read_text()[-3000:]}")
    if not (folder / "build.ninja").exists():
        run("meson", "setup", folder, ROOT, "--buildtype=release", "-Dwerror=false",
            "-Dtests=disabled", f"--prefix={folder}/installed")
    run("ninja", "-C", folder, "all",
        *(f"tests/bench/{name}" for name in ("openloop", "sqlrate", "ddlrate", "argon2rate")))
    run("meson", "install", "-C", folder, "--no-rebuild")
    options = {option["name"]: option["value"] for option in json.loads(subprocess.run(
        ["meson", "introspect", "--buildoptions", folder], check=True, capture_output=True).stdout)}
    if options["buildtype"] != "release" or options["b_sanitize"] != "none":
        sys.exit(f"{folder} is no release build: give another with BUILD=DIR")
    return folder


class Guard:
    def __init__(self):
        self.process = subprocess.Popen([sys.executable, HERE / "guard.py"], text=True,
                                        stdin=subprocess.PIPE, start_new_session=True)

    def tell(self, word, what):
        self.process.stdin.write(f"{word} {what}\n")
        self.process.stdin.flush()

    def finish(self):
        self.process.stdin.close()
        self.process.wait()


class Host:
    def __init__(self, folder_of_build):
        self.build = folder_of_build
        self.prefix = folder_of_build / "installed"
        self.guard = Guard()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="missiond-bench-", dir=os.environ.get("BENCH_TMPDIR")))
        self.guard.tell("folder", self.folder)
        self.folder.chmod(0o755)
        self.port, self.tls_port = free_port(), free_port()
        self.data = self.folder / "data"
        self.socket = self.folder / "run" / "control.sock"
        self.server_socket = self.folder / "run" / "database" / "server.sock"
        self.tenants = self.folder / "tenants.d"
        self.tenants.mkdir()
        self.configuration = self.folder / "missiond.yaml"
        self.log = self.folder / "log"
        self.process = self.server = None
        self.server_command = self.server_user = None
        self.make_certificate()

    def tool(self, name):
        return self.build / "tests" / "bench" / name

    def make_certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", f"/CN={DOMAIN}", "-addext",
                        f"subjectAltName=DNS:*.{DOMAIN}", "-keyout", self.folder / "tls.key",
                        "-out", self.folder / "tls.pem"], check=True, capture_output=True)

    def settings(self, workers, outside, limited, crowded, unshared, cached, ahead):
        database = f"  private_server: false\n  socket: {self.server_socket}\n" if outside \
            else "  memory: 512MiB\n"
        # More is asked of one community than any would allow.
        limits = "" if limited else "community_limits:\n  requests_per_second: off\n  streams: off\n"
        # Most figures are of pages that are made each time.
        cache = "" if cached else "  page_cache: 0\n"
        if crowded:
            limits += "  concurrent_requests: off\n"
        if unshared:
            limits += "  shared_requests: off\n"
        return (f"paths:\n  data: {self.data}\n  run: {self.folder}/run\n"
                f"  share: {self.prefix}/share/missiond\n"
                f"  tenants: {self.tenants}\n  acme: {self.folder}/acme\n"
                f"workers: {workers}\n"
                f"listen:\n  http: 127.0.0.1:{self.port}\n  https: 127.0.0.1:{self.tls_port}\n"
                "  redirect: false\n"
                # One address makes all the load: whose visitors it brings is
                # said in X-Forwarded-For, as by a proxy.
                "  trusted: 127.0.0.1\n"
                f"certificates:\n  - domains: [\"*.{DOMAIN}\"]\n    certificate: {self.folder}/tls.pem\n"
                f"    key: {self.folder}/tls.key\n    fallback: true\n"
                f"database:\n{database}  schemas_ahead: {ahead}\n"
                "mail:\n  directory: mail\n"
                f"limits:\n  connections: {CONNECTIONS}\n  per_address: {CONNECTIONS}\n  idle_time: 30m\n"
                f"  streams: {CONNECTIONS}\n  streams_per_address: {CONNECTIONS}\n{cache}{limits}"
                # As nginx beside it, which writes no access log either.
                "log:\n  access: off\n")

    def spawn(self, command, **options):
        process = subprocess.Popen(command, **{"stdin": subprocess.DEVNULL, **options})
        self.guard.tell("process", process.pid)
        return process

    def start(self, workers=0, outside=False, limited=False, crowded=False, unshared=False, cached=False, ahead=0,
              wait=True):
        self.configuration.write_text(self.settings(workers, outside, limited, crowded, unshared, cached, ahead))
        with self.log.open("ab") as log:
            self.process = self.spawn([self.prefix / "sbin" / "missiond", "--config", self.configuration,
                                       "--foreground"], stdout=log, stderr=log)
        if wait:
            self.wait_until(lambda: self.ctl("status", check=False).returncode == 0, "missiond answers")
        return self

    def stop(self):
        if self.process is None:
            return
        process, self.process = self.process, None
        process.terminate()
        process.wait(180)
        self.guard.tell("gone", process.pid)

    def close(self):
        self.stop()
        self.stop_outside()
        self.guard.finish()

    # --- the private server kept running without missiond
    def remember_server(self):
        pid = self.pid_of("mariadbd")
        self.server_command = [os.readlink(f"/proc/{pid}/exe"), *self.words(pid)[1:]]
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        self.server_user = tuple(int(re.search(rf"^{name}:\s+(\d+)", status, re.M).group(1))
                                 for name in ("Uid", "Gid"))

    def start_outside(self):
        """The same server with the same options on the same files."""
        user, group = self.server_user
        rights = {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}
        with self.log.open("ab") as log:
            self.server = self.spawn(self.server_command, stdout=log, stderr=log, **rights)
        self.wait_until(lambda: self.sql("SELECT 1", check=False).returncode == 0, "the server answers")

    def stop_outside(self):
        if self.server is None:
            return
        server, self.server = self.server, None
        server.terminate()
        server.wait(180)
        self.guard.tell("gone", server.pid)

    def settle(self, seconds=120):
        """Until the database has written what earlier parts left it to write:
        whose CPU is counted, should not be charged for that. False when it
        always had something to do."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            before = self.cpu_ms()["database"]
            time.sleep(3)
            # With nobody there it uses 3 ms/s for what the processes ask it, on
            # a busy machine up to 11: there it is said that it was never idle.
            if self.cpu_ms()["database"] - before <= 20:
                return True
        return False

    def failures(self):
        """How many requests were answered with 5xx since the start."""
        return sum(int(number) for number in re.findall(
            r'^missiond_requests_total\{[^}]*class="5xx"[^}]*\} (\d+)$', self.ctl("metrics").stdout, re.M))

    # --- asking
    def wait_until(self, condition, what, seconds=180):
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if condition():
                    return
            if self.process is not None and self.process.poll() is not None:
                raise RuntimeError(f"missiond ended:\n{self.log_tail()}")
            if time.monotonic() > end:
                raise RuntimeError(f"waited {seconds} s until {what}:\n{self.log_tail()}")
            time.sleep(0.02)

    def log_tail(self):
        return self.log.read_text(errors="replace")[-3000:]

    def ctl(self, *arguments, check=True):
        process = self.spawn([self.prefix / "bin" / "missionctl", "--socket", self.socket, *map(str, arguments)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        output, errors = process.communicate()
        self.guard.tell("gone", process.pid)
        if check and process.returncode != 0:
            raise RuntimeError(f"missionctl {arguments[0]}: {output[-1000:]}{errors[-2000:]}")
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def apply(self, path):
        """missionctl apply, with nothing of Python's own around it: it would be
        a tenth of the time that a community takes from the pool."""
        output = self.folder / "apply.output"
        program = self.prefix / "bin" / "missionctl"
        pid = os.posix_spawn(program, [program, "--socket", self.socket, "apply", path], os.environ, file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2)], setsigdef=[signal.SIGPIPE])
        self.guard.tell("process", pid)
        status = None
        try:
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        finally:
            if status is None:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            self.guard.tell("gone", pid)
        if status != 0:
            raise RuntimeError(f"missionctl apply: {output.read_text()[-3000:]}")

    def sql(self, text, check=True):
        done = subprocess.run(["mariadb", "--no-defaults", "-S", self.server_socket, "-N", "-B",
                               "--default-character-set=utf8mb4"], input=text, capture_output=True,
                              text=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"{text[:200]}: {done.stderr}")
        return done

    def rows(self, text):
        return [line.split("\t") for line in self.sql(text).stdout.splitlines()]

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def name(self, slug):
        return f"{slug}.{DOMAIN}:{self.port}"

    def get(self, slug, path, headers=None):
        with contextlib.closing(self.connect()) as connection:
            connection.request("GET", path, headers={"Host": self.name(slug), **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def tls_version(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.tls_port), 30) as plain, \
                context.wrap_socket(plain, server_hostname=f"c00001.{DOMAIN}") as secure:
            return secure.version()

    # --- processes
    @staticmethod
    def words(pid):
        return [word.decode() for word in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]]

    @staticmethod
    def children_of(parent):
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError, IndexError):
                if int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent:
                    found.append(int(entry.name))
        return found

    def children(self):
        """Process ids by what they are: "worker-1", "steward", "mariadbd" …"""
        found = {}
        for pid in self.children_of(self.process.pid):
            with contextlib.suppress(OSError, IndexError):
                found[self.words(pid)[0].removeprefix("missiond: ")] = pid
        return found

    def pid_of(self, role):
        return self.children()[role]

    @staticmethod
    def cpu_ms_of(pid):
        # The process's CPU clock, see clock_getcpuclockid(3): /proc counts in
        # hundredths of a second.
        return time.clock_gettime((~pid << 3) | 2) * 1000

    def cpu_ms(self):
        """CPU that the workers and the database have used."""
        used = {"workers": 0.0, "database": 0.0}
        for role, pid in self.children().items():
            if role.startswith("worker-") or role == "mariadbd":
                used["database" if role == "mariadbd" else "workers"] += self.cpu_ms_of(pid)
        return used

    def memory_kib(self, role):
        """The process's share of memory (PSS), or all it has where that cannot
        be read."""
        pid = self.pid_of(role)
        try:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            return int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))
        except OSError:
            text = pathlib.Path(f"/proc/{pid}/status").read_text()
            return int(re.search(r"^VmRSS:\s+(\d+)", text, re.M).group(1))

    def schema_folder(self, schema):
        return self.data / "database" / schema

    def disk_bytes(self):
        """All that the database has on disk but its log, whose size is fixed,
        and the system tablespace, which grows by 64 MiB at a time and has for
        a community what it has for bare DDL: the dictionary's rows."""
        total = 0
        for folder, _, files in os.walk(self.data / "database"):
            for name in files:
                if name not in ("ib_logfile0", "ibdata1"):
                    with contextlib.suppress(OSError):
                        total += os.lstat(os.path.join(folder, name)).st_blocks * 512
        return total


def need(*programs):
    missing = [program for program in programs if shutil.which(program) is None
               and not pathlib.Path("/usr/sbin", program).exists()]
    if missing:
        sys.exit(f"missing: {', '.join(missing)}; install with: etc/install-packages build run bench")
