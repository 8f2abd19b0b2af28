"""What makes load and what it is compared with: wrk, the open-loop client, the
bare statements, nginx."""
import json
import pathlib
import re
import shutil
import subprocess

from host import HERE, free_port

CONNECTIONS = 16  # of wrk, where nothing else stands

# As browsers do: the parser has something to read.
HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-GB,en;q=0.7,fr;q=0.3",
}


def raw(method, name, path, headers=None, body=None):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {name}"]
    lines += [f"{key}: {value}" for key, value in {**HEADERS, **(headers or {})}.items()]
    if body is not None:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + (body or "")).encode()


class Load:
    def __init__(self, host):
        self.host = host
        self.nginx_port = None
        self.statements = {}
        listed = subprocess.run([host.tool("sqlrate"), "--list"], check=True, capture_output=True, text=True)
        for line in listed.stdout.splitlines():
            name, kind, types, sql = line.split("\t")
            self.statements[name] = (kind, types.split(",") if types else [], sql)

    def file(self, name, requests):
        path = self.host.folder / f"{name}.requests"
        path.write_bytes(b"".join(b"%d\n%s\n" % (len(request), request) for request in requests))
        return path

    def wrk_command(self, requests, seconds, connections=CONNECTIONS, port=None, tls=False):
        port = port or (self.host.tls_port if tls else self.host.port)
        return ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--timeout", "30", "-s", HERE / "cycle.lua",
                f"{'https' if tls else 'http'}://127.0.0.1:{port}/", "--", requests]

    def wrk(self, requests, seconds, **options):
        """Requests a second; anything that was not answered well is an error."""
        done = subprocess.run(self.wrk_command(requests, seconds, **options), capture_output=True, text=True,
                              check=False)
        return self.wrk_result(done.stdout, done.stderr)

    @staticmethod
    def wrk_result(output, errors="", limited=False):
        """limited: some were told that they ask too often."""
        try:
            result = json.loads(output.strip().splitlines()[-1])
        except (IndexError, ValueError):
            raise RuntimeError(f"wrk: {output}{errors}") from None
        if result["failed"] or (result["refused"] and not limited) or not result["requests"]:
            raise RuntimeError(f"wrk: not all was answered well: {result}")
        result["rate"] = result["requests"] / result["seconds"]
        return result

    def openloop_command(self, mode, requests, *options, tls=False):
        port = self.host.tls_port if tls else self.host.port
        return [self.host.tool("openloop"), mode, "--port", str(port), "--requests", requests,
                *(["--tls"] if tls else []), *map(str, options)]

    def openloop(self, requests, rate, seconds, connections=32):
        done = subprocess.run(self.openloop_command("rate", requests, "--rate", rate, "--seconds", seconds,
                                                    "--connections", connections),
                              capture_output=True, text=True, check=True)
        result = json.loads(done.stdout)
        if result["refused"] or result["lost"]:
            raise RuntimeError(f"openloop: not all was answered well: {result}")
        return result

    # --- bare SQL
    def rounds(self, name, rounds):
        """A file of rounds; each a list of (statement, values) or a word."""
        path = self.host.folder / f"{name}.rounds"
        texts = []
        for steps in rounds:
            for step in steps:
                words = [step] if isinstance(step, str) else [step[0], *step[1]]
                texts.append("\t".join(word.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
                                       for word in words))
            texts.append("")
        path.write_text("\n".join(texts) + "\n")
        return path

    def sqlrate(self, rounds, schema, seconds, connections=8):
        done = subprocess.run([self.host.tool("sqlrate"), "--socket", self.host.server_socket, "--user",
                               "root", "--schema", schema, "--rounds", rounds, "--connections",
                               str(connections), "--seconds", str(seconds)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"sqlrate: {done.stderr}")
        return json.loads(done.stdout)

    def observe(self, schema, action):
        """What the server is asked under the community's account while `action`
        runs: (statement, values) for each that was executed. So the yardstick
        has exactly what the page has, whatever the page becomes. A worker that
        loads the community anew meanwhile asks what is not the page's: then once
        more."""
        for _ in range(4):
            executed = self.executed(schema, action)
            seen = [self.recognize(text) for text in executed]
            if seen and None not in seen:
                return seen
        raise RuntimeError("no statements of the table: " + "; ".join(executed))

    def executed(self, schema, action):
        sql = self.host.sql
        # What was prepared before the log was opened is logged without values,
        # and what was prepared with it open stays slower: so each time the
        # sessions end.
        sql("SET GLOBAL general_log = OFF; TRUNCATE mysql.general_log; SET GLOBAL log_output = 'TABLE';"
            f"SET GLOBAL general_log = ON; KILL USER {schema};")
        try:
            action()
        finally:
            sql(f"SET GLOBAL general_log = OFF; KILL USER {schema};")
        lines = self.host.rows("SELECT command_type, HEX(argument) FROM mysql.general_log "
                               f"WHERE user_host LIKE '{schema}[%' ORDER BY event_time")
        return [bytes.fromhex(text).decode(errors="replace") for command, text in lines if command == "Execute"]

    VALUE = r"((?:TIMESTAMP)?'(?:[^'\\]|\\.|'')*'|NULL|-?[0-9.]+)"

    def recognize(self, text):
        for name, (_, types, sql) in self.statements.items():
            pattern = self.VALUE.join(re.escape(part) for part in sql.split("?"))
            match = re.fullmatch(pattern, text, re.S)
            if match is None or match.re.groups != len(types):
                continue
            return name, [self.value(group) for group in match.groups()]
        return None

    @staticmethod
    def value(literal):
        if literal == "NULL":
            return "@null"
        literal = literal.removeprefix("TIMESTAMP")
        if not literal.startswith("'"):
            return literal
        return re.sub(r"\\(.)|''", lambda match: {"n": "\n", "t": "\t", "0": "\0", "r": "\r"}.get(
            match.group(1), match.group(1)) if match.group(1) else "'", literal[1:-1], flags=re.S)

    # --- nginx
    def start_nginx(self, body):
        """nginx with the body as a static file; as many workers as missiond."""
        folder = self.host.folder / "nginx"
        folder.mkdir()
        folder.chmod(0o755)
        (folder / "page.html").write_bytes(body)
        self.nginx_port = free_port()
        (folder / "nginx.conf").write_text(f"""\
daemon off;
{"user root;" if pathlib.Path("/proc/self").stat().st_uid == 0 else ""}
worker_processes auto;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
	access_log off;
	sendfile on;
	tcp_nopush on;
	tcp_nodelay on;
	keepalive_requests 100000000;
	keepalive_timeout 600s;
	open_file_cache max=10 inactive=600s;
	client_body_temp_path {folder}/body;
	proxy_temp_path {folder}/proxy;
	fastcgi_temp_path {folder}/fastcgi;
	uwsgi_temp_path {folder}/uwsgi;
	scgi_temp_path {folder}/scgi;
	types {{ text/html html; }}
	server {{
		listen 127.0.0.1:{self.nginx_port};
		root {folder};
	}}
}}
""")
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        with (folder / "output").open("wb") as output:
            process = self.host.spawn([program, "-p", folder, "-c", folder / "nginx.conf", "-e",
                                       folder / "error.log"], stdout=output, stderr=output)
        requests = self.file("static", [raw("GET", f"127.0.0.1:{self.nginx_port}", "/page.html")])

        def answers():
            return subprocess.run(["curl", "-fsS", "-o", "/dev/null",
                                   f"http://127.0.0.1:{self.nginx_port}/page.html"], check=False,
                                  capture_output=True).returncode == 0
        self.host.wait_until(answers, "nginx answers", 20)
        return process, requests

    def nginx_cpu_ms(self, process):
        """CPU that nginx's workers have used."""
        return {"nginx": sum(map(self.host.cpu_ms_of, self.host.children_of(process.pid)))}

    def stop(self, process):
        process.terminate()
        process.wait(30)
        self.host.guard.tell("gone", process.pid)
