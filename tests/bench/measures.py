"""The figures. Each is a ratio of two things measured in turn in the same run,
so that whatever else the machine does meanwhile meets both."""
import contextlib
import http.client
import itertools
import json
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import time

import data
from host import ROOT
from load import raw
from report import Figure
from streams import Streams


class Lengths:
    """How long and how often; --quick is a look, not a measurement."""

    def __init__(self, quick):
        self.pairs = 3 if quick else 5
        self.rate = 2 if quick else 4          # seconds of a side of a pair
        self.storm = 4 if quick else 8
        self.noisy = 6 if quick else 10
        self.login_pairs = 9 if quick else 21
        self.logins = 40                       # log-ins and checks in turn of one pair
        self.first = 30 if quick else 100      # the n-th communities provisioned
        self.last = 300 if quick else 2000
        self.around = 4 if quick else 10       # on both sides of them
        self.bare = 60 if quick else 200       # schemas of bare DDL, for their disk
        self.starts = 3 if quick else 5
        self.cold = 12 if quick else 40
        self.idle = 10000                      # connections held open
        self.spread = 200                      # communities with rows
        self.files = 1000                      # for plan
        self.registered = 10000                # rows of the control schema


def ratios(pairs, one, other, warm=True):
    """Pairs of one() and other(), in changing order: quotients and both sides."""
    if warm:
        one(), other()
    quotients, ones, others = [], [], []
    for turn in range(pairs):
        if turn % 2 == 0:
            a, b = one(), other()
        else:
            b, a = other(), one()
        quotients.append(a / b)
        ones.append(a)
        others.append(b)
    return quotients, statistics.median(ones), statistics.median(others)


