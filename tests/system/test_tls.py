"""TLS with SNI, reloaded without restart; redirect, ACME, security.txt."""
import contextlib
import datetime
import os
import pty
import select
import signal
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from harness import free_port, frozen


def certificate(folder, name, days, passphrase=None):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
            .sign(key, hashes.SHA256()))
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()))
    (folder / f"{name}.key").chmod(0o600)  # readable by the supervisor alone


def context():
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def served(port, name, version=None):
    """The serial number of the certificate that is served for a name."""
    tls = context()
    if version:
        tls.minimum_version = tls.maximum_version = version
    with socket.create_connection(("127.0.0.1", port), 10) as raw:
        with tls.wrap_socket(raw, server_hostname=name) as session:
            made = x509.load_der_x509_certificate(session.getpeercert(True))
            return made.subject.rfc4514_string(), made.serial_number


@pytest.fixture(scope="module")
def daemon():
    from harness import Missiond
    missiond = Missiond()
    missiond.tls_port = free_port()
    for slug in ("toulouse", "guild"):
        certificate(missiond.folder, f"{slug}.localhost", 30)
    (missiond.folder / "acme").mkdir()
    (missiond.folder / "acme" / "a-token_1").write_text("a-token_1.answer")
    missiond.extra = (
        f"listen:\n  http: 127.0.0.1:{missiond.port}\n  https: 127.0.0.1:{missiond.tls_port}\n"
        "certificates:\n" + "".join(
            f"  - domains: [{slug}.localhost]\n    certificate: {missiond.folder}/{slug}.localhost.pem\n"
            f"    key: {missiond.folder}/{slug}.localhost.key\n" for slug in ("toulouse", "guild"))
        + "security:\n  contact: ['mailto:security@example.org']\n")
    try:
        missiond.start().ctl("apply")
        missiond.wait_until(lambda: page(missiond, "toulouse").status == 200, 120, "pages over TLS")
        missiond.wait_until(lambda: page(missiond, "guild").status == 200, 120, "pages over TLS")
        yield missiond
    finally:
        missiond.close()


def page(missiond, slug, path="/", **options):
    return missiond.get(slug, path, port=missiond.tls_port, tls=context(), **options)


def test_the_certificate_follows_the_name(daemon):
    assert "toulouse.localhost" in served(daemon.tls_port, "toulouse.localhost")[0]
    assert "guild.localhost" in served(daemon.tls_port, "guild.localhost")[0]


def test_names_have_no_case(daemon):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        assert "guild.localhost" in served(daemon.tls_port, "GUILD.Localhost", version)[0]


def test_no_certificate_is_shown_to_who_names_no_site(daemon):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for name in ("unknown.localhost", "localhost", "sub.guild.localhost", None):
            with pytest.raises(ssl.SSLError, match="(?i)unrecognized.name"):
                served(daemon.tls_port, name, version)


def visit(daemon, tls, session=None):
    """A page; whether the session was resumed, and that of next time."""
    with socket.create_connection(("127.0.0.1", daemon.tls_port), 60) as raw:
        with tls.wrap_socket(raw, server_hostname="toulouse.localhost", session=session) as visitor:
            visitor.sendall(b"GET /login HTTP/1.1\r\nHost: toulouse.localhost\r\nConnection: close\r\n\r\n")
            answer = b""
            while piece := visitor.recv(65536):
                answer += piece
            assert answer.startswith(b"HTTP/1.1 200 "), answer[:200]
            return visitor.session_reused, visitor.session


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed_by_another_worker_and_by_its_successor(daemon, version):
    tls = context()
    tls.minimum_version = tls.maximum_version = version
    one, two = daemon.process_of("worker-1"), daemon.process_of("worker-2")
    with frozen(two):
        reused, session = visit(daemon, tls)
        assert not reused
    with frozen(one):
        reused, session = visit(daemon, tls, session)
        assert reused
        os.kill(two, signal.SIGKILL)
        daemon.wait_until(lambda: daemon.process_of("worker-2") not in (None, two), 120, "a successor")
        reused, session = visit(daemon, tls, session)
        assert reused
    # New certificates do not end sessions either.
    daemon.ctl("reload")
    assert visit(daemon, tls, session)[0]


def test_only_modern_versions(daemon):
    served(daemon.tls_port, "guild.localhost", ssl.TLSVersion.TLSv1_2)
    served(daemon.tls_port, "guild.localhost", ssl.TLSVersion.TLSv1_3)
    with pytest.raises(ssl.SSLError):
        served(daemon.tls_port, "guild.localhost", ssl.TLSVersion.TLSv1_1)


def test_pages_under_tls_have_hsts_and_host_cookies(daemon):
    answer = page(daemon, "toulouse", "/login")
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    for cookie in answer.headers.get_all("Set-Cookie") or []:
        assert cookie.startswith("__Host-") and "Secure" in cookie and "HttpOnly" in cookie


