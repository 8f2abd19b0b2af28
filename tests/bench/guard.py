#!/usr/bin/python3
"""Cleans up after the benchmark, however it ends: it reads what was started and
made from its standard input and, when that ends because the benchmark has
ended or was killed, ends the processes and removes the folders.

Lines: "process PID" (end it), "gone PID" (it has ended), "folder PATH"."""
import os
import pathlib
import shutil
import signal
import sys
import time

PATIENCE = 60  # seconds until a process that should end is killed


def started(pid):
    """When the process was started; None when there is none. With it a number
    that went to another process meanwhile is not mistaken for ours."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rsplit(")", 1)[1].split()
    return None if fields[0] == "Z" else fields[19]


def end(processes):
    for pid, since in processes.items():
        if since is not None and started(pid) == since:
            os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    for pid, since in processes.items():
        while since is not None and started(pid) == since:
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
                break
            time.sleep(0.05)


def main():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    processes, folders = {}, []
    for line in sys.stdin:
        word, rest = line.rstrip("\n").split(" ", 1)
        if word == "process":
            processes[int(rest)] = started(int(rest))
        elif word == "gone":
            processes.pop(int(rest), None)
        elif word == "folder":
            folders.append(rest)
    # The last started is the first to end: missiond before its database.
    end(dict(reversed(processes.items())))
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


main()
