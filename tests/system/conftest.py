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
