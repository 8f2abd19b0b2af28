"""The data map against the real schemas (P2), built in a private server with
4 KiB pages by the accounts that build them in earnest."""
import pathlib
import re
import shutil
import subprocess
import time

import pymysql
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "schema"
TENANT = "community" + "0" * 26
# Made by all numbered files, as a community that has been there for long.
NUMBERED = "community" + "1" * 26
BEGUN = "community" + "2" * 26
RULES = ("category", "purpose", "retention", "export", "erasure")


def statements(script):
    """A script cut as schema/migrate.c does: at ';' or, after DELIMITER //,
    at '//' at a line's end."""
    mark, lines = ";", []
    for line in script.splitlines():
        if line.startswith("DELIMITER "):
            mark = line.split()[1]
        elif line.strip().startswith("--"):
            continue
        elif line.rstrip().endswith(mark):
            lines.append(line.rstrip()[:-len(mark)])
            yield "\n".join(lines)
            lines = []
        else:
            lines.append(line)
    assert not "".join(lines).strip(), lines


class Server:
    def __init__(self, folder):
        self.folder = folder
        self.socket = str(folder / "socket")

    def start(self):
        subprocess.run(
            ["mariadb-install-db", "--no-defaults",
             f"--datadir={self.folder}/data", "--innodb-page-size=4096",
             "--auth-root-authentication-method=normal", "--skip-test-db",
             "--user=root"], check=True, capture_output=True)
        self.process = subprocess.Popen(
            ["mariadbd", "--no-defaults", "--user=root",
             f"--datadir={self.folder}/data", f"--socket={self.socket}",
             f"--log-error={self.folder}/log", "--skip-networking",
             "--innodb-page-size=4096", "--innodb-buffer-pool-size=16M"])
        for _ in range(1200):
            try:
                return self.connect("root", "")
            except pymysql.err.OperationalError:
                time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text())

    def connect(self, user, password, database=None):
        return pymysql.connect(unix_socket=self.socket, user=user,
                               password=password, database=database,
                               autocommit=True)

    def stop(self):
        self.process.terminate()
        self.process.wait(120)


def run(connection, script):
    with connection.cursor() as cursor:
        for statement in statements(script):
            cursor.execute(statement)


def numbered(name):
    files = sorted((SCHEMA / name).glob("[0-9]*.sql"))
    assert files
    return files


def run_numbered(connection, rows, name):
    """`rows` moves rows, as schema/migrate.c has them moved by another account."""
    for path in numbered(name):
        for statement in statements(path.read_text(encoding="utf-8")):
            moves = re.match(r"\s*(INSERT|UPDATE|DELETE)\b", statement)
            with (rows if moves else connection).cursor() as cursor:
                cursor.execute(statement)


def baseline():
    path, = (SCHEMA / "tenant").glob("baseline-*.sql")
    version = int(re.fullmatch(r"baseline-(\d{4})", path.stem)[1])
    return list(statements(path.read_text(encoding="utf-8"))), numbered("tenant")[version:]


