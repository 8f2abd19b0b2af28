import pytest

from harness import Missiond


@pytest.fixture(scope="session")
def site():
    """Two communities for tests that leave the processes alone."""
    missiond = Missiond()
    try:
        yield missiond.start().provision()
    finally:
        missiond.close()


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
