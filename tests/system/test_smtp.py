"""Mail against a real SMTP server: python3-aiosmtpd with STARTTLS and AUTH."""
import email
import email.policy
import json
import os
import socket
import ssl
import subprocess
import threading
import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

PLAIN, TRY, STARTTLS, TLS = range(4)

SUBJECT = "Bienvenue à l’Échange — « votre lien » : " + "très long " * 12
BODY = ("Bonjour Zoé,\n\n.une ligne qui commence par un point\n..\n.\n"
        "From the start = signs, trailing space \n" + "é" * 300 + "\n€ 😀\n")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A private CA's certificate for localhost, and another CA."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("server", "other"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem",
             "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost"],
            check=True, capture_output=True)
    return folder


class Handler:
    """Keeps what it got; answers by recipient."""

    def __init__(self):
        self.messages = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("unknown"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later"):
            return "451 4.7.1 greylisted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith("spam"):
            return "554 5.7.1 refused content"
        self.messages.append(envelope)
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and \
        (data.login, data.password) == (b"courier", b"s3cret p\xc3\xa4ss")
    return AuthResult(success=good, handled=False)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(request, certificate):
    """Parameters: dict with tls ("starttls", "smtps", None) and auth."""
    options = request.param
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "server.pem",
                            certificate / "server.key")
    arguments = {}
    if options.get("tls") == "starttls":
        arguments.update(tls_context=context, require_starttls=True)
    if options.get("tls") == "smtps":
        arguments.update(ssl_context=context)
    if options.get("auth"):
        arguments.update(authenticator=authenticate, auth_required=True)
    controller = Controller(Handler(), hostname="127.0.0.1", port=free_port(),
                            server_hostname="localhost", **arguments)
    controller.start()
    yield controller
    controller.stop()


def send(port, **changes):
    order = {"host": "localhost", "port": port, "security": PLAIN,
             "limit": 5000, "stop": 0, "from": "no-reply@example.org",
             "from_name": "Échange, de Toulouse", "to": "zoe@example.org",
             "to_name": "Zoé \"Z\" Durand", "subject": SUBJECT, "body": BODY,
             **changes}
    order = {key: str(value) if key == "ca_file" else value
             for key, value in order.items()}
    result = subprocess.run([os.environ["MAIL_SEND"]], input=json.dumps(order),
                            capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    outcome, code, ticks, why = result.stdout.split(" ", 3)
    return outcome, int(code), int(ticks), why.strip()


def server_with(**options):
    return pytest.mark.parametrize("server", [options], indirect=True)


@server_with()
def test_message_arrives_as_written(server):
    assert send(server.port)[0] == "delivered"
    envelope, = server.handler.messages
    assert envelope.mail_from == "no-reply@example.org"
    assert envelope.rcpt_tos == ["zoe@example.org"]
    message = email.message_from_bytes(envelope.content,
                                       policy=email.policy.default)
    assert not message.defects
    assert message["subject"] == SUBJECT
    assert message["from"].addresses[0].display_name == "Échange, de Toulouse"
    assert message["to"].addresses[0].display_name == 'Zoé "Z" Durand'
    assert message["to"].addresses[0].addr_spec == "zoe@example.org"
    assert message["auto-submitted"] == "auto-generated"
    assert message["message-id"].endswith("@example.org>")
    assert abs(message["date"].datetime.timestamp() - time.time()) < 60
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == BODY
    assert max(map(len, envelope.content.split(b"\r\n"))) <= 76


@server_with(tls="starttls", auth=True)
def test_starttls_and_log_in(server, certificate):
    outcome = send(server.port, security=STARTTLS, user="courier",
                   password="s3cret päss",
                   ca_file=certificate / "server.pem")
    assert outcome[0] == "delivered", outcome
    assert len(server.handler.messages) == 1


@server_with(tls="smtps")
def test_tls_from_the_first_byte(server, certificate):
    outcome = send(server.port, security=TLS,
                   ca_file=certificate / "server.pem")
    assert outcome[0] == "delivered", outcome


@server_with(tls="starttls")
def test_tls_when_offered(server):
    assert send(server.port, security=TRY)[0] == "delivered"


@server_with()
def test_no_tls_when_not_offered(server):
    assert send(server.port, security=TRY)[0] == "delivered"


@server_with(tls="starttls", auth=True)
def test_wrong_password_is_the_hosts_to_repair(server, certificate):
    outcome, code, _, _ = send(
        server.port, security=STARTTLS, user="courier", password="wrong",
        ca_file=certificate / "server.pem")
    assert (outcome, code) == ("temporary", 535)
    assert not server.handler.messages


@server_with(tls="starttls", auth=True)
def test_missing_log_in_is_the_hosts_to_repair(server, certificate):
    outcome, code, _, _ = send(server.port, security=STARTTLS,
                               ca_file=certificate / "server.pem")
    assert (outcome, code) == ("temporary", 530)


@server_with(tls="starttls")
def test_unknown_certificate_is_refused(server, certificate):
    outcome = send(server.port, security=STARTTLS,
                   ca_file=certificate / "other.pem")
    assert outcome[0] == "temporary" and "certificate" in outcome[3]
    assert not server.handler.messages


@server_with(tls="starttls")
def test_certificate_for_another_name_is_refused(server, certificate):
    outcome = send(server.port, security=STARTTLS, host="127.0.0.1",
                   ca_file=certificate / "server.pem")
    assert outcome[0] == "temporary"
    assert not server.handler.messages


@server_with()
def test_required_starttls_not_offered(server, certificate):
    outcome = send(server.port, security=STARTTLS,
                   ca_file=certificate / "server.pem")
    assert outcome[0] == "temporary"
    assert not server.handler.messages


def test_no_password_without_tls():
    outcome = send(9, host="192.0.2.1", user="courier", password="x")
    assert outcome[0] == "temporary" and outcome[3] == "a log-in needs TLS"


@server_with()
@pytest.mark.parametrize("recipient, expected", [
    ("unknown@example.org", ("permanent", 550)),
    ("later@example.org", ("temporary", 451)),
    ("spam@example.org", ("permanent", 554)),
])
def test_answers_are_told_apart(server, recipient, expected):
    assert send(server.port, to=recipient)[:2] == expected
    assert not server.handler.messages


def test_nobody_listens():
    assert send(free_port())[:2] == ("temporary", 0)


@pytest.fixture
def stranger():
    """A server that greets with the first of the answers the test gives it,
    answers each line with the next, and then stays silent. Keeps the lines."""
    listener = socket.create_server(("127.0.0.1", 0))
    answers, lines, connections = [], [], []

    def serve():
        try:
            connection, _ = listener.accept()
            connections.append(connection)
            file = connection.makefile("rb")
            for answer in answers:
                connection.sendall(answer + b"\r\n")
                line = file.readline()
                while answer.startswith(b"354") and line != b".\r\n":
                    line = file.readline()
                lines.append(line)
        except OSError:
            pass

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1], answers, lines
    listener.close()
    for connection in connections:
        connection.close()


