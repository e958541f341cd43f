# -*- test-case-name: tests.amcp.test_osc -*-
"""
The server's telemetry: OSC over UDP, on a port of its own.
"""

from collections.abc import Callable, Sequence

from twisted.application.service import Service
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IDelayedCall, IListeningPort, IReactorTime, IReactorUDP
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger

from .status import ChannelStatus, ServerVersion
from .ticks import OscTicks, ServerRestarted, Telemetry

DEFAULT_PORT = 6250
"""Where CasparCG sends OSC to each AMCP client by itself."""


class OscPackets(DatagramProtocol):
    """Hands on what comes from the server, and from nobody else."""

    noisy = False

    def __init__(self, receive: Callable[[bytes, str], None]) -> None:
        self._receive = receive

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        """Called by Twisted with each packet and where it came from."""
        self._receive(datagram, addr[0])


class OscListener(Service):
    """
    Listens to the server's telemetry on a port of its own.

    @ivar ticks: what was ignored and what was incomplete is counted there.
    """

    _log = Logger()

    SETTLED = 0.01
    """Seconds after which no further packet of a tick is expected."""

    def __init__(
        self,
        reactor: IReactorUDP,
        port: int,
        *,
        clock: IReactorTime,
        now: Callable[[], float],
        told: Callable[[ChannelStatus, float], None],
        restarted: Callable[[float], None],
        interface: str = "",
    ) -> None:
        """
        @param port: 0 for any; see L{port}.
        @param now: what C{told} and C{restarted} are given as the time of a packet's arrival.
        @param told: called with each status.
        @param restarted: called when the server counts its ticks anew.
        """
        self.ticks = OscTicks()
        self._reactor = reactor
        self._wanted = port
        self._clock = clock
        self._now = now
        self._on_status = told
        self._on_restart = restarted
        self._interface = interface
        self._server = ""
        self._ports: list[IListeningPort] = []
        self._settling: IDelayedCall | None = None

    def startService(self) -> None:
        """
        @raise CannotListenError: when the port is taken.
        """
        super().startService()
        self._listen(self._wanted)

    def stopService(self) -> Deferred[None]:
        """Closes the ports; the Deferred fires when they are."""
        super().stopService()
        self._stop_settling()
        ports, self._ports, self._server = self._ports, [], ""
        return Deferred.fromCoroutine(_close(ports))

    def port(self) -> int | None:
        """The UDP port listened on, to subscribe with; L{None} while stopped."""
        return _number(self._ports[0]) if self._ports else None

    def follow(self, server: str, version: ServerVersion | None) -> bool:
        """
        Take packets from C{server}, an IP address, from now on.

        @param version: servers before 2.4 cannot be told a port and send to L{DEFAULT_PORT}; it
            is listened on then, too.
        @return: whether telemetry can arrive; not when that port is taken.
        """
        if server != self._server:
            self._server, self.ticks = server, OscTicks()
        listening = {_number(each) for each in self._ports}
        if version is None or version >= (2, 4) or DEFAULT_PORT in listening:
            return bool(listening)
        try:
            self._listen(DEFAULT_PORT)
        except CannotListenError as e:
            self._log.error("no telemetry from CasparCG {version}: {e}", version=version, e=e)
            return False
        return True

    def _listen(self, port: int) -> None:
        packets = OscPackets(self._received)
        self._ports.append(
            self._reactor.listenUDP(port, packets, interface=self._interface, maxPacketSize=65536)
        )

    def _received(self, packet: bytes, source: str) -> None:
        if source != self._server:
            return
        self._tell(self.ticks.feed(packet, self._now()))
        self._stop_settling()
        if self.ticks.waiting:
            self._settling = self._clock.callLater(self.SETTLED, self._settled)

    def _stop_settling(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None

    def _settled(self) -> None:
        self._settling = None
        self._tell(self.ticks.settle())

    def _tell(self, found: Sequence[Telemetry | ServerRestarted]) -> None:
        for each in found:
            with self._log.failuresHandled("while telling {each}", each=each):
                if isinstance(each, Telemetry):
                    self._on_status(each.status, each.at)
                else:
                    self._on_restart(each.at)


async def _close(ports: list[IListeningPort]) -> None:
    for each in ports:
        await maybeDeferred(each.stopListening)


def _number(port: IListeningPort) -> int:
    address = port.getHost()
    assert isinstance(address, IPv4Address | IPv6Address)
    return address.port
