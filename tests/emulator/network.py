"""A reactor of memory for the emulator's shells: its time, its ports, its datagrams."""

from typing import Any

from attrs import define, field
from twisted.internet.address import IPv4Address
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.testing import MemoryReactorClock, StringTransport

from rtgplayout.emulator.port import AmcpProtocol


@define
class Datagrams:
    """Where datagrams go; kept with their places."""

    sent: list[tuple[bytes, tuple[str, int]]] = field(factory=list)
    listening: bool = True

    def write(self, data: bytes, place: tuple[str, int]) -> None:
        """Send one."""
        self.sent.append((data, place))

    def stopListening(self) -> None:
        """Close."""
        self.listening = False

    def ports(self) -> list[int]:
        """To which ports they went, since the last time this was asked."""
        ports = [port for _, (_, port) in self.sent]
        self.sent.clear()
        return ports


class NetworkReactor(MemoryReactorClock):
    """As Twisted's own, and datagrams."""

    datagrams: Datagrams

    def listenUDP(self, port: int, protocol: DatagramProtocol, interface: str = "") -> None:
        """Listen for datagrams."""
        self.datagrams = Datagrams()
        protocol.transport = self.datagrams  # type: ignore[assignment]

    def pass_time(self, seconds: float, step: float = 0.01) -> None:
        """Let time pass in small steps."""
        self.pump([step] * round(seconds / step))


@define
class Client:
    """
    A client of one of the reactor's listening ports, the last one normally.

    @ivar transport: what was written to it.
    """

    reactor: NetworkReactor
    number: int = -1
    protocol: AmcpProtocol = field(init=False)
    transport: StringTransport = field(init=False)

    def __attrs_post_init__(self) -> None:
        factory: Any = self.reactor.tcpServers[self.number][1]
        self.protocol = factory.buildProtocol(None)
        self.transport = StringTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 40000))
        self.protocol.makeConnection(self.transport)

    def send(self, *lines: str) -> None:
        """Send lines in one packet."""
        self.protocol.dataReceived(b"".join(line.encode() + b"\r\n" for line in lines))

    def received(self) -> bytes:
        """What came since the last time this was asked."""
        data: bytes = self.transport.value()
        self.transport.clear()
        return data
