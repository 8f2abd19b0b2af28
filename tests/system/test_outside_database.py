"""An outside MariaDB, as the host's guide says: bootstrap-sql is piped into it
once (twice does no harm), then missiond works with it and starts none."""
import pathlib
import shutil
import subprocess
import tempfile
import time

import pytest


@pytest.fixture
def server():
    """A MariaDB with a Unix socket, root over that socket, and no anonymous
    account; its folder."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="missiond-outside-"))
    folder.chmod(0o755)
    subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={folder}/data",
                    "--auth-root-authentication-method=normal", "--skip-test-db", "--user=root"],
                   check=True, capture_output=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["mariadbd", "--no-defaults", "--user=root", f"--datadir={folder}/data",
             f"--socket={folder}/server.sock", "--skip-networking",
             "--transaction-isolation=READ-COMMITTED"], stdout=log, stderr=log)
    try:
        end = time.monotonic() + 60
        while sql(folder, "SELECT 1", check=False).returncode != 0:
            assert time.monotonic() < end, (folder / "log").read_text()[-2000:]
            time.sleep(0.1)
        sql(folder, "DELETE FROM mysql.global_priv WHERE User = ''; FLUSH PRIVILEGES")
        yield folder
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def sql(folder, text, check=True):
    return subprocess.run(["mariadb", "--no-defaults", "-S", folder / "server.sock", "-u", "root", "-N"],
                          input=text, text=True, capture_output=True, check=check)


def test_missiond_works_with_a_server_that_bootstrap_sql_prepared(own, server):
    missiond = own(f"database:\n  private_server: false\n  socket: {server}/server.sock\n")
    missiond.configuration.write_text(missiond.settings())
    for _ in range(2):
        printed = subprocess.run([missiond.program, "--config", missiond.configuration, "bootstrap-sql"],
                                 check=True, capture_output=True, text=True).stdout
        sql(server, printed)
    missiond.start().provision()
    assert missiond.process_of("mariadbd") is None
    schemas = sql(server, "SHOW DATABASES LIKE 'community%'").stdout.split()
    assert len(schemas) == 2
    # Nobody but root and the locked definer may make accounts.
    makers = sql(server, "SELECT DISTINCT GRANTEE FROM information_schema.USER_PRIVILEGES "
                         "WHERE PRIVILEGE_TYPE = 'CREATE USER'").stdout
    assert "'missiond_definer'@'localhost'" in makers
    assert "steward" not in makers and "registry" not in makers and "community" not in makers
    assert missiond.claim("guild")
    assert missiond.stop() == 0
