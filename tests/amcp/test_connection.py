# -*- test-case-name: tests.amcp.test_connection -*-
"""
Tests for L{rtgplayout.amcp.connection}.
"""

import socket

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from rtgplayout.amcp.connection import AMCPFactory, AMCPProtocol
from rtgplayout.amcp.wire import Reply
from tests.recorded import exchanges

REFUSED = Failure(ConnectionRefusedError())


@implementer(ITCPTransport)
class TCPTransport(StringTransportWithDisconnection):
    """A transport that has TCP's options."""

    def __init__(self) -> None:
        super().__init__()
        self.options: dict[int | str, int] = {}

    def setTcpNoDelay(self, enabled: bool) -> None:
        self.options["nodelay"] = enabled

    def getTcpNoDelay(self) -> bool:
        return bool(self.options["nodelay"])

    def setTcpKeepAlive(self, enabled: bool) -> None:
        self.options["keepalive"] = enabled

    def getTcpKeepAlive(self) -> bool:
        return bool(self.options["keepalive"])

    def loseWriteConnection(self) -> None:
        raise NotImplementedError

    def getHandle(self) -> "TCPTransport":
        return self

    def setsockopt(self, level: int, option: int, value: int) -> None:
        self.options[option] = value


class Recorder:
    """What a protocol told."""

    def __init__(self) -> None:
        self.made: list[AMCPProtocol] = []
        self.replies: list[Reply] = []
        self.lost: list[str] = []

    def protocol(self, transport: StringTransportWithDisconnection) -> AMCPProtocol:
        protocol = AMCPProtocol(self.made.append, self.replies.extend, self.lost.append)
        transport.protocol = protocol
        protocol.makeConnection(transport)
        return protocol


class AMCPProtocolTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.told = Recorder()
        self.transport = TCPTransport()
        self.protocol = self.told.protocol(self.transport)

    def test_replies(self) -> None:
        """What is received is handed on as replies, also bodies longer than a line may be."""
        self.assertEqual(self.told.made, [self.protocol])
        data = b"".join(each.received for each in exchanges("info"))
        for at in range(0, len(data), 500):
            self.protocol.dataReceived(data[at : at + 500])
        self.protocol.dataReceived(b"201 X OK\r\n" + b"x" * 100_000 + b"\r\n")
        self.assertEqual(len(self.told.replies), 1 + len(exchanges("info")))

    def test_lines(self) -> None:
        """What is written is a line of UTF-8."""
        self.protocol.write('PLAY 1-10 "é"')
        self.assertEqual(self.transport.value(), 'PLAY 1-10 "é"\r\n'.encode())

    def test_no_amcp(self) -> None:
        """A stream that is no AMCP ends the connection, and says why; what came before counts."""
        self.protocol.dataReceived(b"202 PLAY OK\r\nHTTP/1.1 400 Bad Request\r\n")
        self.assertEqual(self.told.replies, [Reply(202, "PLAY OK")])
        self.assertEqual(len(self.told.lost), 1)
        self.assertIn("HTTP", self.told.lost[0])

    def test_abort(self) -> None:
        """The first reason for an abort is the one told."""
        self.protocol.abort("first")
        self.assertEqual(self.told.lost, ["first"])

    def test_close(self) -> None:
        """Without one, it is the transport's."""
        self.protocol.close()
        self.assertEqual(len(self.told.lost), 1)

    def test_dead_peers(self) -> None:
        """Commands leave at once, and the kernel looks after a peer that is gone."""
        options = self.transport.options
        self.assertTrue(options["nodelay"] and options["keepalive"])
        self.assertEqual(options[socket.TCP_KEEPIDLE], 5)

    def test_other_transports(self) -> None:
        """Transports without such options do too."""
        self.assertEqual(len(self.told.made), 1)
        self.told.protocol(StringTransportWithDisconnection())
        self.assertEqual(len(self.told.made), 2)


