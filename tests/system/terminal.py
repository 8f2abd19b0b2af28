"""Commands on a terminal, as a person runs them, and what they leave behind."""
import contextlib
import fcntl
import os
import pathlib
import pty
import re
import signal
import subprocess
import termios
import threading
import time

# Only so that a defect ends the test: nothing is measured.
LIMIT = 600


def wait_until(condition, what):
    end = time.monotonic() + LIMIT
    while not (value := condition()):
        assert time.monotonic() < end, f"waited in vain: {what()}"
        time.sleep(0.05)
    return value


def take_terminal():
    """As a log-in does; these tests may run behind a shell's &, which has
    SIGINT ignored from there on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A command in the foreground of a terminal of its own."""

    def __init__(self, *command):
        self.keys, screen = pty.openpty()
        self.bytes = b""
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=screen, stdout=screen, stderr=screen,
            start_new_session=True, preexec_fn=take_terminal)
        os.close(screen)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        with contextlib.suppress(OSError):  # nobody has the terminal any more
            while data := os.read(self.keys, 4096):
                self.bytes += data

    @property
    def text(self):
        return self.bytes.decode(errors="replace").replace("\r\n", "\n")

    def wait_for(self, pattern):
        def shown():
            ended = self.process.poll() is not None
            found = re.search(pattern, self.text)
            assert found or not ended, f"it ended with {self.process.returncode}:\n{self.text}"
            return found
        return wait_until(shown, lambda: f"{pattern} in:\n{self.text}")

    def press_ctrl_c(self):
        """What the terminal makes of it: SIGINT to the foreground group."""
        os.write(self.keys, b"\x03")

    def end(self):
        """The exit status; what was printed is complete then."""
        try:
            status = self.process.wait(LIMIT)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.reader.join(LIMIT)
        os.close(self.keys)
        return status


def processes():
    """{(pid, when it started): parent} of all that have not ended."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                values = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                if values[0] not in "ZX":
                    found[int(entry.name), values[19]] = int(values[1])
    return found


def family(pid):
    """The process and all below it."""
    found, alive = set(), processes()
    wanted = {pid}
    while wanted:
        members = {key for key, parent in alive.items() if (key[0] in wanted or parent in wanted)} - found
        found |= members
        wanted = {key[0] for key in members}
    return found


def names_of(found):
    names = []
    for pid, _ in found:
        with contextlib.suppress(OSError):
            names.append(pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode())
    return names


def left_over(data, known=()):
    """Command lines of processes that work below the data folder, or are still
    there of those that were known."""
    found = processes().keys() & set(known)
    for pid, started in processes():
        with contextlib.suppress(OSError):
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            place = os.readlink(f"/proc/{pid}/cwd")
            if pid != os.getpid() and (str(data).encode() in words or place.startswith(str(data))):
                found.add((pid, started))
    return names_of(found)
