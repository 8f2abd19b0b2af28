import contextlib

import pytest

from harness import Missiond


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
