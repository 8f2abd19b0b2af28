import contextlib
import os
import shutil
import tempfile

import pytest

from harness import Missiond


def pytest_configure(config):
    """The process that starts the others makes the folder of empty_data() and removes it."""
    if hasattr(config, "workerinput"):
        return
    folder = tempfile.mkdtemp(prefix="missiond-empty-")
    os.environ["MISSIOND_EMPTY_DATA"] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


# Files that take longest, for the processes that run them side by side: one that began last would be
# waited for by all others.
LONG = ("test_fairness.py", "test_selftest.py", "test_processes.py", "test_events.py",
        "test_outside_database.py", "test_files.py", "test_commits.py", "test_warm.py", "test_mail.py",
        "test_throttle.py", "test_faults.py", "test_upgrade.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(scope="module")
def site():
    """Two communities for a file's tests that leave the processes alone. All of a file's requests
    come from one address, whose tries of passwords and joins are limited: hence one for each file."""
    with contextlib.closing(Missiond()) as missiond:
        yield missiond.start().provision()


def pytest_terminal_summary(terminalreporter):
    """A line for each test that was skipped; tests/run counts them."""
    for report in terminalreporter.getreports("skipped"):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        terminalreporter.write_line(f"skipped {report.nodeid}: {reason}")


@pytest.fixture
def own():
    """A missiond of the test's own: own(settings, files) makes and returns it,
    not started."""
    made = []

    def make(*arguments, **options):
        made.append(Missiond(*arguments, **options))
        return made[-1]

    yield make
    for missiond in made:
        missiond.close()
