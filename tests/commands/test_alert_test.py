"""
C{rtgplayout alert-test}, against servers on real sockets: they take the alert, refuse it, hang, or
are not there.
"""

import json
import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.utils import getProcessOutputAndValue
from twisted.protocols.basic import LineReceiver
from twisted.trial.unittest import TestCase
from twisted.web.server import Site

from rtgplayout.commands import alert_test
from rtgplayout.config import Config
from rtgplayout.ops import mail, web
from tests.ops.elsewhere import Elsewhere
from tests.test_command import CommandTestCase

reactor: Any = _reactor
ROOT = str(Path(__file__).parents[2])


class MailServer(LineReceiver):
    """
    Takes e-mails.

    @cvar refuses: answers the address with this.
    """

    refuses = b""
    letters: list[list[bytes]]
    reading = False

    def connectionMade(self) -> None:
        self.sendLine(b"220 mail.example")

    def lineReceived(self, line: bytes) -> None:
        if self.reading:
            if line == b".":
                self.reading = False
                self.sendLine(b"250 queued")
            else:
                self.letters[-1].append(line)
        elif line.startswith(b"RCPT") and self.refuses:
            self.sendLine(self.refuses)
        elif line == b"DATA":
            self.letters.append([])
            self.reading = True
            self.sendLine(b"354 go on")
        elif line == b"QUIT":
            self.sendLine(b"221 bye")
            assert self.transport is not None
            self.transport.loseConnection()
        else:
            self.sendLine(b"250 ok")


class AttemptTests(TestCase):
    """L{alert_test.attempt}."""

    def setUp(self) -> None:
        self.lines: list[str] = []
        self.server = Elsewhere()
        self.patch(web, "PATIENCE", 0.3)
        self.patch(mail, "PATIENCE", 0.3)
        self.patch(mail, "_FAREWELL", 0.1)

    def listen(self, factory: Any) -> int:
        port: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        return int(port.getHost().port)

    def site(self) -> str:
        return f"http://127.0.0.1:{self.listen(Site(self.server))}/secret"

    def mail_server(self, protocol: type[Protocol] = MailServer) -> int:
        self.letters: list[list[bytes]] = []
        kind = type("Server", (protocol,), {"letters": self.letters})
        return self.listen(Factory.forProtocol(kind))

    async def attempt(self, way: str | None = None, **settings: Any) -> int:
        return await alert_test.attempt(
            Config(**settings), way, reactor, lambda: 1e9, self.lines.append
        )

    async def test_delivered(self) -> None:
        """Through every way."""
        url = self.site()
        code = await self.attempt(
            alert_webhooks=(url,),
            alert_webhook_secret="key",
            alert_mail_to=("desk@x.example",),
            smtp_port=self.mail_server(),
            heartbeat_url=url,
        )
        self.assertEqual(code, 0)
        self.assertEqual(sorted(method for method, *_ in self.server.asked), [b"GET", b"POST"])
        body = next(json.loads(body) for _, _, body in self.server.asked if body)
        self.assertEqual((body["kind"], body["state"]), ("test", "test"))
        subject = b"Subject: [rtgplayout] WARNING: This is a test of the alerts; nothing is wrong."
        self.assertIn(subject, self.letters[0])
        self.assertEqual(len(self.lines), 3)
        self.assertTrue(all(": delivered (" in line for line in self.lines), self.lines)
        self.assertNotIn("secret", "".join(self.lines))

    async def test_one_way(self) -> None:
        """Only what was asked for."""
        url = self.site()
        code = await self.attempt("heartbeat", alert_webhooks=(url,), heartbeat_url=url)
        self.assertEqual((code, [method for method, *_ in self.server.asked]), (0, [b"GET"]))
        self.assertEqual(self.lines, ["heartbeat http://127.0.0.1: delivered (200 ok)"])

    async def test_refused(self) -> None:
        """In the words of the servers."""
        self.server.code, self.server.body = 403, b"wrong token"
        self.patch(MailServer, "refuses", b"550 no such user here")
        code = await self.attempt(
            alert_webhooks=(self.site(),),
            alert_mail_to=("desk@x.example",),
            smtp_port=self.mail_server(),
        )
        self.assertEqual(code, 1)
        self.assertEqual(
            sorted(self.lines)[1:], ["webhook http://127.0.0.1: NOT delivered: 403 wrong token"]
        )
        self.assertIn("NOT delivered: 550 ", sorted(self.lines)[0])

    async def test_hang(self) -> None:
        """Servers that never answer are left, and that is told; the others get theirs."""
        self.server.hold = b""
        silent = self.mail_server(Protocol)
        code = await self.attempt(
            alert_webhooks=(self.site(),), alert_mail_to=("desk@x.example",), smtp_port=silent
        )
        self.assertEqual(code, 1)
        self.assertIn("no end of it within", sorted(self.lines)[0])
        self.assertIn("no answer within", sorted(self.lines)[1])

    async def test_not_there(self) -> None:
        """Nobody listens."""
        self.patch(web, "PATIENCE", 5.0)
        port: Any = reactor.listenTCP(0, Factory(), interface="127.0.0.1")
        number = port.getHost().port
        await port.stopListening()
        code = await self.attempt(
            alert_webhooks=(f"http://127.0.0.1:{number}/",),
            alert_mail_to=("desk@x.example",),
            smtp_port=number,
        )
        self.assertEqual(code, 1)
        self.assertEqual(["refused" in line for line in self.lines], [True, True], self.lines)

    async def test_as_a_process(self) -> None:
        """The command itself, from its settings to its exit code."""
        url = self.site()
        for code in (200, 500):
            self.server.code = code
            done: Deferred[Any] = getProcessOutputAndValue(
                sys.executable,
                ["-m", "rtgplayout", "alert-test", "--alert-webhooks", url],
                {"PYTHONPATH": ROOT, "TZ": "UTC", "PATH": "/usr/bin:/bin"},
                path=ROOT,
            )
            out, errors, exit_code = await done
            word = b"delivered (200 ok)" if code == 200 else b"NOT delivered: 500 ok"
            self.assertEqual(out, b"webhook http://127.0.0.1: %b\n" % word, errors)
            self.assertEqual(exit_code, 0 if code == 200 else 1)


class NothingTests(CommandTestCase):
    """Nothing to try."""

    def test_nothing_configured(self) -> None:
        def react(main: Any) -> None:
            self.successResultOf(main(None))
            raise SystemExit(0)

        self.patch(alert_test, "react", react)
        code, out, errors = self.call("alert-test")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("alert_webhooks, alert_mail_to, heartbeat_url", errors)
        code, _, _ = self.call("alert-test", "--to", "pigeon")
        self.assertEqual(code, 2)
