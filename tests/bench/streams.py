"""Event streams that are held open: browsers that look at a list."""
import contextlib
import selectors
import socket
import time


class Streams:
    def __init__(self, host, slug, count):
        self.host, self.count, self.sockets = host, count, []
        self.request = f"GET /events HTTP/1.1\r\nHost: {host.name(slug)}\r\n\r\n".encode()

    def open(self):
        """One after another: each has begun when the next asks."""
        for number in range(self.count):
            stream = socket.create_connection(("127.0.0.1", self.host.port), 60,
                                              (f"127.0.0.{2 + number % 16}", 0))
            self.sockets.append(stream)
            stream.sendall(self.request)
            greeting = b""
            while b"\n\n" not in greeting:
                data = stream.recv(4096)
                if not data:
                    raise RuntimeError(f"no stream: {greeting[:200]!r}")
                greeting += data
            if not greeting.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"no stream: {greeting[:200]!r}")

    def receive(self, seconds=60):
        """Until each had an event; how many had, and milliseconds from the first
        to the last of them."""
        waiting = selectors.DefaultSelector()
        for stream in self.sockets:
            waiting.register(stream, selectors.EVENT_READ)
        limit, first, told = time.monotonic() + seconds, 0, 0
        while told < self.count and time.monotonic() < limit:
            for key, _ in waiting.select(1):
                data = key.fileobj.recv(4096)
                if b"event: news\n" in data:
                    first = first or time.monotonic()
                    told += 1
                if b"event: news\n" in data or not data:
                    waiting.unregister(key.fileobj)
        waiting.close()
        return told, (time.monotonic() - first) * 1000

    def close(self):
        for stream in self.sockets:
            with contextlib.suppress(OSError):
                stream.close()
