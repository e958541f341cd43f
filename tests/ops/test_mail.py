"""Sending alerts by e-mail."""

import base64
from typing import Any, cast

from attrs import evolve
from twisted.internet import reactor as _reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock, StringTransportWithDisconnection
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from rtgplayout.ops.mail import PATIENCE, Mail, Server
from rtgplayout.ops.outbox import NotDelivered

from .certificates import self_signed
from .test_alert import ALERT

SERVER = Server("mail.example", 25, "none")
LOGIN = evolve(SERVER, user="desk", password="s3cret")
HELLO = "250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN"

reactor: Any = _reactor


class Transport(StringTransportWithDisconnection):
    """Counts how often it was left at once."""

    aborted = 0
    secured = 0

    def abortConnection(self) -> None:
        self.aborted += 1
        if self.connected:
            self.loseConnection()

    def startTLS(self, context: object, normal: bool = True) -> None:
        self.secured += 1


class MailTests(SynchronousTestCase):
    """L{Mail}, and a server that says what the test says."""

    def setUp(self) -> None:
        self.reactor = cast(Any, MemoryReactorClock())

    def begin(self, server: Server = SERVER, to: int = 1) -> Deferred[str]:
        addresses = tuple(f"{n}@x.example" for n in range(to))
        mail = Mail(server, "tv@x.example", addresses, "Kanal 5", self.reactor, lambda: 1e9)
        sent = mail.send((ALERT, ALERT))
        host, port, factory, *_ = self.reactor.tcpClients[-1]
        self.assertEqual((host, port), (server.host, server.port))
        self.factory = factory
        return sent

    def connect(self) -> None:
        self.protocol: Any = self.factory.buildProtocol(None)
        self.transport = Transport()
        self.transport.protocol = self.protocol
        self.protocol.makeConnection(self.transport)

    def say(self, answer: str) -> str:
        """
        Have the server say something.

        @return: what it is told then.
        """
        self.transport.clear()
        self.protocol.dataReceived(f"{answer}\r\n".encode())
        return str(self.transport.value(), "utf-8")

    def test_the_password_is_not_shown(self) -> None:
        self.assertNotIn("open sesame", repr(Server("mail.example", password="open sesame")))

    def up_to_mail(self, hello: str = "250 mail.example") -> str:
        self.connect()
        self.assertTrue(self.say("220 mail.example").startswith("EHLO "))
        return self.say(hello)

    def why(self, sent: Deferred[str]) -> tuple[str, bool]:
        error = self.failureResultOf(sent, NotDelivered).value
        assert isinstance(error, NotDelivered)
        return error.why, error.refused

    def test_sent(self) -> None:
        """One e-mail for all; then the server is left, at once or after five seconds."""
        sent = self.begin(to=2)
        self.assertEqual(self.up_to_mail(), "MAIL FROM:<tv@x.example>\r\n")
        self.assertEqual(self.say("250 ok"), "RCPT TO:<0@x.example>\r\n")
        self.assertEqual(self.say("250 ok"), "RCPT TO:<1@x.example>\r\n")
        self.assertEqual(self.say("250 ok"), "DATA\r\n")
        letter = self.say("354 go on")
        while self.transport.producer is not None:
            self.transport.producer.resumeProducing()
        letter = self.transport.value().decode()
        self.assertIn(
            "Subject: [Kanal 5] CRITICAL: CasparCG is not connected. (and 1 more)", letter
        )
        self.assertTrue(letter.endswith("\r\n.\r\n"))
        self.assertEqual(self.say("250 queued"), "RSET\r\n")
        self.assertNoResult(sent)
        self.assertEqual(self.transport.aborted, 0)
        self.reactor.advance(5)
        self.assertEqual(self.successResultOf(sent), "taken for 2 of 2")
        self.assertEqual((self.transport.aborted, self.reactor.getDelayedCalls()), (1, []))

    def test_leave_taken(self) -> None:
        """A server that takes its leave is not waited for."""
        sent = self.begin()
        self.up_to_mail()
        for answer in ("250 ok", "250 ok", "354 go on"):
            self.say(answer)
        while self.transport.producer is not None:
            self.transport.producer.resumeProducing()
        self.say("250 queued")
        self.assertEqual(self.say("250 reset"), "QUIT\r\n")
        self.say("221 bye")
        self.successResultOf(sent)
        self.assertEqual((self.transport.aborted, self.reactor.getDelayedCalls()), (0, []))

    def test_nonsense_afterwards(self) -> None:
        """What a server says after the end interests nobody."""
        sent = self.begin()
        self.up_to_mail()
        self.say("550 no such user")
        self.failureResultOf(sent, NotDelivered)
        self.say("???")
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_nonsense_after_success(self) -> None:
        sent = self.begin()
        self.up_to_mail()
        for answer in ("250 ok", "250 ok", "354 go on"):
            self.say(answer)
        while self.transport.producer is not None:
            self.transport.producer.resumeProducing()
        self.say("250 queued")
        self.say("what?")
        self.successResultOf(sent)
        self.assertEqual((self.transport.aborted, self.reactor.getDelayedCalls()), (1, []))

    def test_some_refused(self) -> None:
        """One of them is enough."""
        sent = self.begin(to=2)
        self.up_to_mail()
        self.say("250 ok")
        self.say("550 who?")
        self.assertEqual(self.say("250 ok"), "DATA\r\n")
        self.say("354 go on")
        while self.transport.producer is not None:
            self.transport.producer.resumeProducing()
        self.say("250 queued")
        self.reactor.advance(5)
        self.assertEqual(self.successResultOf(sent), "taken for 1 of 2")

    def test_refused(self) -> None:
        """With the server's words; what may be otherwise later is no refusal for good."""
        for answer, refused in (("550 who?", True), ("451 later", False)):
            sent = self.begin()
            self.up_to_mail()
            self.say("250 ok")
            self.say(answer)
            self.assertEqual(self.why(sent), (f"{answer[:3]} No recipients accepted", refused))

    def test_not_connected(self) -> None:
        sent = self.begin()
        self.reactor.connectors[-1].stoppedConnecting = False
        self.factory.clientConnectionFailed(None, Failure(ConnectionRefusedError("no")))
        self.assertEqual(self.why(sent), ("Connection was refused by other side: no.", False))
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_lost(self) -> None:
        """A connection that is lost in the middle is a failure."""
        sent = self.begin()
        self.up_to_mail()
        reason = Failure(ConnectionDone())
        self.protocol.connectionLost(reason)
        self.factory.clientConnectionLost(None, reason)
        self.assertEqual(self.why(sent), ("Connection was closed cleanly.", False))

    def test_hangs(self) -> None:
        """A server that never says anything is left after a minute."""
        sent = self.begin()
        self.connect()
        self.reactor.advance(PATIENCE - 1)
        self.assertNoResult(sent)
        self.reactor.advance(1)
        self.assertEqual(self.why(sent), ("no end of it within 60 s", False))
        self.assertEqual((self.transport.aborted, self.reactor.getDelayedCalls()), (1, []))

    def test_dribbles(self) -> None:
        """One that says something all the time and comes to no end, likewise."""
        sent = self.begin()
        self.connect()
        for _ in range(int(PATIENCE)):
            self.say("220-welcome")
            self.reactor.advance(1)
        self.assertEqual(self.why(sent), ("no end of it within 60 s", False))
        self.assertEqual(self.transport.aborted, 1)

    def test_never_connected(self) -> None:
        sent = self.begin()
        self.reactor.advance(PATIENCE)
        self.failureResultOf(sent, NotDelivered)

    def test_left(self) -> None:
        """Whoever sends may leave."""
        sent = self.begin()
        self.connect()
        sent.cancel()
        self.failureResultOf(sent, CancelledError)
        self.assertEqual((self.transport.aborted, self.reactor.getDelayedCalls()), (1, []))

    def test_login(self) -> None:
        self.begin(LOGIN)
        told = self.up_to_mail("250-mail.example\r\n250 AUTH PLAIN")
        self.assertTrue(told.startswith("AUTH PLAIN "))
        self.assertEqual(base64.b64decode(told[11:]).split(b"\0")[1:], [b"desk", b"s3cret"])
        self.assertEqual(self.say("235 welcome"), "MAIL FROM:<tv@x.example>\r\n")

    def test_login_refused(self) -> None:
        """The words are the server's, and nothing of the conversation, which has the password."""
        sent = self.begin(LOGIN)
        self.up_to_mail("250-mail.example\r\n250 AUTH LOGIN")
        self.say("334 VXNlcm5hbWU6")
        self.say("334 UGFzc3dvcmQ6")
        self.say("535 authentication failed")
        self.assertEqual(self.why(sent), ("535 authentication failed", False))

    def test_login_not_offered(self) -> None:
        """Nothing is sent without it."""
        sent = self.begin(LOGIN)
        self.up_to_mail()
        self.assertIn("Authentication", self.why(sent)[0])

    def test_no_security(self) -> None:
        """STARTTLS is not asked for, even if it is offered."""
        self.begin()
        self.assertTrue(self.up_to_mail(HELLO).startswith("MAIL FROM"))

    def test_auto(self) -> None:
        """It is asked for where it is offered, and without is sent all the same."""
        auto = evolve(SERVER, security="auto")
        self.begin(auto)
        self.assertTrue(self.up_to_mail().startswith("MAIL FROM"))
        self.begin(auto)
        self.assertEqual(self.up_to_mail(HELLO), "STARTTLS\r\n")
        self.assertTrue(self.say("220 go on").startswith("EHLO"))
        self.assertEqual(self.transport.secured, 1)

    def test_no_password_in_the_open(self) -> None:
        """Where there is no STARTTLS, neither password nor alert is sent."""
        for server in (evolve(LOGIN, security="auto"), evolve(SERVER, security="starttls")):
            sent = self.begin(server)
            told = self.up_to_mail("250-mail.example\r\n250 AUTH PLAIN")
            self.assertEqual(told, "QUIT\r\n")
            self.assertIn("TLS", self.why(sent)[0])

    def test_starttls(self) -> None:
        self.begin(evolve(LOGIN, security="starttls"))
        self.assertEqual(self.up_to_mail(HELLO), "STARTTLS\r\n")
        self.say("220 go on")
        told = self.say("250-mail.example\r\n250 AUTH PLAIN")
        self.assertTrue(told.startswith("AUTH PLAIN"))

    def test_tls(self) -> None:
        """From the first byte."""
        sent = self.begin(evolve(SERVER, port=465, security="tls"))
        wrapped = self.factory.buildProtocol(None)
        transport = StringTransportWithDisconnection()
        cast(Any, transport).protocol = Protocol()
        wrapped.makeConnection(transport)
        self.assertEqual(transport.value()[:1], b"\x16")  # a handshake
        self.reactor.advance(PATIENCE)
        self.failureResultOf(sent, NotDelivered)

    def test_what(self) -> None:
        mail = Mail(LOGIN, "a@b.c", ("a@b.c",), "x", self.reactor, lambda: 0.0)
        self.assertEqual(mail.what, "mail server mail.example:25")


