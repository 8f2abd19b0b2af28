"""The edge of a real daemon with two workers: what is malformed, slow, large or
too many, over raw sockets."""
import contextlib
import itertools
import json
import os
import pathlib
import re
import resource
import socket
import time

import pytest

from harness import Missiond, free_port

SITE = b"Host: toulouse.localhost\r\n"
# Stands behind whatever is refused: it must never be answered.
SECOND = b"GET /second-request HTTP/1.1\r\n" + SITE + b"\r\n"
# From a new visitor each time: how often one may ask is no matter here.
POST = (b"POST /api/v1/password-resets HTTP/1.1\r\n" + SITE + b"X-Forwarded-For: VISITOR\r\n"
        b"Content-Type: application/json\r\n")
HELLO = b"GET /login HTTP/1.1\r\n" + SITE


visitors = itertools.count()


def fresh(request):
    number = next(visitors)
    return request.replace(b"VISITOR", b"10.9.%d.%d" % (number // 250, number % 250))


@pytest.fixture(scope="module")
def site():
    port = free_port()
    missiond = Missiond(f"listen:\n  http: 127.0.0.1:{port}\n  trusted: [127.0.0.1]\n")
    missiond.port = port
    try:
        yield missiond.start().provision()
    finally:
        missiond.close()


def connect(port, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", port), 120, (source, 0))


def read_all(connection):
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            answer += piece
    return answer


def talk(port, request, close=False, source="127.0.0.1"):
    """All that is answered until the server closes: it must, or this fails."""
    with connect(port, source) as connection:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(fresh(request))
            if close:
                connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


def length(value):
    return b"Content-Length: " + value + b"\r\n"


def coding(value):
    return b"Transfer-Encoding: " + value + b"\r\n"


def malformed():
    """Name, request, the statuses that are right."""
    # Every pair of ways to say how long the body is, where one is bad.
    lengths = [length(value) for value in (
        b"3", b"03", b"+3", b"-3", b"3 3", b"3,3", b"3;", b"0x3", b"3.0", b"", b"three", b"\xd9\xa3", b"1e1",
        b"99999999999999999999", b"18446744073709551619")]
    codings = [coding(value) for value in (
        b"chunked", b"Chunked ", b"chunked, chunked", b"identity", b"gzip", b"gzip, chunked", b"chunked, gzip",
        b"xchunked", b"chunked;q=1", b"\x0bchunked", b"'chunked'", b"")]
    for one in lengths[2:]:
        yield f"length {one}", POST + one + b"\r\nabc", {400}
    for one in codings[2:]:
        yield f"coding {one}", POST + one + b"\r\n3\r\nabc\r\n0\r\n\r\n", {400, 501}
    for one, other in itertools.chain(
            itertools.product(lengths[:4], lengths[:2]), itertools.product(codings[:6], codings[:2]),
            itertools.product(lengths[:2] + lengths[9:10], codings), itertools.product(codings[:6], lengths[:2])):
        yield f"{one} and {other}", POST + one + other + b"\r\n3\r\nabc\r\n0\r\n\r\n", {400, 501}
    for name in (b"Content-Length : 3", b"Content-Length\t: 3", b" Content-Length: 3", b"Content_Length: 3\x00",
                 b"Content-Length: 3\r\n 4", b"Content-Length:\r\n 3", b"Content-Length: 3\r",
                 b"Transfer-Encoding : chunked", b"Transfer-Encoding: chunked\r\n ,gzip", b"Transfer-Encoding:\x00chunked",
                 b"Transfer-Encoding: chunked\n", b"Transfer\xa0-Encoding: chunked", b"Content-Length: 3\nX: y"):
        yield f"line {name}", POST + name + b"\r\n\r\n3\r\nabc\r\n0\r\n\r\n", {400}
    for byte in (*range(9), 11, 12, *range(14, 32), 127):
        yield f"byte {byte} in a value", HELLO + b"X: a" + bytes([byte]) + b"b\r\n\r\n", {400}
    for byte in (*range(33), *b'"(),/;<=>?@[\\]{}', 127, 128, 255):
        if byte not in (10, 13):
            yield f"byte {byte} in a name", HELLO + b"X" + bytes([byte]) + b"Y: a\r\n\r\n", {400}
    for target in (b"http://other/", b"http://toulouse.localhost.other/", b"http://toulouse.localhost@other/",
                   b"https://other/", b"//other/", b"http:/login", b"http:login", b"ftp://toulouse.localhost/", b"*",
                   b"login", b"/login#x", b"/\xff", b"/%", b"/%0", b"/%zz", b"/%00", b"/%0a", b"/a%2fb", b"/../login",
                   b"/%2e%2e/login", b"/./login", b"/login\tx", b"javascript:login", b"/" + b"a" * 5000):
        yield f"target {target[:40]}", b"GET " + target + b" HTTP/1.1\r\n" + SITE + b"\r\n", {400, 404, 414}
    for line in (b"GET /login", b"GET /login HTTP/0.9", b"GET /login HTTP/1.2", b"GET /login HTTP/2.0", b"GET /login HTTP/1.1 ",
                 b"GET /login http/1.1", b"GET  /login HTTP/1.1", b"GET /login  HTTP/1.1", b" GET /login HTTP/1.1",
                 b"GET\t/login HTTP/1.1", b"GET /login HTTP/11", b"GET /login HTTP/1.1\r", b"get /login HTTP/1.1",
                 b"GETS /login HTTP/1.1", b"TRACE /login HTTP/1.1", b"CONNECT toulouse.localhost:80 HTTP/1.1",
                 b"PRI * HTTP/2.0", b"\x16\x03\x01\x02\x00\x01", b"HTTP/1.1 200 OK", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2"):
        yield f"first line {line}", line + b"\r\n" + SITE + b"\r\n", {400, 501, 505}
    for hosts in (b"", SITE + SITE, SITE + b"Host: other\r\n", b"Host:\r\n", b"Host: toulouse.localhost/x\r\n",
                  b"Host: a@toulouse.localhost\r\n", b"Host: toulouse.localhost:x\r\n", b"Host: toulouse.localhost:999999\r\n",
                  b"Host: toulouse.localhost other\r\n", b"Host: toulouse.localhost\r\n .other\r\n", b"Host: tou%6couse.localhost\r\n"):
        yield f"hosts {hosts}", b"GET /login HTTP/1.1\r\n" + hosts + b"\r\n", {400}
    yield "70 headers", HELLO + b"".join(b"X-%d: y\r\n" % i for i in range(70)) + b"\r\n", {431}
    yield "20,000 headers", HELLO + b"".join(b"X-%d: y\r\n" % i for i in range(20000)) + b"\r\n", {431}
    yield "a header of 20 KB", HELLO + b"X: " + b"y" * 20000 + b"\r\n\r\n", {431}
    yield "a name of 20 KB", HELLO + b"X" * 20000 + b": y\r\n\r\n", {431}
    yield "a megabyte without an end", b"GET /" + b"a" * 1000000, {414}
    yield "expectation", HELLO + b"Expect: 200-ok\r\n\r\n", {417}
    chunked = POST + coding(b"chunked") + b"\r\n"
    for chunks in (b"+3\r\nabc\r\n0\r\n\r\n", b"-3\r\nabc\r\n0\r\n\r\n", b"0x3\r\nabc\r\n0\r\n\r\n", b"\r\nabc\r\n0\r\n\r\n",
                   b" 3\r\nabc\r\n0\r\n\r\n", b"3 \r\nabc\r\n0\r\n\r\n", b"3\nabc\r\n0\r\n\r\n", b"3\r\nabcd\r\n0\r\n\r\n",
                   b"3\r\nab\r\n0\r\n\r\n", b"3\r\nabc0\r\n\r\n", b"3\r\nabc\n0\r\n\r\n", b"3\r\nabc\r0\r\n\r\n",
                   b"g\r\nabc\r\n0\r\n\r\n", b"fffffffffffffffff\r\nabc", b"10000000000000003\r\nabc\r\n0\r\n\r\n",
                   b"3;a\nb\r\nabc\r\n0\r\n\r\n", b"3\r\nabc\r\n0\r\nX: y\n\r\n", b"3\r\nabc\r\n0\n\n",
                   b"\x80\r\nabc\r\n0\r\n\r\n", b"3\x80\r\nabc\r\n0\r\n\r\n"):
        yield f"chunks {chunks}", chunked + chunks, {400, 413}
    yield "too large by its length", POST + length(b"99999999") + b"\r\n", {413}
    yield "too large by its chunks", chunked + b"fffffff\r\n" + b"a" * 400000, {413}
    yield "a body where none belongs", HELLO + length(b"3") + b"\r\nabc", {413}
    yield "chunks in HTTP/1.0", POST.replace(b"HTTP/1.1", b"HTTP/1.0") + coding(b"chunked") + b"\r\n0\r\n\r\n", {400}


def request_id(answer, api):
    """What the page, or for a program the problem document, says to tell the
    host; None when it is of the other kind."""
    head, _, body = answer.partition(b"\r\n\r\n")
    kind, place = ((b"application/problem+json", rb'"instance":"urn:request:(\w{26})"') if api
                   else (b"text/html; charset=utf-8", rb"(\w{26})\.</p>"))
    found = re.search(place, body)
    return found[1].decode() if found and b"\r\nContent-Type: " + kind in head else None


def test_what_is_malformed_is_refused_and_nothing_read_behind_it(site):
    cases = list(malformed())
    assert len(cases) > 200
    wrong = []
    for name, request, statuses in cases:
        answer = talk(site.port, request + SECOND * 3)
        head = answer.partition(b"\r\n\r\n")[0]
        if not (answer[:9] == b"HTTP/1.1 " and int(answer[9:12]) in statuses
                and answer.count(b"HTTP/1.1 ") == 1 and b"\r\nConnection: close" in head
                and request_id(answer, api=request.startswith(b"POST /api/"))
                and b"second-request" not in answer):
            wrong.append((name, answer[:300]))
    assert not wrong, wrong[:5]


def test_programs_are_refused_with_problems_that_the_log_knows(site):
    for method, status, name in ((b"OPTIONS", 501, "not-implemented"), (b"TRACE", 501, "not-implemented"),
                                 (b"BREW", 501, "not-implemented"), (b"GET ", 400, "malformed")):
        answer = talk(site.port, method + b" /api/v1/listings HTTP/1.1\r\n" + SITE
                      + b"Accept-Language: fr\r\nX-Forwarded-For: 10.9.8.7\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 %d " % status), answer
        problem = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert problem["type"] == f"urn:missiond:problem:{name}" and problem["status"] == status
        assert re.search("requête|envoyé", problem["title"]), problem
        line, = site.wait_until(lambda: [line for line in site.events("request.refused") if
                                         request_id(answer, api=True) in line], 60, "a line of the log")
        assert f"status={status} face=api proxy=127.0.0.1" in line and "10.9.8.7" not in line, line
    answer = talk(site.port, b"DELETE /api/v1/terms HTTP/1.1\r\n" + SITE + b"Connection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405 ") and b"\r\nAllow: GET" in answer
    assert request_id(answer, api=True)


def test_nothing_is_read_out_of_a_body(site):
    for body in (length(b"%d" % len(SECOND)) + b"\r\n" + SECOND,
                 coding(b"chunked") + b"\r\n%x\r\n" % len(SECOND) + SECOND + b"\r\n0\r\n\r\n"):
        answer = talk(site.port, POST + body + HELLO + b"Connection: close\r\n\r\n")
        assert answer.count(b"HTTP/1.1 ") == 2, answer
        assert answer.count(b"HTTP/1.1 200 ") == 1, answer


def test_who_ends_early_is_refused_and_who_has_sent_all_is_answered(site):
    assert talk(site.port, HELLO + b"\r\n", close=True).startswith(b"HTTP/1.1 200 ")
    for part in (HELLO, HELLO + b"X", POST + length(b"4") + b"\r\nabc", POST + coding(b"chunked") + b"\r\n3\r\nabc\r\n"):
        answer = talk(site.port, part, close=True)
        assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1 ") == 1, (part, answer)


def memory(process, what="VmRSS"):
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) * 1024
    raise AssertionError(what)


# limits.header_time and request_time of the daemon below, and what a loaded
# machine may take on top.
HEADER_TIME, REQUEST_TIME, GRACE = 8, 10, 60
SLOW = 2000


@pytest.fixture
def roomy(own, monkeypatch):
    """roomy(limits): room for all that come from one address here. What is
    freed is free, with sanitizers too."""
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1:allocator_release_to_os_interval_ms=0")

    def make(limits=""):
        daemon = own(f"limits:\n  per_address: 5000\n{limits}community_limits:\n  requests_per_second: off\n")
        daemon.extra += f"listen:\n  http: 127.0.0.1:{daemon.port}\n  trusted: [127.0.0.1]\n"
        return daemon

    return make


@pytest.fixture
def patient(roomy):
    """Started with as few descriptors as a shell gives."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= hard < 3 * SLOW and hard != resource.RLIM_INFINITY:
        pytest.skip(f"only {hard} descriptors")
    missiond = roomy(f"  header_time: {HEADER_TIME}s\n  request_time: {REQUEST_TIME}s\n")
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
        missiond.start().provision()
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        yield missiond
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Slow:
    """A visitor who sends, or reads, a byte a second."""

    def __init__(self, port, kind):
        self.kind = kind
        self.began = time.monotonic()
        self.ended = None
        self.socket = socket.socket()
        if kind == "reading":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", port))
        if kind == "body":
            self.socket.sendall(fresh(POST + length(b"1000") + b"\r\n"))
        elif kind == "reading":
            self.socket.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                self.socket.send((b"GET /api/v1/openapi.yaml HTTP/1.1\r\n" + SITE + b"\r\n") * 400)
        self.socket.setblocking(False)

    def step(self):
        """One byte, and whether the server has ended it."""
        try:
            if self.kind == "reading":
                if self.socket.recv(1) == b"":
                    raise ConnectionResetError
            else:
                self.socket.send(b"G" if self.kind == "head" else b" ")
                if self.socket.recv(65536) == b"":
                    raise ConnectionResetError
        except BlockingIOError:
            pass
        except (ConnectionResetError, BrokenPipeError):
            self.ended = time.monotonic()
            self.socket.close()


def test_two_thousand_slow_visitors_harm_nobody_and_are_ended(patient):
    slow, answers = [], []
    for i in range(SLOW):
        slow.append(Slow(patient.port, ("head", "body")[i % 2]))
        # Not as a crowd whose requests wait for their turn: that has its own limit.
        if i % 100 == 99:
            answers.append(patient.get("toulouse", "/login").status)
    while open_ones := [one for one in slow if one.ended is None]:
        began = time.monotonic()
        assert began - slow[-1].began < REQUEST_TIME + GRACE, f"{len(open_ones)} are still there"
        for one in open_ones:
            one.step()
        for path in ("/login", "/listings"):
            answers.append(patient.get("toulouse", path).status)
        time.sleep(max(0.0, 1 - (time.monotonic() - began)))
    # They were there at once: the last had come before the first was ended.
    assert slow[-1].began < min(one.ended for one in slow)
    assert set(answers) == {200} and len(answers) >= SLOW // 100 + 6
    assert not patient.events("accept.failed") and not patient.events("descriptors.few")


def established(port):
    """The server's ends of connections, as the kernel has them."""
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "01" for line in lines)


def test_who_reads_slowly_is_ended(patient):
    workers = [patient.process_of(f"worker-{i}") for i in (1, 2)]
    patient.wait_until(lambda: established(patient.port) == 0, 60, "nobody is there")
    before = sum(memory(one) for one in workers)
    slow = [Slow(patient.port, "reading") for _ in range(20)]
    assert established(patient.port) >= 20
    while established(patient.port) > 0:
        assert time.monotonic() - slow[-1].began < REQUEST_TIME + GRACE
        for one in slow:
            if one.ended is None:
                one.step()
        assert patient.get("toulouse", "/login").status == 200
        assert sum(memory(one) for one in workers) - before < 64 * 1024 * 1024
        time.sleep(0.5)
    for one in slow:
        one.socket.close()


# docs/architecture.md: what one upload may hold of a worker's memory.
UPLOAD_MEMORY = 1024 * 1024


def test_forty_large_uploads_stay_within_their_memory(patient):
    """Of the largest bodies that any route takes, all but a byte, at once; and
    forty that are larger than that, which are not read at all."""
    body = b"a" * (256 * 1024 - 1)
    workers = [patient.process_of(f"worker-{i}") for i in (1, 2)]
    assert patient.get("toulouse", "/login").status == 200
    before = sum(memory(one) for one in workers)
    with contextlib.ExitStack() as stack:
        for i in range(80):
            one = stack.enter_context(connect(patient.port))
            one.settimeout(5)
            if i % 2 == 0:
                one.sendall(b"POST /join HTTP/1.1\r\n" + SITE + b"X-Forwarded-For: 10.8.0.%d\r\n" % i
                            + length(b"%d" % (len(body) + 1)) + b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + body)
            else:
                with contextlib.suppress(ConnectionResetError, BrokenPipeError, TimeoutError):
                    one.sendall(b"POST /join HTTP/1.1\r\n" + SITE + length(b"20971520") + b"\r\n" + body * 80)
        assert patient.get("toulouse", "/login").status == 200
        grown = sum(memory(one) for one in workers) - before
    assert grown < 80 * UPLOAD_MEMORY, f"{grown >> 10} KiB"


# A quote is the character that grows most when it is shown: six bytes.
QUOTE, SHOWN = b'"', b"&quot;"
# form.h: what a form takes along of another.
KEPT = 80 * 1024
FORM, JSON = b"application/x-www-form-urlencoded", b"application/json"
# What the two threads of a worker hash with, as the harness sets it.
HASHING = 2 * 8 * 1024 * 1024


def wrong_forms():
    """Name, path, type and body of the largest forms that are shown again, how
    many quotes the page has and what else; and what programs send. LOGIN is a
    log-in with a wrong password, whose body is held while that is hashed;
    other pages' forms have no token."""
    carried = b"LOGIN&kept=/listings/new&kept.body="
    fits = KEPT - len(b"kept" b"/listings/new" b"kept.body")
    too_much = b"What you had written is too long to be kept here."
    part = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n'
    yield "all that travels along", b"/login", FORM, carried + QUOTE * fits, fits, b'name="kept"'
    yield "a byte more", b"/login", FORM, carried + QUOTE * (fits + 1), 0, too_much
    yield "much more", b"/login", FORM, carried + QUOTE * (271 * 1024), 0, too_much
    yield "nothing, often", b"/login", FORM, b"LOGIN" + b"&=" * (135 * 1024), 0, b'name="login"'
    yield "sent after a session", b"/listings/new", FORM, b"body=" + QUOTE * (64 * 1024 - 5), 64 * 1024 - 5, b'name="kept"'
    yield "a long field", b"/join", FORM, b"name=" + QUOTE * (255 * 1024), 160, b'name="name"'
    yield ("a long part", b"/join", b"multipart/form-data; boundary=x",
           part + QUOTE * (255 * 1024) + b"\r\n--x--\r\n", 160, b'name="name"')
    yield "a long value", b"/api/v1/members", JSON, b'{"name":"' + b"x" * (255 * 1024) + b'"}', 0, b"This is too long"
    yield "lists of lists", b"/api/v1/members", JSON, b'{"name":[' + b"[]," * (85 * 1024) + b"[]]}", 0, b"too many values"
    yield "an unknown name", b"/api/v1/members", JSON, b'{"' + "é".encode() * (127 * 1024) + b'":1}', 0, b"There is no such field"


def test_forty_wrong_forms_that_are_shown_again_stay_within_their_memory(roomy):
    """At once, each kind, sent and not read; what the worker held at most. One,
    which gets all of each kind: of two the most that each ever held would be
    added, though they held it at different times."""
    site = roomy("  request_time: 2m\n")
    site.extra += "workers: 1\n"
    site.start().provision()
    worker = site.process_of("worker-1")
    page = site.get("toulouse", "/login", host="toulouse.localhost")
    token = re.search('name="csrf" value="([^"]*)"', page.text)[1]
    login = f"csrf={token}&password=a wrong password&login=nobody-"
    head = (SITE + b"X-Forwarded-For: VISITOR\r\nSec-Fetch-Site: same-origin\r\nAccept-Language: en\r\n"
            b"Connection: close\r\nCookie: form=" + page.cookie("form").encode() + b"\r\n")
    assert site.get("toulouse", "/join").status == 200
    before = memory(worker) + HASHING
    # A sanitizer holds more than what it is asked for; tests/run runs this on
    # the release build too.
    limit = 40 * UPLOAD_MEMORY * (2 if site.events("confinement.off") else 1)
    for name, path, kind, sent, quotes, words in wrong_forms():
        with contextlib.ExitStack() as stack:
            visitors = [stack.enter_context(connect(site.port)) for _ in range(40)]
            for i, one in enumerate(visitors):
                body = sent.replace(b"LOGIN", f"{login}{i}".encode(), 1)
                one.sendall(fresh(b"POST " + path + b" HTTP/1.1\r\n" + head + b"Content-Type: " + kind + b"\r\n"
                                  + length(b"%d" % len(body)) + b"\r\n") + body)
            for one in visitors:
                assert one.recv(1, socket.MSG_PEEK) == b"H", name
            grown = memory(worker, "VmHWM") - before
            answers = [read_all(one) for one in visitors]
        for answer in answers:
            assert answer.startswith(b"HTTP/1.1 4"), answer[:300]
            assert answer.count(SHOWN) == quotes and words in answer, (name, answer.count(SHOWN), answer[:1000])
            assert (b"is wrong" in answer) == (b"LOGIN" in sent)
        print(f"{name}: {grown // 40 >> 10} KiB each at the most so far")
        assert grown < limit, name


def is_let_in(connection, request=HELLO + b"\r\n"):
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        connection.sendall(request)
        return connection.recv(1) == b"H"
    return False


def test_connections_are_limited_and_the_rest_closed_without_a_word(own):
    daemon = own("workers: 1\nlimits:\n  per_address: 5\n  connections: 12\n").start().provision()
    with contextlib.ExitStack() as stack:
        def come(source):
            return is_let_in(stack.enter_context(connect(daemon.port, source)))

        # Those of the harness have gone, or go now.
        daemon.wait_until(lambda: talk(daemon.port, HELLO + b"Connection: close\r\n\r\n", source="127.0.0.9"), 60, "room")
        assert [come("127.0.0.2") for _ in range(7)] == [True] * 5 + [False] * 2
        assert [come("127.0.0.3") for _ in range(5)] == [True] * 5
        assert [come("127.0.0.4") for _ in range(4)] == [True] * 2 + [False] * 2
    daemon.wait_until(lambda: talk(daemon.port, HELLO + b"Connection: close\r\n\r\n", source="127.0.0.4"), 60, "room again")


def test_only_configured_proxies_are_believed(own):
    daemon = own().start().provision()
    daemon.configuration.write_text(daemon.settings(
        f"listen:\n  http: 127.0.0.1:{daemon.port}\n  trusted: [127.0.0.2]\n"
        "limits:\n  per_address: 3\n"))
    daemon.ctl("reload")
    https = HELLO + b"X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"

    def secure(request, source):
        return b"Strict-Transport-Security" in talk(daemon.port, request, source=source)

    daemon.wait_until(lambda: secure(https, "127.0.0.2"), 60, "the proxy is believed")
    assert not secure(https, "127.0.0.3")
    daemon.configuration.write_text(daemon.configuration.read_text().replace(
        "  trusted:", "  proxy_protocol: true\n  trusted:"))
    daemon.ctl("reload")
    line = b"PROXY TCP4 192.0.2.1 192.0.2.2 4000 80\r\n"
    daemon.wait_until(lambda: talk(daemon.port, line + https, source="127.0.0.2").startswith(b"HTTP/1.1 200 "),
                      60, "PROXY lines are read")
    version2 = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([192, 0, 2, 1, 192, 0, 2, 2, 16, 0, 0, 80]))
    local = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"

    def answers(request, source):
        return talk(daemon.port, request, source=source)[:12]

    assert answers(version2 + https, "127.0.0.2") == b"HTTP/1.1 200"
    assert answers(local + https, "127.0.0.2") == b"HTTP/1.1 200"
    # A visitor's headers behind a PROXY line are the visitor's own.
    assert not secure(line + https, "127.0.0.2") and secure(local + https, "127.0.0.2")
    for broken in (https, b"PROXY TCP4 x y 1 2\r\n" + https, version2[:12] + b"\x31" + version2[13:] + https):
        assert answers(broken, "127.0.0.2") == b""
    # From anybody else a PROXY line is no HTTP.
    assert answers(line + https, "127.0.0.3") == b"HTTP/1.1 400"
    assert answers(version2 + https, "127.0.0.3") == b"HTTP/1.1 400"
    # The limit is the visitor's, not the proxy's (two workers, three each).
    with contextlib.ExitStack() as stack:
        def come(visitor):
            one = stack.enter_context(connect(daemon.port, "127.0.0.2"))
            return is_let_in(one, b"PROXY TCP4 %s 192.0.2.2 4000 80\r\n" % visitor + HELLO + b"\r\n")

        assert [come(b"192.0.2.50") for _ in range(12)].count(True) <= 6
        assert come(b"192.0.2.51")