def test_silent_server_costs_its_limit_and_blocks_nobody(stranger):
    began = time.monotonic()
    outcome, code, ticks, _ = send(stranger[0], limit=1000)
    assert (outcome, code) == ("temporary", 0)
    assert 0.9 < time.monotonic() - began < 20
    assert ticks > 10


def test_refusing_greeting_is_temporary(stranger):
    stranger[1].append(b"554 no service here")
    assert send(stranger[0])[:2] == ("temporary", 554)


@pytest.mark.parametrize("answers", [
    [],
    [b"220 hello"],
    [b"220 hello", b"250 ok", b"250 ok", b"250 ok", b"354 go on"],
])
def test_stopped_delivery_ends_soon(stranger, answers):
    stranger[1].extend(answers)
    began = time.monotonic()
    assert send(stranger[0], limit=20000, stop=300)[0] == "stopped"
    assert time.monotonic() - began < 15


def test_refusal_then_silence_blocks_nobody(stranger):
    stranger[1].extend([b"220 hello", b"250 ok", b"250 ok", b"550 unknown"])
    outcome, code, ticks, _ = send(stranger[0], limit=2000)
    assert (outcome, code) == ("permanent", 550)
    assert ticks > 10


def test_quit_is_said_but_its_answer_blocks_nobody(stranger):
    stranger[1].extend([b"220 hello", b"250 ok", b"250 ok", b"250 ok",
                        b"354 go on", b"250 taken"])
    outcome, code, ticks, _ = send(stranger[0])
    assert (outcome, code) == ("delivered", 250)
    assert stranger[2][-1] == b"QUIT\r\n"
    assert ticks > 10


def test_connection_lost_after_the_message_is_temporary(stranger):
    stranger[1].extend([b"220 hello", b"250 ok", b"250 ok", b"250 ok",
                        b"354 go on"])
    outcome, _, ticks, _ = send(stranger[0], limit=1000)
    assert outcome == "temporary" and ticks > 10