class Secured(LineReceiver):
    """A mail server with STARTTLS and a certificate that nobody signed."""

    options: Any
    heard: list[bytes]

    def connectionMade(self) -> None:
        self.sendLine(b"220 here")

    def lineReceived(self, line: bytes) -> None:
        word = line[:4]
        self.heard.append(line)
        transport = cast(Any, self.transport)
        if word == b"EHLO":
            self.sendLine(b"250-here\r\n250 STARTTLS")
        elif word == b"STAR":
            self.sendLine(b"220 go on")
            transport.startTLS(self.options)
        elif word == b"DATA":
            self.sendLine(b"354 go on")
        elif word == b"QUIT":
            transport.loseConnection()
        elif line == b"." or word in {b"MAIL", b"RCPT", b"RSET"}:
            self.sendLine(b"250 ok")


class SecuredTests(TestCase):
    """TLS as it is, on real sockets."""

    async def send(self, security: str, **more: Any) -> str:
        self.heard: list[bytes] = []
        options = self_signed().options()
        kind = type("Server", (Secured,), {"options": options, "heard": self.heard})
        factory = Factory.forProtocol(kind)
        if security == "tls":
            port = reactor.listenSSL(0, factory, options, interface="127.0.0.1")
        else:
            port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        server = Server("127.0.0.1", port.getHost().port, security, **more)
        mail = Mail(server, "tv@x.example", ("a@x.example",), "x", reactor, lambda: 1e9)
        return await mail.send((ALERT,))

    async def test_any_certificate(self) -> None:
        """Is better than none, where no password is sent."""
        self.assertEqual(await self.send("auto"), "taken for 1 of 1")
        self.assertIn(b"STARTTLS", self.heard)

    async def test_a_certificate_of_nobody(self) -> None:
        """Where it has to be good, nothing is sent."""
        login = {"user": "desk", "password": "s3cret"}
        for security, more in (("starttls", {}), ("tls", {}), ("auto", login)):
            with self.assertRaises(NotDelivered) as caught:
                await self.send(security, **more)
            self.assertIn("certificate", caught.exception.why)
            self.assertNotIn(b"MAIL", [line[:4] for line in self.heard])
