# -*- test-case-name: tests.amcp.test_connection -*-
"""
One connection to CasparCG, and the making of the next.
"""

import random
import socket
from collections.abc import Callable

from twisted.internet.interfaces import (
    IAddress,
    IConnector,
    IReactorTime,
    ITCPTransport,
    ITransport,
)
from twisted.internet.protocol import ReconnectingClientFactory
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from .wire import Reply, ReplyParser, WireError


class AMCPProtocol(LineReceiver):
    """One connection: bytes to replies. Replies are no lines, so it stays in raw mode."""

    def __init__(
        self,
        made: "Callable[[AMCPProtocol], None]",
        received: Callable[[list[Reply]], None],
        lost: Callable[[str], None],
    ) -> None:
        self._made = made
        self._received = received
        self._lost = lost
        self._parser = ReplyParser()
        self._why = ""

    def connectionMade(self) -> None:
        """Called by Twisted."""
        self.setRawMode()
        assert self.transport is not None
        _notice_dead_peers(self.transport)
        self._made(self)

    def rawDataReceived(self, data: bytes) -> None:
        """Called by Twisted."""
        try:
            replies = self._parser.feed(data)
        except WireError as e:
            self._received(list(e.replies))
            self.abort(str(e))
        else:
            self._received(replies)

    def write(self, line: str) -> None:
        """Send C{line}."""
        self.sendLine(line.encode())

    def close(self) -> None:
        """Close the connection once everything written has left."""
        assert self.transport is not None
        self.transport.loseConnection()

    def abort(self, why: str) -> None:
        """Drop the connection now, and let C{why} be told as the reason."""
        self._why = self._why or why
        assert self.transport is not None
        self.transport.abortConnection()  # type: ignore[attr-defined] # every TCP transport has it

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """Called by Twisted."""
        self._lost(self._why or reason.getErrorMessage())


def _notice_dead_peers(transport: ITransport) -> None:
    """Send small commands at once, and let the kernel notice a peer that is gone."""
    if not ITCPTransport.providedBy(transport):
        return
    transport.setTcpNoDelay(True)
    transport.setTcpKeepAlive(True)
    for option, value in (
        ("TCP_KEEPIDLE", 5),
        ("TCP_KEEPINTVL", 2),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", 10_000),  # milliseconds
    ):
        if hasattr(socket, option):
            handle = transport.getHandle()  # type: ignore[attr-defined]
            handle.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


class AMCPFactory(ReconnectingClientFactory):
    """
    Tries again until told otherwise: after 0.2 s, then less and less often, up to every 15 s. The
    waits grow so slowly that one is never longer than about a fifth of the time already lost.

    @ivar spread: by which part a wait may be shorter than its nominal length, so that several
        clients of a restarted server do not come all at once. It is never longer.
    """

    noisy = False
    initialDelay = 0.2  # Twisted's name
    maxDelay = 15.0  # type: ignore[assignment] # declared as int
    factor = 1.2
    jitter = 0.0  # the base class would exceed the longest wait
    spread = 0.25

    def __init__(
        self,
        clock: IReactorTime,
        make: Callable[[], AMCPProtocol],
        failed: Callable[[str], None],
        gave_up: Callable[[int], None],
        limit: int | None = None,
        dice: Callable[[], float] = random.random,
    ) -> None:
        """
        @param make: makes the protocol of a connection.
        @param failed: called when an attempt fails, with the reason.
        @param gave_up: called with their number when C{limit} attempts in a row failed.
        @param dice: a number from 0 to 1.
        """
        self.clock = clock  # type: ignore[assignment] # declared as None
        self._limit = limit
        self._make = make
        self._failed = failed
        self._gave_up = gave_up
        self._dice = dice
        self.resetDelay()

    def startedConnecting(self, connector: IConnector) -> None:
        """Called by Twisted. The base class would know the connector only after a failure."""
        self.connector = connector

    def buildProtocol(self, addr: IAddress | None) -> AMCPProtocol | None:
        """Called by Twisted; no protocol, and so no connection, once stopped."""
        return self._make() if self.continueTrying else None

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        """Called by Twisted."""
        if self.continueTrying:
            self._failed(reason.getErrorMessage())
        super().clientConnectionFailed(connector, reason)

    def succeeded(self) -> None:
        """The connection is good: its loss will be no failed attempt, and the waits start anew."""
        self.resetDelay()
        self.retries = -1

    def retry(self, connector: IConnector | None = None) -> None:
        """Wait and connect again, if that is still wanted."""
        if self._limit is not None and self.retries + 1 >= self._limit:
            self._gave_up(self.retries + 1)
            return
        nominal = self.delay
        self.delay = nominal * (1 - self.spread * self._dice())
        super().retry(connector)
        self.delay = min(nominal * self.factor, self.maxDelay)
