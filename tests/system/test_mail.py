"""Mail from a member's join to a real SMTP server with STARTTLS and AUTH, that
is away at first and answers 4xx for a while."""
import asyncio
import email
import email.policy
import ssl
import threading

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from harness import PASSWORD, free_port
from test_tls import certificate


class Keeper:
    def __init__(self):
        self.mails = []
        self.refusals = 0

    async def handle_DATA(self, server, session, envelope):
        if self.refusals > 0:
            self.refusals -= 1
            return "451 Not now"
        assert session.ssl is not None
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(
            envelope.content, policy=email.policy.default)))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"missiond", b"mail secret")
    return AuthResult(success=good, handled=False)


@pytest.fixture
def smtp_site(own):
    daemon = own()
    port = free_port()
    certificate(daemon.folder, "localhost", 30)
    secret = daemon.folder / "mail-password"
    secret.write_text("mail secret\n")
    secret.chmod(0o644)
    daemon.extra = (
        f"mail:\n  host: localhost\n  port: {port}\n  security: starttls\n"
        f"  ca_file: {daemon.folder}/localhost.pem\n  user: missiond\n  password_file: {secret}\n"
        "  from: no-reply@example.org\n")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(daemon.folder / "localhost.pem", daemon.folder / "localhost.key")
    keeper = Keeper()

    class Server(Controller):
        def factory(self):
            return SMTP(self.handler, require_starttls=True, tls_context=tls,
                        auth_required=True, authenticator=authenticate)

    controller = Server(keeper, hostname="127.0.0.1", port=port)
    yield daemon.start().provision(), keeper, controller
    try:
        controller.stop(no_assert=True)
    except Exception:
        pass


def test_mail_arrives_after_the_server_was_away_and_refused(smtp_site):
    daemon, keeper, controller = smtp_site
    daemon.api("toulouse", "POST", "/members", {
        "name": "Zoé Müller", "email": "zoe@example.org", "username": "zoe",
        "password": PASSWORD, "terms": daemon.terms("toulouse"), "accept": True})
    daemon.wait_until(lambda: daemon.events("mail.delayed") or daemon.events("mail.retry")
                      or "attempt=1" in daemon.log_text(), 120, "a first try")
    keeper.refusals = 1
    controller.start()
    daemon.wait_until(lambda: any("zoe@example.org" in to for to, _ in keeper.mails), 300,
                      "the mail comes")
    mail = next(mail for to, mail in keeper.mails if "zoe@example.org" in to)
    assert mail["From"].addresses[0].addr_spec == "no-reply@example.org"
    assert mail["To"].addresses[0].display_name == "Zoé Müller"
    assert "Zoé Müller" in mail.get_content() and "/confirm/" in mail.get_content()
    assert mail.get_content().replace("\r", "").rstrip().endswith(
        f"\n\n—\nToulouse Entraide\nhttp://toulouse.localhost:{daemon.port}")
    assert not daemon.events("mail.sender_is_local")
    # Never in the log.
    for word in ("zoe@example.org", "Zoé", "mail secret", PASSWORD):
        assert word not in daemon.log_text()


def test_a_sender_that_others_refuse_is_told_at_the_start(own):
    daemon = own()
    daemon.extra = f"mail:\n  host: 127.0.0.1\n  port: {free_port()}\n  security: none\n"
    daemon.start()
    daemon.wait_until(lambda: daemon.events("mail.sender_is_local"), 60, "the warning")
