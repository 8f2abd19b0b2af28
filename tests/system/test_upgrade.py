"""A data directory of a program before member_root is taken over."""
import hashlib
import json
import os
import signal
import subprocess
import time

import pytest

from harness import PASSWORD, Database, Missiond
from test_schema import numbered, statements

VERSION = 4
CHANGED = "this file was applied with another content (as 0003-listings.sql)"


class Host:
    def __init__(self):
        self.daemon = Missiond().start().provision()
        self.database = Database(self.daemon)

    def community(self, slug):
        (key, identity), = self.database.rows(
            f"SELECT `key`, id FROM missiond_control.community WHERE slug = '{slug}'")
        return f"community{key}", identity

    def columns(self, schema):
        found = {}
        for table, column in self.database.rows(
                "SELECT table_name, column_name FROM information_schema.columns"
                f" WHERE table_schema = '{schema}' ORDER BY ordinal_position"):
            found.setdefault(table, []).append(f"`{column}`")
        return found

    def fill(self, schema, source, tables):
        """Of what both have, but the places, whose rows had another meaning."""
        known = self.columns(source)
        for table, columns in self.columns(schema).items():
            if table in tables and table in known:
                names = ", ".join(columns)
                self.database.rows(f"INSERT INTO {schema}.{table} ({names}) SELECT {names} FROM {source}.{table}")

    def turn_back(self, slug):
        """As the files up to VERSION made it, with its rows and its ledger."""
        schema, identity = self.community(slug)
        run = self.database.rows
        files = numbered("tenant")[:VERSION]
        tables = sorted(set(self.columns(schema)) - {"member_root", "known_place"},
                        key=lambda table: (table != "member", table))
        run("CREATE DATABASE kept")
        for table in tables:
            run(f"CREATE TABLE kept.{table} AS SELECT * FROM {schema}.{table}")
        run(f"DROP DATABASE {schema};"
            f"CREATE DATABASE {schema} CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci")
        for path in files:
            script = path.read_text(encoding="utf-8")
            run(f"USE {schema};\nDELIMITER //\n" + "".join(f"{text}//\n" for text in statements(script)))
        for table in tables:
            self.fill(schema, "kept", {table})
        run("DROP DATABASE kept")
        run(f"DELETE FROM missiond_control.schema_migration WHERE community = '{identity}'")
        for number, path in enumerate(files, 1):
            text = path.read_text(encoding="utf-8")
            run("INSERT INTO missiond_control.schema_migration VALUES"
                f" ('{identity}', {number}, '{path.name}', UNHEX('{hashlib.sha256(text.encode()).hexdigest()}'),"
                f" {len(list(statements(text)))}, NOW(), NOW())")
        run(f"UPDATE missiond_control.community SET schema_version = {VERSION} WHERE slug = '{slug}'")

    def version(self, slug):
        return json.loads(self.daemon.ctl("show", slug, "--json").stdout)["schema_version"]


@pytest.fixture(scope="module")
def host():
    host = Host()
    try:
        yield host
    finally:
        host.daemon.close()


def test_a_member_from_before_logs_in(host):
    daemon = host.daemon
    founder = daemon.claim("toulouse")
    member = daemon.join("toulouse", "maria")
    listing = daemon.post_listing("toulouse", member, "A bicycle from before")
    host.turn_back("toulouse")
    schema, _ = host.community("toulouse")
    assert "member_root" not in host.columns(schema)
    assert host.database.rows(f"SELECT COUNT(*) FROM {schema}.member") == [["2"]]
    daemon.stop()
    daemon.start()
    # By each of the workers, which hear of it within a second.
    daemon.wait_until(lambda: all(daemon.get("toulouse", "/").status == 200 for _ in range(20)), 120,
                      "it is migrated")
    assert host.version("toulouse") == VERSION + 1
    # Who was logged in is, and who was not logs in, again from a known place.
    assert daemon.api("toulouse", "GET", "/account", token=founder).json["username"] == "founder"
    for _ in range(2):
        token = daemon.log_in("toulouse", "maria", PASSWORD)
    assert daemon.get("toulouse", f"/listings/{listing['id']}").status == 200
    assert "A bicycle from before" in daemon.get("toulouse", "/listings").text
    daemon.post_listing("toulouse", token, "And another")
    daemon.join("toulouse", "newcomer")
    assert host.database.rows(
        f"SELECT COUNT(*) FROM {schema}.member JOIN {schema}.member_root USING (id)") == [["3"]]


# Of a job's claim, and so of one statement of any other job.
LEASE = 30


def test_a_statement_may_take_longer_than_others(host):
    daemon = host.daemon
    host.turn_back("toulouse")
    schema, identity = host.community("toulouse")
    with subprocess.Popen(["mariadb", "--no-defaults", "-S", host.database.socket, "-N", "-B", "--unbuffered"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        holder.stdin.write(f"LOCK TABLES {schema}.member WRITE; SELECT 'held';\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "held\n"
        # Who looks for what is behind is a steward that starts.
        steward = daemon.process_of("steward")
        os.kill(steward, signal.SIGKILL)
        daemon.wait_until(lambda: host.database.rows(
            "SELECT info FROM information_schema.processlist WHERE info LIKE '%INTO member_root%'"
            " AND info NOT LIKE '%processlist%'"), 120, "the rows are asked for")
        time.sleep(LEASE + 5)
        holder.stdin.close()
        holder.wait(60)
    daemon.wait_until(lambda: host.version("toulouse") == VERSION + 1, 120, "it is migrated")
    assert host.database.rows(
        f"SELECT attempts FROM missiond_control.job WHERE community = '{identity}' AND kind = 'update'"
        " ORDER BY created_at DESC LIMIT 1") == [["1"]]


def test_what_was_made_of_other_files_is_in_maintenance_and_the_host_is_told(host):
    daemon = host.daemon
    host.turn_back("guild")
    _, identity = host.community("guild")
    host.database.rows("UPDATE missiond_control.schema_migration SET sha256 = REPEAT('x', 32)"
                       f" WHERE version = 3 AND community = '{identity}'")
    daemon.stop()
    daemon.start()
    told = daemon.wait_until(lambda: [line for line in daemon.events("job.delayed") if CHANGED in line], 60,
                             "the log says why")
    assert " community=guild " in told[0] and " kind=update " in told[0]
    answer = daemon.get("guild", "/")
    assert answer.status == 503
    assert daemon.get("guild", "/api/v1/community").status == 503
    assert host.version("guild") == VERSION
    # The other is served.
    assert daemon.get("toulouse", "/").status == 200
    jobs = daemon.ctl("jobs").stdout
    assert "guild" in jobs and CHANGED in jobs
