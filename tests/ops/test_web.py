"""One request to a server elsewhere."""

import gzip
from typing import Any

from twisted.internet import reactor as _reactor
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.ssl import optionsForClientTLS
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase
from twisted.web.client import Agent, ResponseNeverReceived
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

from rtgplayout.ops import web
from rtgplayout.ops.outbox import NotDelivered
from rtgplayout.ops.web import PATIENCE, ask, place

from .certificates import self_signed
from .elsewhere import URL, Web

reactor: Any = _reactor


class Broken:
    """An agent that fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def request(self, *_: object, **__: object) -> Deferred[Any]:
        return fail(self.error)


class AskTests(SynchronousTestCase):
    """L{ask}."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.web = Web()
        self.server = self.web.server

    def ask(self, url: str = URL, agent: Any = None) -> Deferred[str]:
        asked = Deferred.fromCoroutine(
            ask(agent or self.web.agent, self.clock, "POST", url, {b"X-A": b"b"}, b"body")
        )
        self.web.flush()
        return asked

    def why(self, asked: Deferred[str]) -> tuple[str, bool]:
        error = self.failureResultOf(asked, NotDelivered).value
        assert isinstance(error, NotDelivered)
        return error.why, error.refused

    def test_taken(self) -> None:
        self.assertEqual(self.successResultOf(self.ask()), "200 ok")
        self.assertEqual(self.server.asked, [(b"POST", b"/secret/path?key=secret", b"body")])
        self.assertEqual(self.server.headers[b"x-a"], b"b")
        self.assertEqual(self.server.headers[b"accept-encoding"], b"identity")
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_refused(self) -> None:
        """With the server's own words; some codes may be others later."""
        self.server.body = "accès\r\n refusé\x07".encode()
        for code, refused in ((403, True), (404, True), (429, False), (408, False), (503, False)):
            self.server.code = code
            self.assertEqual(self.why(self.ask()), (f"{code} accès  refusé", refused))

    def test_redirect(self) -> None:
        """It is not followed."""
        self.server.code = 307
        self.server.answer_headers = {b"Location": b"http://monitor.example/other"}
        why, refused = self.why(self.ask())
        self.assertEqual((why, refused), ("307, a redirect, which is not followed", True))
        self.assertEqual(len(self.server.asked), 1)

    def test_hangs(self) -> None:
        """A server that never answers is left after ten seconds, its connection closed."""
        self.server.hold = b""
        asked = self.ask()
        self.clock.advance(PATIENCE - 0.1)
        self.assertNoResult(asked)
        self.clock.advance(0.1)
        self.assertEqual(self.why(asked), ("no answer within 10 s", False))

    def test_dribbles(self) -> None:
        """One that sends a byte now and then, likewise; that it took the post is known by then."""
        self.server.hold = b"x"
        asked = self.ask()
        for _ in range(9):
            self.clock.advance(1)
            self.server.held[0].write(b"x")
            self.web.flush()
        self.assertNoResult(asked)
        self.clock.advance(1)
        self.assertEqual(self.successResultOf(asked), f"200 {'x' * 10}")
        self.web.flush()
        self.assertEqual(self.server.gone, 1)

    def test_endless(self) -> None:
        """Of an answer without an end the beginning is read, and the connection closed."""
        self.server.hold = b"y" * 100_000
        asked = self.ask()
        self.web.flush()
        self.assertEqual(len(self.successResultOf(asked)), 204)
        self.web.flush()
        self.assertEqual(self.server.gone, 1)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_packed(self) -> None:
        """Nothing is unpacked: it could be as large as it likes."""
        self.server.answer_headers = {b"Content-Encoding": b"gzip"}
        self.server.body = gzip.compress(b"z" * 1_000_000)
        self.assertLess(len(self.successResultOf(self.ask())), 210)

    def test_password(self) -> None:
        """It is sent as HTTP knows it, and never as a part of the address."""
        url = "http://us%40er:pass@monitor.example/x"
        self.assertEqual(self.successResultOf(self.ask(url)), "200 ok")
        self.assertEqual(self.server.headers[b"authorization"], b"Basic dXNAZXI6cGFzcw==")
        self.assertEqual(self.server.headers[b"host"], b"monitor.example")

    def test_not_reached(self) -> None:
        """It is told how, and nothing of the address."""
        refused = ConnectionRefusedError("no")
        for error, why in (
            (refused, "Connection was refused by other side: no."),
            (
                ResponseNeverReceived([Failure(refused)]),
                "Connection was refused by other side: no.",
            ),
            (ResponseNeverReceived([]), "ResponseNeverReceived"),
            (ValueError(URL), "ValueError"),
        ):
            self.assertEqual(self.why(self.ask(agent=Broken(error))), (why, False))

    def test_left(self) -> None:
        """Whoever asks may leave."""
        self.server.hold = b""
        asked = self.ask()
        asked.cancel()
        self.failureResultOf(asked, NotDelivered, CancelledError)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_place(self) -> None:
        """What people and the log are told of an address holds no secret."""
        for url, told in (
            (URL, "http://monitor.example"),
            ("https://user:secret@hooks.example:8443/T0/B0?x=secret#y", "https://hooks.example"),
            ("http://[::1/secret", "an address that makes no sense"),
        ):
            self.assertEqual(place(url), told)


class Rude(Protocol):
    """A server that begins to answer, and never takes leave of anybody."""

    gone: "Deferred[None]"

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx")
        self.transport.pauseProducing()  # type: ignore[attr-defined]
        # It listens again much later, when whoever was polite would still wait.
        reactor.callLater(0.6, self.transport.resumeProducing)  # type: ignore[attr-defined]

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.gone.callback(reason.type)  # type: ignore[arg-type]


class RudeTests(TestCase):
    """TLS as it is, on real sockets."""

    async def test_rude(self) -> None:
        """A server that never closes its side of TLS is left all the same."""
        certificate = self_signed()

        @implementer(IPolicyForHTTPS)
        class Policy:
            def creatorForNetloc(self, host: bytes, port: int) -> Any:
                return optionsForClientTLS(host.decode(), trustRoot=certificate)

        gone: Deferred[None] = Deferred()
        kind = type("Server", (Rude,), {"gone": gone})
        options = certificate.options()
        port = reactor.listenSSL(0, Factory.forProtocol(kind), options, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        self.patch(web, "PATIENCE", 0.3)
        url = f"https://127.0.0.1:{port.getHost().port}/"
        said = await ask(Agent(reactor, Policy()), reactor, "GET", url)
        self.assertEqual(said, "200 x")
        clients = [each for each in reactor.getReaders() if "Client" in type(each).__name__]
        self.assertEqual(clients, [])
        await gone
