"""Schemas made ahead, as missiond itself keeps them."""
import json

import pytest

from harness import TOULOUSE, Database, Missiond
from test_faults import Points, kill_at, steps


class Pool:
    def __init__(self, daemon):
        self.daemon = daemon
        self.database = Database(daemon)

    def write(self, name):
        (self.daemon.tenants / f"{name}.yaml").write_text(TOULOUSE.replace("toulouse", name))

    def want(self, count):
        self.daemon.configuration.write_text(self.daemon.settings(f"database:\n  schemas_ahead: {count}\n"))
        # Its answer is lost where the steward is killed at once.
        self.daemon.ctl("reload", check=False)

    def status(self):
        return json.loads(self.daemon.ctl("status", "--json", check=False).stdout or "{\"schemas_ahead\":null}")

    def wait_for(self, count):
        self.daemon.wait_until(
            lambda: self.status()["schemas_ahead"] == count == len(self.ahead()) and self.jobs_are_over(),
            120, f"{count} schemas are ahead")

    def jobs_are_over(self):
        return not self.database.rows("SELECT id FROM missiond_control.job WHERE state <> 'done'")

    def ahead(self):
        return {key for key, in self.database.rows("SELECT `key` FROM missiond_control.warm_schema")}

    def communities(self):
        return dict(self.database.rows("SELECT slug, `key` FROM missiond_control.community"))

    def check(self):
        """Each schema and account is one community's, or of one to come; rights only there."""
        keys = sorted(self.ahead() | set(self.communities().values()))
        assert len(keys) == len(self.ahead()) + len(self.communities())
        assert sorted(self.database.rows(
            "SELECT SUBSTR(schema_name, 10) FROM information_schema.schemata"
            " WHERE schema_name LIKE 'community%'")) == [[key] for key in keys]
        assert sorted(self.database.rows(
            "SELECT SUBSTR(user, 10) FROM mysql.global_priv WHERE user LIKE 'community%'")) == [[key] for key in keys]
        for key in keys:
            _, grant = self.database.rows(f"SHOW GRANTS FOR community{key}")
            assert grant[0].startswith(f"GRANT SELECT, INSERT, UPDATE, DELETE ON `community{key}`.* TO ")
        drift = self.daemon.ctl("drift", check=False)
        assert drift.returncode == 0, drift.stdout


@pytest.fixture(scope="module")
def pool():
    daemon = Missiond("database:\n  schemas_ahead: 2\n", files=())
    points = Points(daemon.folder)
    daemon.environment = {"MISSIOND_FAULTS": str(points.path)}
    try:
        pool = Pool(daemon.start())
        pool.points = points
        yield pool
    finally:
        daemon.close()


def test_a_new_community_takes_one_and_another_is_made(pool):
    pool.wait_for(2)
    ahead = pool.ahead()
    pool.check()
    pool.points.passed.clear()
    pool.write("first")
    pool.daemon.ctl("apply")
    assert pool.daemon.get("first", "/").status == 200
    assert pool.communities()["first"] in ahead
    assert not {"provision:1:before", "provision:2:before"} & pool.points.passed
    assert pool.daemon.claim("first")
    pool.wait_for(2)
    assert "schemas made ahead: 2 of 2" in pool.daemon.ctl("status").stdout
    pool.check()
    pool.write("second")
    pool.daemon.ctl("apply")
    assert pool.daemon.get("second", "/").status == 200


def test_the_selftest_attacks_one(pool):
    # Its own two communities take two.
    pool.want(3)
    pool.wait_for(3)
    done = pool.daemon.ctl("selftest", "isolation", "--json", check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    pairs = {(attempt["community"], attempt["other"]) for attempt in json.loads(done.stdout)["attempts"]}
    assert {("selftest-a", "made-ahead"), ("made-ahead", "selftest-a")} <= pairs
    pool.want(2)
    pool.wait_for(2)
    pool.daemon.wait_until(pool.jobs_are_over, 120, "all jobs are over")
    pool.check()


def test_more_communities_than_there_are_schemas(pool):
    pool.wait_for(2)
    for number in range(5):
        pool.write(f"many{number}")
    pool.daemon.ctl("apply")
    for number in range(5):
        assert pool.daemon.get(f"many{number}", "/").status == 200
    pool.wait_for(2)
    pool.check()


@pytest.mark.parametrize("kind", ["warm", "provision", "cool"])
def test_the_steward_is_killed_at_every_step(pool, kind):
    begin, count, ended = {
        "warm": (lambda: pool.want(3), 5, lambda: pool.wait_for(3) or True),
        "provision": (lambda: (pool.write("killed"), pool.daemon.ctl("apply", "--no-wait")), 5,
                      lambda: pool.daemon.get("killed", "/").status == 200),
        "cool": (lambda: pool.want(0), 3, lambda: pool.wait_for(0) or True),
    }[kind]
    points = steps(kind, count)
    if kind == "provision":
        pool.wait_for(3)
        # Who takes it over begins with the tables, to look whether they are the newest.
        points = points[4:]
    kill_at(pool, points, begin, ended)
    pool.daemon.wait_until(pool.jobs_are_over, 120, "all jobs are over")
    pool.check()


def test_none_is_made_where_none_is_wanted(pool):
    assert not pool.ahead()
    pool.write("cold")
    pool.points.passed.clear()
    pool.daemon.ctl("apply")
    assert pool.daemon.get("cold", "/").status == 200
    assert "provision:1:before" in pool.points.passed
    # Longer than it takes until one would be made.
    pool.daemon.stop()
    pool.daemon.extra = "database:\n  schemas_ahead: 0\n"
    pool.daemon.start()
    with pytest.raises(AssertionError, match="waited"):
        pool.daemon.wait_until(lambda: "warm:1:before" in pool.points.passed, 5, "one is made")
    assert not pool.ahead()
    pool.check()


def test_drift_tells_when_one_is_lost(pool):
    pool.want(1)
    pool.wait_for(1)
    key, = pool.ahead()
    pool.database.rows(f"DROP DATABASE community{key}")
    drift = pool.daemon.ctl("drift", check=False)
    assert drift.returncode == 5 and f"community{key}: made ahead, and its schema is missing" in drift.stdout