def shape(connection, schema):
    """All of a schema's tables and triggers, as the server tells them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", schema)
        found = {}
        for table, in cursor.fetchall():
            cursor.execute(f"SHOW CREATE TABLE {schema}.{table}")
            found[table] = cursor.fetchone()[1]
        cursor.execute("SELECT trigger_name, event_manipulation, event_object_table, action_timing,"
                       " action_statement, definer, sql_mode FROM information_schema.triggers"
                       " WHERE trigger_schema = %s", schema)
        return found, sorted(cursor.fetchall())


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("schema"))
    connection = server.start()
    try:
        bootstrap = (SCHEMA / "bootstrap.sql").read_text(encoding="utf-8")
        run(connection, re.sub(r"\{\{(\w+)_password\}\}", r"\1", bootstrap))
        steward = server.connect("missiond_steward", "steward")
        for schema in (TENANT, NUMBERED):
            with steward.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {schema}")
        # Twice: a killed migration runs its last statement again.
        for name, database in (("control", "missiond_control"),
                               ("tenant", NUMBERED)) * 2:
            steward.select_db(database)
            connection.select_db(database)
            run_numbered(steward, steward if name == "control" else connection, name)
        steward.select_db(TENANT)
        first, above = baseline()
        with steward.cursor() as cursor:
            for statement in first:
                cursor.execute(statement)
        for path in above:
            run(steward, path.read_text(encoding="utf-8"))
        connection.steward = steward
        yield connection
    finally:
        server.stop()
        shutil.rmtree(server.folder)


@pytest.fixture(scope="module")
def data_map():
    return yaml.safe_load(
        (SCHEMA / "data-map.yaml").read_text(encoding="utf-8"))


PARTS = {"tenant": TENANT, "control": "missiond_control"}


def test_the_baseline_makes_what_the_numbered_files_make(root):
    tables, triggers = shape(root, TENANT)
    assert len(tables) > 10 and triggers
    assert (tables, triggers) == shape(root, NUMBERED)


def test_the_numbered_files_finish_what_the_baseline_began(root):
    """Killed before it was recorded, after each of its statements."""
    expected = shape(root, TENANT)
    steward = root.steward
    first, _ = baseline()
    for count in range(len(first) + 1):
        with steward.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {BEGUN}")
        steward.select_db(BEGUN)
        root.select_db(BEGUN)
        with steward.cursor() as cursor:
            for statement in first[:count]:
                cursor.execute(statement)
        run_numbered(steward, root, "tenant")
        assert shape(root, BEGUN) == expected, count
        with steward.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {BEGUN}")


def real_columns(root, schema):
    with root.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = %s", schema)
        return set(cursor.fetchall())


def entries(data_map, part):
    """(table, column) → the five rules, defaults filled in."""
    return {(table, column): {**text.get("defaults", {}), **rules}
            for table, text in data_map[part].items()
            for column, rules in text["columns"].items()}


@pytest.mark.parametrize("part", PARTS)
def test_every_column_has_an_entry(root, data_map, part):
    missing = real_columns(root, PARTS[part]) - entries(data_map, part).keys()
    assert not missing, f"not in schema/data-map.yaml: {sorted(missing)}"


@pytest.mark.parametrize("part", PARTS)
def test_every_entry_has_a_column(root, data_map, part):
    extra = entries(data_map, part).keys() - real_columns(root, PARTS[part])
    assert not extra, f"no such column: {sorted(extra)}"


@pytest.mark.parametrize("part", PARTS)
def test_rules_are_whole_and_of_known_words(data_map, part):
    for where, rules in entries(data_map, part).items():
        assert set(rules) == set(RULES), where
        for rule in RULES:
            assert rules[rule] in data_map["words"][rule], (where, rule)
    for table, text in data_map[part].items():
        assert set(text) == {"defaults", "columns"}, table
        assert "category" not in text["defaults"], \
            f"{table}: each column says its own category"


def test_every_word_is_used_and_explained(data_map):
    assert set(data_map["words"]) == set(RULES)
    used = {(rule, rules[rule]) for part in PARTS
            for rules in entries(data_map, part).values() for rule in RULES}
    for rule, words in data_map["words"].items():
        for word, meaning in words.items():
            assert (rule, word) in used, f"{rule}: {word} is never used"
            assert isinstance(meaning, str) and meaning, word


def test_what_goes_with_the_member_does(root, data_map):
    """`erasure: remove` is kept by the schema itself."""
    with root.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM"
            " information_schema.referential_constraints"
            " WHERE constraint_schema = %s AND delete_rule = 'CASCADE'"
            " AND referenced_table_name = 'member_root'", TENANT)
        cascading = {row[0] for row in cursor.fetchall()} | {"member_root"}
    removed = {table for (table, _), rules
               in entries(data_map, "tenant").items()
               if rules["erasure"] == "remove"}
    assert removed == cascading


def test_credentials_are_in_no_export(data_map):
    for part in PARTS:
        for where, rules in entries(data_map, part).items():
            if rules["category"] == "credential":
                assert rules["export"] == "never", where
    assert entries(data_map, "tenant")["member_password", "phc"][
        "category"] == "credential"


def test_every_table_has_a_primary_key(root):
    """Galera wants one."""
    with root.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " AS t WHERE table_schema IN %s AND table_type = 'BASE TABLE'"
            " AND NOT EXISTS (SELECT 1 FROM"
            " information_schema.table_constraints AS c WHERE"
            " c.table_schema = t.table_schema AND c.table_name ="
            " t.table_name AND constraint_type = 'PRIMARY KEY')",
            (list(PARTS.values()),))
        assert not cursor.fetchall()


def test_texts_have_one_collation(root):
    with root.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT collation_name FROM information_schema.columns"
            " WHERE table_schema IN %s AND collation_name IS NOT NULL",
            (list(PARTS.values()),))
        assert {row[0] for row in cursor.fetchall()} == {
            "utf8mb4_uca1400_ai_ci", "ascii_bin"}


def test_workers_see_of_the_control_schema_what_stands_here(root):
    """All of it, and what they may run; also what is added to it later."""
    with root.cursor() as cursor:
        cursor.execute("SELECT CONCAT(table_name, '.', column_name) FROM information_schema.columns"
                       " WHERE table_schema = 'missiond_registry'")
        assert {name for name, in cursor.fetchall()} == {
            "domain.domain", "domain.community",
            *(f"community.{name}" for name in (
                "id", "slug", "key", "state", "generation", "schema_version", "cluster", "configuration")),
            *(f"community_state.{name}" for name in (
                "community", "epoch", "settings_epoch", "mail_epoch", "moved_at", "due_at"))}
        cursor.execute("SELECT routine_name FROM information_schema.routines WHERE routine_schema = 'missiond_registry'")
        assert sorted(name for name, in cursor.fetchall()) == ["community_mail_seen", "community_moved"]
        cursor.execute("SHOW GRANTS FOR missiond_registry")
        assert sorted(re.sub(" IDENTIFIED BY .*", "", grant) for grant, in cursor.fetchall()) == [
            "GRANT SELECT, EXECUTE ON `missiond_registry`.* TO `missiond_registry`@`%`",
            "GRANT USAGE ON *.* TO `missiond_registry`@`%`"]