class Connector:
    """A connector whose attempts are counted."""

    def __init__(self) -> None:
        self.attempts = 0
        self.stopped = False

    def connect(self) -> None:
        self.attempts += 1

    def stopConnecting(self) -> None:
        self.stopped = True


class AMCPFactoryTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.connector = Connector()
        self.failed: list[str] = []
        self.gave_up: list[int] = []

    def factory(self, limit: int | None = None, dice: float = 0.0) -> AMCPFactory:
        factory = AMCPFactory(
            self.clock,
            lambda: Recorder().protocol(StringTransportWithDisconnection()),
            self.failed.append,
            self.gave_up.append,
            limit,
            lambda: dice,
        )
        factory.startedConnecting(self.connector)  # type: ignore[arg-type]
        return factory

    def fail_once(self, factory: AMCPFactory) -> float:
        """Let an attempt fail; how long the wait for the next one is."""
        factory.clientConnectionFailed(self.connector, REFUSED)  # type: ignore[arg-type]
        (call,) = self.clock.getDelayedCalls()
        wait = call.getTime() - self.clock.seconds()
        self.clock.advance(wait)
        return wait

    def test_waits(self) -> None:
        """The first wait is 0.2 s; they grow up to 15 s, and it never gives up."""
        factory = self.factory()
        waits = [round(self.fail_once(factory), 6) for _ in range(200)]
        self.assertAlmostEqual(waits[0], 0.2)
        self.assertEqual(waits, sorted(waits))
        self.assertEqual(waits[-1], 15)
        self.assertEqual(self.connector.attempts, 200)
        self.assertEqual(len(self.failed), 200)

    def test_waits_follow_the_outage(self) -> None:
        """A server that comes back is met within a fifth of the time that it was away."""
        factory, away = self.factory(), 0.0
        for _ in range(25):
            wait = self.fail_once(factory)
            self.assertLess(wait, 0.21 + away / 5)
            away += wait

    @settings(deadline=None, max_examples=30, derandomize=True)
    @given(st.floats(0, 1))
    def test_jitter(self, dice: float) -> None:
        """Chance makes waits shorter and never longer, and does not add up."""
        self.setUp()
        factory = self.factory(dice=dice)
        waits = [self.fail_once(factory) for _ in range(40)]
        self.assertTrue(0.15 <= waits[0] <= 0.2 + 1e-9)
        self.assertTrue(15 * 0.75 <= waits[-1] <= 15)

    def test_success(self) -> None:
        """After a success the waits begin anew."""
        factory = self.factory()
        for _ in range(10):
            self.fail_once(factory)
        factory.succeeded()
        factory.clientConnectionLost(self.connector, REFUSED)
        (call,) = self.clock.getDelayedCalls()
        self.assertAlmostEqual(call.getTime() - self.clock.seconds(), 0.2)

    def test_limit(self) -> None:
        """When so many attempts in a row failed, it gives up and says so."""
        factory = self.factory(limit=3)
        self.fail_once(factory)
        self.fail_once(factory)
        factory.clientConnectionFailed(self.connector, REFUSED)  # type: ignore[arg-type]
        self.assertEqual(self.gave_up, [3])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_limit_counts_failures_only(self) -> None:
        """The loss of a good connection is no failed attempt."""
        factory = self.factory(limit=1)
        factory.succeeded()
        factory.clientConnectionLost(self.connector, REFUSED)
        self.assertEqual(self.gave_up, [])
        self.clock.advance(0.2)
        factory.clientConnectionFailed(self.connector, REFUSED)  # type: ignore[arg-type]
        self.assertEqual(self.gave_up, [1])

    def test_stopped(self) -> None:
        """Stopped, it connects no more, not even when an attempt is just succeeding."""
        factory = self.factory()
        self.assertIsNotNone(factory.buildProtocol(None))
        factory.stopTrying()
        self.assertTrue(self.connector.stopped)
        factory.clientConnectionFailed(self.connector, REFUSED)  # type: ignore[arg-type]
        self.assertEqual((self.failed, self.clock.getDelayedCalls()), ([], []))
        self.assertIsNone(factory.buildProtocol(None))