class Bench:
    def __init__(self, host, load, communities, lengths, say):
        self.host, self.load, self.communities = host, load, communities
        self.lengths, self.say = lengths, say
        self.figures = {}
        self.turn = itertools.count()

    def put(self, key, figure):
        self.figures[key] = figure
        self.say(key, figure)

    def page(self, number, path, headers=None):
        return raw("GET", self.host.name(data.slug(number)), path, headers)

    # --- provisioning: on an empty server, before there is anything else
    def provision_one(self):
        """apply → the first page; milliseconds."""
        number = self.communities.provisioned + 1
        path = self.communities.write(number)
        request = self.page(number, "/listings")
        begin = time.monotonic()
        self.host.apply(path)
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.host.port), 60)) as connection:
            self.timed(connection, request)
        took = (time.monotonic() - begin) * 1000
        self.communities.provisioned = number
        return took

    def bare_ddl(self, count=1):
        first = next(self.turn) * 1000
        done = subprocess.run([self.host.tool("ddlrate"), "--socket", self.host.server_socket, "--user", "root",
                               "--folder", ROOT / "schema" / "tenant", "--prefix", "bare_", "--first", str(first),
                               "--schemas", str(count)], check=True, capture_output=True, text=True)
        return statistics.median(json.loads(done.stdout))

    def window(self, middle):
        """Communities around the n-th, one by one, with the bare DDL between."""
        self.communities.provision(middle - self.lengths.around)
        provisioned, bare = [], []
        for turn in range(2 * self.lengths.around + 1):
            if turn % 2 == 0:
                provisioned.append(self.provision_one())
                bare.append(self.bare_ddl())
            else:
                bare.append(self.bare_ddl())
                provisioned.append(self.provision_one())
        return provisioned, bare

    def warm(self):
        """The same from a pool that has enough for all of them."""
        count = 2 * self.lengths.around + 1
        self.host.stop()
        self.host.start(ahead=count)
        self.host.wait_until(lambda: json.loads(self.host.ctl("status", "--json", check=False).stdout or "{}").get(
            "schemas_ahead") == count, "the schemas are made")
        # The first after a start makes connections, as that of a community made cold did.
        self.host.wait_until(lambda: self.host.get(data.slug(1), "/listings")[0] == 200, "pages are answered")
        pairs = []
        for turn in range(count):
            if turn % 2 == 0:
                pairs.append((self.provision_one(), self.bare_ddl()))
            else:
                bare = self.bare_ddl()
                pairs.append((self.provision_one(), bare))
        left = self.host.rows("SELECT COUNT(*) FROM missiond_control.warm_schema WHERE state = 'ready'")[0][0]
        made = self.host.rows("SELECT COUNT(*) FROM missiond_control.job WHERE kind = 'warm'")[0][0]
        if int(made) - int(left) < count:
            raise RuntimeError(f"only {int(made) - int(left)} of {count} communities took a schema made ahead")
        self.host.stop()
        self.host.start()
        taken, bare = zip(*pairs)
        self.put("provision_warm_vs_ddl", Figure.of(
            [a / b for a, b in pairs], f"{statistics.median(taken):.0f} ms ÷ {statistics.median(bare):.0f} ms"))

    def growth(self, action):
        before = self.host.disk_bytes()
        action()
        return self.host.disk_bytes() - before

    def disk(self, last):
        """Bytes for each community and each bare schema until there are `last`
        communities, in five turns."""
        first, pairs = self.communities.provisioned, []
        for turn in range(1, 6):
            bare = self.growth(lambda: self.bare_ddl(self.lengths.bare // 5)) / (self.lengths.bare // 5)
            before, until = self.communities.provisioned, first + (last - first) * turn // 5
            grown = self.growth(lambda: self.communities.provision(until))
            pairs.append((grown / (self.communities.provisioned - before), bare))
        return pairs

    def provisioning(self):
        lengths = self.lengths
        self.communities.provision(2)  # what is made only once is made
        first, first_bare = self.window(lengths.first)
        disk = self.disk(lengths.last - lengths.around)
        last, last_bare = self.window(lengths.last)
        self.put("provision_vs_ddl", Figure.of(
            [a / b for a, b in zip(first + last, first_bare + last_bare)],
            f"{statistics.median(first + last):.0f} ms ÷ {statistics.median(first_bare + last_bare):.0f} ms"))
        middle = statistics.median(first)
        self.put("provision_flat", Figure(
            statistics.median(last) / middle, min(last) / middle, max(last) / middle,
            f"{statistics.median(last):.0f} ms at {lengths.last} ÷ {middle:.0f} ms at {lengths.first}"
            f" (bare DDL {statistics.median(last_bare):.0f} ÷ {statistics.median(first_bare):.0f})"))
        grown, bare = map(statistics.median, zip(*disk))
        self.put("tenant_disk_vs_ddl", Figure.of(
            [a / b for a, b in disk], f"{grown / 2**20:.2f} MiB ÷ {bare / 2**20:.2f} MiB (4 KiB pages)"))
        self.warm()
        self.host.sql("".join(f"DROP DATABASE {name};" for name, in self.host.rows("SHOW DATABASES LIKE 'bare\\_%'")))

    # --- pages
    def costed(self, costs, measured, spent=None):
        """A rate; what each request cost in CPU is noted: unlike the rate it is
        nearly the same on a busy machine. spent() says whose."""
        spent = spent or self.host.cpu_ms
        before, client = spent(), resource.getrusage(resource.RUSAGE_CHILDREN)
        result = measured()
        after, gone = spent(), resource.getrusage(resource.RUSAGE_CHILDREN)
        used = {role: after[role] - before[role] for role in after}
        used["client"] = (gone.ru_utime + gone.ru_stime - client.ru_utime - client.ru_stime) * 1000
        for role, each in used.items():
            costs.setdefault(role, []).append(each / (result.get("requests") or result["rounds"]))
        return result["rate"]

    @staticmethod
    def costs_text(costs, bare):
        """In words, with the ratio as it would be if all of the machine's CPU,
        and only that, were what limits both."""
        page, alone = ({role: statistics.median(each) * 1000 for role, each in side.items()}
                       for side in (costs, bare))
        return (f"CPU {page['workers']:.0f} µs worker + {page['database']:.0f} database + {page['client']:.0f} wrk"
                f" ÷ {alone['database']:.0f} database + {alone['client']:.0f} client:"
                f" {sum(alone.values()) / sum(page.values()):.2f}")

    @staticmethod
    def servers_text(costs, role, others, other_role):
        """In words, with the ratio by the servers' CPU alone: where an answer
        is cheap, the client's part, the same on both sides, hides much."""
        one, other = (statistics.median(side[name]) * 1000 for side, name in ((costs, role), (others, other_role)))
        clients = (statistics.median(side["client"]) * 1000 for side in (costs, others))
        return (f"CPU {one:.0f} µs {role} + {next(clients):.0f} wrk ÷ {other:.0f} {other_role} + {next(clients):.0f} wrk;"
                f" servers alone {other / one:.2f}")

    def observed(self, number, request_path):
        status = []
        rounds = self.load.observe(self.communities.schema(number), lambda: status.append(
            self.host.get(data.slug(number), request_path)[0]))
        if set(status) != {200}:
            raise RuntimeError(f"{request_path}: {status}")
        return rounds

    def against_sql(self, key, paths):
        requests = self.load.file(key, [self.page(1, path) for path in paths])
        # Each worker has read the community: that is not the page's.
        for turn in range(30):
            self.host.get(data.slug(1), paths[turn % len(paths)])
        seen = [self.observed(1, path) for path in paths]
        rounds = self.load.rounds(key, seen)
        schema, seconds = self.communities.schema(1), self.lengths.rate
        costs, bare_costs = {}, {}
        quotients, rate, bare = ratios(
            self.lengths.pairs, lambda: self.costed(costs, lambda: self.load.wrk(requests, seconds)),
            lambda: self.costed(bare_costs, lambda: self.load.sqlrate(rounds, schema, seconds)))
        self.put(key, Figure.of(
            quotients, f"{rate:,.0f}/s ÷ {bare:,.0f}/s of {', '.join(name for name, _ in seen[0])}; "
            + self.costs_text(costs, bare_costs),
            more={"rate": rate, "bare": bare, "statements": [name for name, _ in seen[0]],
                  "cpu_ms": costs, "bare_cpu_ms": bare_costs}))

    def pages(self):
        self.against_sql("page_vs_sql", ["/listings"])
        self.against_sql("api_vs_sql", ["/api/v1/listings"])
        found = json.loads(self.host.get(data.slug(1), "/api/v1/listings")[2])
        self.against_sql("detail_vs_sql", [f"/listings/{listing['id']}" for listing in found["listings"]])

    def cached(self):
        self.restart(cached=True)
        _, headers, body = self.host.get(data.slug(1), "/listings")
        if "etag" not in {name.lower() for name in headers}:
            raise RuntimeError("no page is kept")
        process, static = self.load.start_nginx(body)
        page = self.load.file("cached", [self.page(1, "/listings")])
        seconds = self.lengths.rate
        costs, static_costs = {}, {}
        quotients, rate, nginx = ratios(
            self.lengths.pairs, lambda: self.costed(costs, lambda: self.load.wrk(page, seconds)),
            lambda: self.costed(static_costs, lambda: self.load.wrk(static, seconds, port=self.load.nginx_port),
                                lambda: self.load.nginx_cpu_ms(process)))
        self.load.stop(process)
        self.put("page_cached_vs_static", Figure.of(
            quotients, f"{rate:,.0f}/s ÷ nginx {nginx:,.0f}/s of {len(body):,} bytes; "
            + self.servers_text(costs, "workers", static_costs, "nginx"),
            more={"rate": rate, "nginx": nginx, "bytes": len(body), "cpu_ms": costs, "static_cpu_ms": static_costs}))
        if self.host.tls_version() != "TLSv1.3":
            raise RuntimeError("TLS is not 1.3")
        costs, plain_costs = {}, {}
        quotients, secure, plain = ratios(
            self.lengths.pairs, lambda: self.costed(costs, lambda: self.load.wrk(page, seconds, tls=True)),
            lambda: self.costed(plain_costs, lambda: self.load.wrk(page, seconds)))
        self.put("tls_vs_plain", Figure.of(
            quotients, f"{secure:,.0f}/s ÷ {plain:,.0f}/s; "
            + self.servers_text(costs, "workers", plain_costs, "workers"),
            more={"cpu_ms": costs, "plain_cpu_ms": plain_costs}))
        self.restart()

    def switching(self):
        numbers = range(1, self.lengths.spread + 1)
        spread = self.load.file("spread", [self.page(number, "/listings") for number in numbers])
        same = self.load.file("same", [self.page(1, "/listings") for _ in numbers])
        seconds = self.lengths.rate
        quotients, over, one = ratios(self.lengths.pairs, lambda: self.load.wrk(spread, seconds)["rate"],
                                      lambda: self.load.wrk(same, seconds)["rate"])
        self.put("switch_vs_same", Figure.of(quotients, f"{over:,.0f}/s ÷ {one:,.0f}/s",
                                             more={"spread": over, "same": one}))

    # --- writing
    @staticmethod
    def visitor(number):
        return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}

    def post(self, number, session, visitor):
        cookie, token = session
        body = (f"csrf={token}&kind=offer&category=home&title=Bread+of+the+day"
                "&body=Rye+and+wheat%2C+baked+this+morning.+Come+by+before+noon+and+bring+a+bag.+"
                "I+keep+one+for+you+when+you+write+before+eight.&price=3.50&exchange=&place=Market&until=")
        return raw("POST", self.host.name(data.slug(number)), "/listings/new",
                   {"Cookie": f"session={cookie}", "Origin": f"http://{self.host.name(data.slug(number))}",
                    **self.visitor(visitor)}, body)

    def send(self, request):
        """One raw request; the status of its answer."""
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.host.port), 30)) as connection:
            connection.sendall(request)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            answer.read()
            return answer.status

    def fresh(self, schema, name, first, second):
        """An INSERT's values for the yardstick: ids that differed between two
        posts are made anew each time, and so are random bytes, which the log
        does not have as they were."""
        _, kinds, sql = self.load.statements[name]
        table, columns, values = re.fullmatch(r"INSERT INTO (\w+) \((.*)\) VALUES \((.*)\)", sql).groups()
        lengths = dict(self.host.rows(
            "SELECT column_name, character_maximum_length FROM information_schema.columns "
            f"WHERE table_schema = '{schema}' AND table_name = '{table}' AND data_type = 'binary'"))
        columns = [column for column, value in zip(columns.split(", "), values.split(", ")) if value == "?"]
        return [f"@bytes{lengths[column]}" if column in lengths else "@new" if a != b and kind == "uuid" else a
                for a, b, kind, column in zip(first, second, kinds, columns, strict=True)]

    def writing(self, members):
        number = 2
        schema = self.communities.schema(number)
        sessions = self.communities.open_sessions(number, members)
        requests = [self.post(number, sessions[i % len(sessions)], i) for i in range(4000)]
        for request in requests[-30:]:  # so that each worker knows the community
            if self.send(request) != 303:
                raise RuntimeError("a listing was not posted")
        seen = [self.load.observe(schema, lambda: self.send(requests[0])) for _ in range(2)]
        inserts = [(name, self.fresh(schema, name, first, second)) for (name, first), (_, second) in zip(*seen)
                   if self.load.statements[name][2].startswith("INSERT")]
        steps = inserts if len(inserts) == 1 else ["begin", *inserts, "commit"]
        rounds = self.load.rounds("write", [steps])
        file, seconds = self.load.file("write", requests), self.lengths.rate
        costs, bare_costs = {}, {}

        def posted():
            return int(self.host.rows(f"SELECT COUNT(*) FROM {schema}.listing")[0][0])

        def posting():
            before, results = posted(), []
            rate = self.costed(costs, lambda: results.append(self.load.wrk(file, seconds)) or results[0])
            made, answered = posted() - before, results[0]["requests"]
            # To a log-in form it would be redirected, too. wrk leaves some unanswered at its end.
            if not 0 <= made - answered <= 100:
                raise RuntimeError(f"{answered} posts made {made} listings")
            return rate
        quotients, rate, bare = ratios(
            self.lengths.pairs, posting,
            lambda: self.costed(bare_costs, lambda: self.load.sqlrate(rounds, schema, seconds)))
        self.put("write_vs_insert", Figure.of(
            quotients, f"{rate:,.0f}/s ÷ {bare:,.0f}/s of {', '.join(name for name, _ in inserts)} in one commit; "
            + self.costs_text(costs, bare_costs),
            more={"rate": rate, "bare": bare, "executed": [name for name, _ in seen[0]],
                  "cpu_ms": costs, "bare_cpu_ms": bare_costs}))

    # --- log-ins
    def login_requests(self, number):
        with contextlib.closing(self.host.connect()) as connection:
            token, cookie = self.communities.form_token(connection, number, "/login")
        name = self.host.name(data.slug(number))
        return [raw("POST", name, "/login",
                    {"Cookie": cookie, "Origin": f"http://{name}", **self.visitor(i)},
                    f"csrf={token}&login=member{i % data.MEMBERS}&password={data.PASSWORD.replace(' ', '+')}&next=%2F")
                for i in range(4000)]

    @contextlib.contextmanager
    def checks(self):
        """A hash of the members' password, and what checks it once and says how
        many milliseconds of CPU that took."""
        process = self.host.spawn([self.host.tool("argon2rate"), "19456", "2", "1", data.PASSWORD],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def check():
            process.stdin.write("check\n")
            process.stdin.flush()
            return float(process.stdout.readline())
        try:
            yield process.stdout.readline().strip(), check
        finally:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            process.wait(60)
            process.stdout.close()
            self.host.guard.tell("gone", process.pid)

    def logging_in(self, members):
        number = 3
        with contextlib.ExitStack() as stack:
            phc, check = stack.enter_context(self.checks())
            self.communities.give_passwords(number, members, phc)
            requests = self.login_requests(number)
            calm = self.host.settle()
            # Some, so that more than one worker has them.
            connections = [stack.enter_context(contextlib.closing(socket.create_connection(
                ("127.0.0.1", self.host.port), 60))) for _ in range(4)]
            servers = [pid for role, pid in self.host.children().items()
                       if role.startswith("worker-") or role == "mariadbd"]

            def pair():
                """A log-in and a check in turn; CPU of each of both."""
                before, alone = sum(map(self.host.cpu_ms_of, servers)), 0
                for turn in range(self.lengths.logins):
                    self.timed(connections[turn % len(connections)], requests[turn], 303)
                    alone += check()
                return tuple(used / self.lengths.logins for used in (
                    sum(map(self.host.cpu_ms_of, servers)) - before, alone))
            pair()
            pairs = [pair() for _ in range(self.lengths.login_pairs)]
        cpu, alone = map(statistics.median, zip(*pairs))
        self.put("login_cost_vs_argon2", Figure.of(
            [a / b for a, b in pairs], f"{cpu:.1f} ms, database included ÷ {alone:.1f} ms"
            + ("" if calm else "; the database was never idle before")))
        self.storm(self.load.file("login", requests))

    def background(self, command):
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def with_noise(self, requests, connections, seconds, measured, limited=False):
        noise = self.background(self.load.wrk_command(requests, seconds + 2, connections=connections))
        time.sleep(0.5)  # so that it is at full strength
        try:
            result = measured()
        finally:
            output, errors = noise.communicate()
        return result, self.load.wrk_result(output, errors, limited)

    def storm(self, logins):
        seconds = self.lengths.storm
        page = self.load.file("storm", [self.page(1, "/listings")])

        def quiet():
            return self.load.openloop(page, 200, seconds)["p99_ms"]
        rates = []

        def stormy():
            result, noise = self.with_noise(logins, 32, seconds,
                                            lambda: self.load.openloop(page, 200, seconds)["p99_ms"])
            rates.append(noise["rate"])
            return result
        quotients, loud, calm = ratios(self.lengths.pairs, stormy, quiet, warm=False)
        self.put("login_storm_p99_ratio", Figure.of(
            quotients, f"{loud:.1f} ms ÷ {calm:.1f} ms, {statistics.median(rates):.0f} log-ins/s"))

    def noisy(self):
        self.restart(crowded=True, unshared=True)
        alone = self.neighbours(limited=False)
        self.restart(crowded=True)
        figure = self.neighbours(limited=False)
        figure.beside += (f"; with shared_requests off {alone.value:.2f} ({alone.low:.2f} to {alone.high:.2f}), "
                          f"{alone.beside}")
        self.put("noisy_p99_ratio", figure)
        self.restart(limited=True)
        self.put("noisy_limited_p99_ratio", self.neighbours(limited=True))
        self.restart()

    def neighbours(self, limited):
        seconds = self.lengths.noisy
        page = self.load.file("neighbour", [self.page(4, "/listings")])
        hammer = self.load.file("hammer", [self.page(1, "/listings")])
        rates, refusals = [], []

        def quiet():
            return self.load.openloop(page, 20, seconds, connections=4)["p99_ms"]

        def loud():
            result, noise = self.with_noise(hammer, 64, seconds, quiet, limited)
            rates.append(noise["rate"])
            refusals.append(noise["refused"] / noise["requests"])
            return result
        failures = self.host.failures()
        quiet()  # what the first visit opens is open
        quotients, noisy, calm = ratios(self.lengths.pairs, loud, quiet, warm=False)
        if self.host.failures() != failures:
            raise RuntimeError("some were answered with a failure, not with a limit")
        if limited and min(refusals) == 0:
            raise RuntimeError("the default limits refused nothing")
        return Figure.of(quotients, f"{noisy:.1f} ms ÷ {calm:.1f} ms, B at {statistics.median(rates):,.0f}/s, "
                         f"{statistics.median(refusals):.0%} of it refused")

    # --- starts
    def restart(self, **options):
        """missiond and its database anew, until a page is answered."""
        self.host.stop()
        self.host.start(**options)
        self.host.wait_until(lambda: self.host.get(data.slug(1), "/listings")[0] == 200, "pages are answered")

    @staticmethod
    def timed(connection, request, status=200):
        """Milliseconds until the whole answer is there. No HTTP library: what one
        takes for itself would stand on both sides and bring the ratio nearer
        to 1."""
        begin = time.monotonic()
        connection.sendall(request)
        answer, end = b"", None
        while end is None or len(answer) < end:
            more = connection.recv(1 << 20)
            if not more:
                raise RuntimeError(f"the connection was closed: {answer[:200]}")
            answer += more
            if end is None and b"\r\n\r\n" in answer:
                head, _, _ = answer.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)^content-length: *(\d+)", head, re.M)
                if not head.startswith(b"HTTP/1.1 %d " % status) or length is None:
                    raise RuntimeError(f"another answer than {status}: {head}")
                end = len(head) + 4 + int(length.group(1))
        return (time.monotonic() - begin) * 1000

    def first_visits(self, numbers):
        """(first, median of the next) of each."""
        found = []
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.host.port), 60)) as connection:
            for number in numbers:
                request = self.page(number, "/listings")
                times = [self.timed(connection, request) for _ in range(12)]
                found.append((times[0], statistics.median(times[2:])))
        return found

    def cold(self):
        """Communities that nobody asked for since the start, database included;
        beside it those where missiond alone was started: the server goes on and
        has their tables open."""
        self.restart()
        last, count = self.lengths.spread, self.lengths.cold
        numbers = range(last, last - 5 - count, -1)
        # The first few open the connections of the pool.
        unseen = self.first_visits(numbers)[5:]
        self.host.stop()
        self.host.start_outside()
        self.host.start(outside=True)
        self.first_visits(numbers)
        self.host.stop()
        self.host.start(outside=True)
        seen = self.first_visits(numbers)[5:]
        self.host.stop()
        self.host.stop_outside()
        self.host.start()
        first, warm = map(statistics.median, zip(*unseen))
        after, beside = map(statistics.median, zip(*seen))
        self.put("first_hit_ms_ratio", Figure.of(
            [a / b for a, b in unseen], f"{first:.1f} ms ÷ {warm:.2f} ms; the database already up "
            f"{statistics.median(a / b for a, b in seen):.1f}, {after:.1f} ms ÷ {beside:.2f} ms",
            more={"visits_ms": unseen, "visits_database_up_ms": seen}))

    def idle(self):
        page = self.load.file("idle", [self.page(1, "/listings")])
        for key, tls in (("idle_conn_kib", False), ("idle_tls_kib", True)):
            # Of each anew: what the other's connections gave back would be taken again.
            self.restart(workers=1)
            self.load.wrk(page, 2, connections=64, tls=tls)
            before = self.host.memory_kib("worker-1")
            count = self.lengths.idle
            holder = subprocess.Popen(self.load.openloop_command(
                "hold", page, "--connections", count, "--sources", 16, tls=tls), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, text=True)
            self.host.guard.tell("process", holder.pid)
            ready = json.loads(holder.stdout.readline())
            each = (self.host.memory_kib("worker-1") - before) / count
            holder.stdin.close()
            lost = json.loads(holder.stdout.readline())["lost"]
            holder.wait()
            self.host.guard.tell("gone", holder.pid)
            if ready["ready"] != count or ready["refused"] or lost:
                self.put(key, Figure(reason=f"only {ready['ready'] - lost} of {count} connections were held"))
                continue
            self.put(key, Figure.once(each, f"{before / 1024:.0f} MiB before, {count:,} held"))

    def streams(self):
        """Each has had an event; the worker had streams before, too."""
        self.restart(workers=1)
        slug, count = data.slug(1), self.lengths.idle
        with contextlib.closing(Streams(self.host, slug, 64)) as few:
            few.open()
        before = self.host.memory_kib("worker-1")
        with contextlib.closing(Streams(self.host, slug, count)) as streams:
            streams.open()
            self.move(slug)
            told, took = streams.receive()
            each = (self.host.memory_kib("worker-1") - before) / count
        if told != count:
            self.put("sse_conn_kib", Figure(reason=f"only {told} of {count} streams had an event"))
            return
        self.put("sse_conn_kib", Figure.once(each, f"{before / 1024:.0f} MiB before, {count:,} of one community, "
                                        f"all told within {took:.0f} ms", more={"told_ms": took}))

    def move(self, slug):
        """As another machine would say that something is new there."""
        self.host.sql(f"""SET @moved = (SELECT CONCAT('[{{"community":"', id, '","kinds":1}}]')
            FROM missiond_control.community WHERE slug = '{slug}'); CALL missiond_registry.community_moved(@moved)""")

    def started(self, workers):
        """exec → the first page; milliseconds. The server is kept running."""
        self.host.stop()
        begin = time.monotonic()
        self.host.start(workers=workers, outside=True, wait=False)
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.host.get(data.slug(1), "/listings")[0] == 200:
                    return (time.monotonic() - begin) * 1000
            if self.host.process.poll() is not None or time.monotonic() > begin + 60:
                raise RuntimeError(f"missiond does not serve:\n{self.host.log_tail()}")
            time.sleep(0.001)

    def settled_memory(self):
        page = self.load.file("settled", [self.page(1, "/listings")])
        values = []
        for _ in range(3):
            self.started(1)
            self.load.wrk(page, 2)
            values.append(self.host.memory_kib("worker-1"))
        return statistics.median(values)

    def visited(self):
        before = self.host.memory_kib("worker-1")
        for number in range(2, self.lengths.spread + 1):
            self.host.get(data.slug(number), "/listings")
        return (self.host.memory_kib("worker-1") - before) / (self.lengths.spread - 1)

    def thousands(self):
        """The same server goes on without missiond, which is started anew."""
        self.host.stop()
        self.host.start_outside()
        few = self.settled_memory()
        registered = self.communities.provisioned
        self.communities.register(self.lengths.registered)
        many = self.settled_memory()
        visited = self.visited()
        each = (many - few) / (self.lengths.registered - registered)
        self.put("tenant_kib", Figure.once(
            each, f"{many / 1024:.1f} MiB with {self.lengths.registered:,} ÷ {few / 1024:.1f} MiB with "
            f"{registered:,}; {visited:.1f} KiB each that was visited", more={"visited_kib": visited}))
        self.put("start_ms", Figure.of([self.started(0) for _ in range(self.lengths.starts)],
                                       "the database already up"))
        self.plan()

    def plan(self):
        folder = self.host.folder / "plan.d"
        folder.mkdir()
        for number in range(1, self.lengths.files + 1):
            (folder / f"{data.slug(number)}.yaml").write_text(data.yaml(number))
        self.host.wait_until(lambda: self.host.ctl("status", check=False).returncode == 0, "missiond answers")
        times = []
        for _ in range(self.lengths.pairs + 1):
            begin = time.monotonic()
            done = self.host.ctl("plan", "--exit-code", folder, check=False)
            times.append((time.monotonic() - begin) * 1000 / self.lengths.files)
            if done.returncode != 0:
                raise RuntimeError(f"plan does not find the files unchanged: {done.stdout[-500:]}{done.stderr[-500:]}")
        shutil.rmtree(folder)
        self.put("plan_ms_per", Figure.of(times[1:], f"{self.lengths.files:,} files, {self.lengths.registered:,} communities"))

    # --- all
    def fill(self):
        self.communities.read_keys()
        terms = json.loads(self.host.get(data.slug(1), "/api/v1/terms")[2])
        members = self.communities.fill_first(terms)
        self.communities.copy_to(range(2, self.lengths.spread + 1))
        return members


def about(quick):
    return {"quick": quick, "load_before": os.getloadavg()[0]}
