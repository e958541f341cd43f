# -*- test-case-name: tests.emulator.test_port -*-
"""
The AMCP port: lines from any number of connections, carried out in one queue a channel and a
general one, so that a reply can overtake another as it does on a real server.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime
from twisted.internet.protocol import Factory, connectionDone
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from rtgplayout.emulator.amcp import PENDING, Job, Reply, overflow, run, submit
from rtgplayout.emulator.server import Connection, Server

# Seconds a command takes, as measured on a real server with a small media folder.
_COST = 0.0007
_COSTS = {
    "CLS": 0.009,
    "TLS": 0.003,
    "FLS": 0.003,
    "CINF": 0.004,
    "THUMBNAIL LIST": 0.004,
    "THUMBNAIL RETRIEVE": 0.0045,
    "THUMBNAIL GENERATE": 0.002,
    "THUMBNAIL GENERATE_ALL": 0.002,
}
_LOADING = 0.003


def cost(job: Job) -> float:
    """How many seconds it takes; one that opens a file, longer."""
    if job.name in ("PLAY", "LOADBG", "LOAD") and job.words:
        return _LOADING
    return _COSTS.get(job.name, _COST)


@define
class Queues:
    """
    The server's command queues.

    @ivar delay: seconds added to every command, to misbehave.
    @ivar hung: nothing is carried out; what arrives waits.
    @ivar on_change: called after each command that was carried out.
    """

    server: Server
    clock: IReactorTime
    on_change: Callable[[], None]
    delay: float = 0.0
    hung: bool = False
    _waiting: dict[int, deque[tuple[Job, "AmcpProtocol"]]] = field(factory=dict)
    _running: dict[int, IDelayedCall] = field(factory=dict)

    def add(self, job: Job, protocol: "AmcpProtocol") -> Reply | None:
        """
        Let a command wait for its turn.

        @return: what is answered when too many wait already.
        """
        queue = self._waiting.setdefault(job.queue, deque())
        if len(queue) > PENDING:
            return overflow(job)
        queue.append((job, protocol))
        self._go_on(job.queue)
        return None

    def hang(self) -> None:
        """Carry out nothing, until L{resume}."""
        self.hung = True
        for call in self._running.values():
            call.cancel()
        self._running.clear()

    def resume(self) -> None:
        """Go on with what waits."""
        self.hung = False
        for number in self._waiting:
            self._go_on(number)

    def clear(self) -> None:
        """Forget what waits: the process is gone."""
        self.hang()
        self._waiting.clear()
        self.hung = False

    def _go_on(self, number: int) -> None:
        queue = self._waiting[number]
        if queue and number not in self._running and not self.hung:
            seconds = cost(queue[0][0]) + self.delay
            self._running[number] = self.clock.callLater(seconds, self._run, number)

    def _run(self, number: int) -> None:
        del self._running[number]
        job, protocol = self._waiting[number].popleft()
        for reply in run(self.server, job):
            protocol.reply(reply)
        self._go_on(number)
        self.on_change()


class AmcpProtocol(LineOnlyReceiver):
    """One client. Only CR LF ends a line, and there is no longest one."""

    delimiter = b"\r\n"
    MAX_LENGTH = 1 << 26
    connection: Connection | None = None
    transport: Any  # of TCP, which can be paused and aborted

    def __init__(self, server: Server, queues: Queues, clients: "set[AmcpProtocol]") -> None:
        self._server = server
        self._queues = queues
        self._clients = clients

    def connectionMade(self) -> None:
        """A client connects; nothing greets it."""
        self.connection = self._server.connect(self.transport.getPeer().host)
        self._clients.add(self)
        if self._queues.hung:
            self.transport.pauseProducing()

    def lineReceived(self, line: bytes) -> None:
        """Answer at once, or queue."""
        if self.connection is None:
            return
        read = submit(self._server, line, self.connection)
        if isinstance(read, Job):
            refused = self._queues.add(read, self)
            read = (refused,) if refused else ()
        for reply in read:
            self.reply(reply)

    def reply(self, reply: Reply) -> None:
        """Send what was answered."""
        if self.connection is None:
            return
        if reply.data:
            self.transport.write(reply.data)
        if reply.close:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The client is gone: what it asked for is still done, and nobody is answered."""
        if self.connection is not None:
            self._server.disconnect(self.connection)
        self.connection = None
        self._clients.discard(self)


class AmcpFactory(Factory[AmcpProtocol]):
    """
    Makes a protocol for each client.

    @ivar clients: those connected.
    """

    noisy = False

    def __init__(self, server: Server, queues: Queues) -> None:
        self._server = server
        self._queues = queues
        self.clients: set[AmcpProtocol] = set()

    def buildProtocol(self, addr: IAddress | None) -> AmcpProtocol:
        """A client connects."""
        protocol = AmcpProtocol(self._server, self._queues, self.clients)
        protocol.factory = self
        return protocol

    def drop(self) -> None:
        """Break every connection."""
        for client in list(self.clients):
            client.transport.abortConnection()

    def close(self) -> None:
        """Close every connection, as the end of a process does: what was answered arrives."""
        for client in list(self.clients):
            client.transport.loseConnection()

    def hang(self) -> None:
        """Read nothing and carry out nothing, until L{resume}."""
        self._queues.hang()
        for client in self.clients:
            client.transport.pauseProducing()

    def resume(self) -> None:
        """Go on where L{hang} stopped."""
        self._queues.resume()
        for client in list(self.clients):
            client.transport.resumeProducing()