def test_plain_requests_are_redirected_but_for_acme(daemon):
    answer = daemon.get("toulouse", "/listings?kind=offer")
    assert answer.status == 301
    assert answer.headers["Location"] == f"https://toulouse.localhost:{daemon.tls_port}/listings?kind=offer"
    answer = daemon.request("toulouse", "POST", "/login?x=%41", "a=b")
    assert (answer.status, answer.headers["Location"]) == (
        308, f"https://toulouse.localhost:{daemon.tls_port}/login?x=%41")
    assert daemon.get("toulouse", "/", host="nowhere.example").status == 421
    assert daemon.get("toulouse", "/.well-known/acme-challenge/a-token_1").text == "a-token_1.answer"
    assert daemon.get("toulouse", "/.well-known/acme-challenge/none").status == 404
    # Only small files are challenges, and they are answered whole or not at all.
    acme = daemon.folder / "acme"
    (acme / "limit").write_bytes(b"x" * 4096)
    (acme / "above").write_bytes(b"x" * 4097)
    (acme / "link").symlink_to(acme / "limit")
    os.mkfifo(acme / "pipe")
    (acme / "folder").mkdir()
    assert daemon.get("toulouse", "/.well-known/acme-challenge/limit").body == b"x" * 4096
    for name, why in (("above", "larger than 4096 bytes"), ("link", "not a file"), ("pipe", "not a file"),
                      ("folder", "not a file")):
        assert daemon.get("toulouse", f"/.well-known/acme-challenge/{name}").status == 404
        told = [line for line in daemon.events("challenge.refused") if f"file={acme / name} " in line]
        assert len(told) == 1 and f'reason="{why}"' in told[0], told
    assert len(daemon.events("challenge.refused")) == 4
    for trick in ("..%2f..%2fmissiond.yaml", "../missiond.yaml", ".hidden"):
        assert daemon.get("toulouse", f"/.well-known/acme-challenge/{trick}").status in (400, 404)


def test_security_txt(daemon):
    answer = page(daemon, "toulouse", "/.well-known/security.txt")
    assert "Contact: mailto:security@example.org" in answer.text and "Expires: " in answer.text


def test_new_certificates_are_taken_over_without_losing_a_request(daemon):
    before = served(daemon.tls_port, "guild.localhost")[1]
    statuses, going = [], True

    def load():
        while going:
            statuses.append(page(daemon, "toulouse", "/listings").status)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        certificate(daemon.folder, "guild.localhost", 60)
        daemon.ctl("reload")
        daemon.wait_until(lambda: served(daemon.tls_port, "guild.localhost")[1] != before, 120, "the new one")
    finally:
        going = False
        for thread in threads:
            thread.join()
    assert len(statuses) >= 4 and set(statuses) == {200}


def test_a_broken_configuration_changes_nothing(daemon):
    good = daemon.configuration.read_text()
    before = served(daemon.tls_port, "guild.localhost")[1]
    try:
        daemon.configuration.write_text(good + "workerz: 2\n")
        done = daemon.ctl("reload", check=False)
        assert done.returncode == 1 and 'did you mean "workers"?' in done.stderr
        daemon.configuration.write_text(good)
        (daemon.folder / "guild.localhost.key").write_text("no key")
        done = daemon.ctl("reload", check=False)
        assert done.returncode == 1 and "guild.localhost" in done.stderr
    finally:
        daemon.configuration.write_text(good)
        certificate(daemon.folder, "guild.localhost", 90)
    assert served(daemon.tls_port, "guild.localhost")[1] == before
    assert page(daemon, "guild").status in (200, 303)
    daemon.ctl("reload")
    daemon.wait_until(lambda: served(daemon.tls_port, "guild.localhost")[1] != before, 120, "the mended one")


def test_a_key_with_a_passphrase_is_an_error_and_no_question(daemon):
    certificate(daemon.folder, "guild.localhost", 90, b"a passphrase")
    try:
        process, terminal = pty.fork()
        if process == 0:  # with a terminal on which one could ask
            os.execv(daemon.program, [daemon.program, "--check", "--config", daemon.configuration])
        said, end = b"", time.monotonic() + 120
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 1)[0]:
                if b"pass phrase" in said:
                    break
                continue
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break
            said += piece
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        assert b"pass phrase" not in said and b"certificate for guild.localhost" in said, said
        assert status == 2
    finally:
        certificate(daemon.folder, "guild.localhost", 90)


def test_one_certificate_may_be_for_all_other_names(daemon):
    good = daemon.configuration.read_text()
    key = f"    key: {daemon.folder}/guild.localhost.key\n"
    assert key in good
    try:
        daemon.configuration.write_text(good.replace(key, key + "    fallback: true\n"))
        daemon.ctl("reload")

        def shown():
            with contextlib.suppress(ssl.SSLError):
                return ["guild.localhost" in served(daemon.tls_port, name)[0]
                        for name in ("unknown.localhost", None)] == [True, True]

        daemon.wait_until(shown, 120, "the fallback is shown")
        assert "toulouse.localhost" in served(daemon.tls_port, "toulouse.localhost")[0]
    finally:
        daemon.configuration.write_text(good)
        daemon.ctl("reload")
    fallback = "    fallback: true\n"
    daemon.configuration.write_text(good.replace(key, key + fallback).replace(
        "toulouse.localhost.key\n", "toulouse.localhost.key\n" + fallback))
    try:
        done = daemon.ctl("reload", check=False)
        assert done.returncode == 1 and "more than one certificate is the fallback" in done.stderr
    finally:
        daemon.configuration.write_text(good)
