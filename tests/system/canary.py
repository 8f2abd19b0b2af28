"""Clients that ask many communities at once and look in every answer for the
words of another one: each community's texts carry a canary of its own."""
import asyncio
import json
import random
import re
import secrets
import time

CANARY = re.compile(rb"canary[0-9a-f]{16}")


def word():
    return "canary" + secrets.token_hex(8)


class Figures:
    def __init__(self):
        self.answers = {}
        self.cancelled = self.broken = self.late = 0
        self.foreign = []
        self.missing = []
        self.failed = []

    @property
    def answered(self):
        return sum(self.answers.values())

    def __str__(self):
        return (f"{self.answered} answers {dict(sorted(self.answers.items()))}, {self.cancelled} given up, {self.late} too late, "
                f"{self.broken} connections lost, {len(self.foreign)} with a foreign canary")


class Community:
    """What the clients know of one: its canary and what can be asked for."""

    def __init__(self, slug, canary, token, paths):
        self.slug, self.canary, self.token, self.paths = slug, canary.encode(), token, list(paths)


async def read_answer(reader):
    """Status, head and body; the body's length must be known."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    body = await reader.readexactly(int(length.group(1))) if length else b""
    return int(head[9:12]), head, body


class Client:
    """One connection after another, to whatever community comes next."""

    def __init__(self, port, communities, figures, chance=None, cancels=0.0, writes=0.0, strict=False,
                 request_time=None):
        self.port, self.communities, self.figures = port, communities, figures
        self.request_time = request_time  # of the daemon, in seconds
        self.random = chance or random.Random()
        self.cancels, self.writes, self.strict = cancels, writes, strict
        self.stream = None
        # Limits of rate count by address.
        self.address = f"127.{self.random.randrange(1, 250)}.{self.random.randrange(250)}.{self.random.randrange(1, 250)}"

    def ask(self, community):
        host = f"Host: {community.slug}.localhost:{self.port}\r\n"
        bearer = f"Authorization: Bearer {community.token}\r\n"
        if self.random.random() < self.writes:
            body = json.dumps({"kind": "offer", "category": "other", "exchange": "nothing",
                               "title": f"More {community.canary.decode()}", "body": "Words."})
            return (f"POST /api/v1/listings HTTP/1.1\r\n{host}{bearer}Content-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n{body}").encode(), "POST /api/v1/listings"
        path = self.random.choice(community.paths)
        return f"GET {path} HTTP/1.1\r\n{host}{bearer if path.startswith('/api') else ''}\r\n".encode(), f"GET {path}"

    def judge(self, community, what, status, head, body):
        figures = self.figures
        figures.answers[status] = figures.answers.get(status, 0) + 1
        found = set(CANARY.findall(head + body))
        if found - {community.canary}:
            figures.foreign.append((community.slug, what, status, sorted(found)))
        if status == 200 and community.canary not in found:
            figures.missing.append((community.slug, what))
        if status >= 300:
            figures.failed.append((community.slug, what, status, b"" if status in (429, 503) else body[:300]))

    async def hang_up(self):
        if self.stream is not None:
            self.stream[1].transport.abort()
        self.stream = None

    async def once(self):
        community = self.random.choice(self.communities)
        request, what = self.ask(community)
        give_up = self.random.random() < self.cancels
        try:
            if self.stream is None:
                self.stream = await asyncio.open_connection(
                    "127.0.0.1", self.port, local_addr=(self.address, 0))
            reader, writer = self.stream
            began = time.monotonic()
            writer.write(request)
            if give_up:
                await asyncio.sleep(self.random.random() * 0.02)
                self.figures.cancelled += 1
                return await self.hang_up()
            status, head, body = await asyncio.wait_for(read_answer(reader), 120)
            self.judge(community, what, status, head, body)
            if status == 503 and self.request_time and time.monotonic() - began >= self.request_time:
                self.figures.late += 1
            if b"\r\nconnection: close" in head.lower():
                await self.hang_up()
        except (OSError, asyncio.IncompleteReadError) as error:
            self.figures.broken += 1
            if self.strict:
                self.figures.failed.append((community.slug, what, repr(error)))
            await self.hang_up()
            await asyncio.sleep(0.01)

    async def run(self, enough):
        while not enough():
            await self.once()
        await self.hang_up()


async def run_clients(count, enough, *arguments, **options):
    await asyncio.gather(*(Client(*arguments, **options).run(enough) for _ in range(count)))
