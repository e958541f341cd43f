# -*- test-case-name: tests.amcp.test_osc -*-
"""
Tests for L{rtgplayout.amcp.osc}.
"""

from attrs import define
from twisted.internet.address import IPv4Address
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.osc import DEFAULT_PORT, OscListener
from rtgplayout.amcp.status import ServerVersion
from tests.amcp.packets import channel, clip, message, packet

SERVER = "192.0.2.1"
V25, V23 = ServerVersion(2, 5), ServerVersion(2, 3, 3)


@define
class Port:
    """A UDP port in memory."""

    number: int
    protocol: DatagramProtocol
    listening: bool = True

    def getHost(self) -> IPv4Address:
        return IPv4Address("UDP", "0.0.0.0", self.number)

    def stopListening(self) -> None:
        self.listening = False


class UDPReactor(Clock):
    """A reactor with UDP in memory, on which some ports are taken."""

    def __init__(self) -> None:
        super().__init__()
        self.ports: list[Port] = []
        self.taken: set[int] = set()

    def listenUDP(
        self, port: int, protocol: DatagramProtocol, interface: str = "", maxPacketSize: int = 8192
    ) -> Port:
        if port in self.taken:
            raise CannotListenError(interface, port, OSError("in use"))
        self.ports.append(Port(port or 40001, protocol))
        return self.ports[-1]


class OscListenerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = UDPReactor()
        self.told: list[object] = []
        self.listener = OscListener(
            self.reactor,  # type: ignore[arg-type]
            0,
            clock=self.reactor,
            now=lambda: 1e9 + self.reactor.seconds(),
            told=lambda status, at: self.told.append((status.tick, at)),
            restarted=lambda at: self.told.append(("restarted", at)),
        )

    def receive(self, number: int, *extra: bytes, source: str = SERVER, port: int = 0) -> None:
        data = packet(number, *channel(1, *clip(10), *extra))
        self.reactor.ports[port].protocol.datagramReceived(data, (source, 5555))

    def test_port(self) -> None:
        """The port that the server is to send to is known while it is listened on."""
        self.assertIsNone(self.listener.port())
        self.listener.startService()
        self.assertEqual(self.listener.port(), 40001)
        self.successResultOf(self.listener.stopService())
        self.assertIsNone(self.listener.port())
        self.assertFalse(self.reactor.ports[0].listening)

    def test_server_only(self) -> None:
        """Only the server is listened to, and nobody before it is known."""
        self.listener.startService()
        self.receive(1)
        self.assertTrue(self.listener.follow(SERVER, V25))
        self.receive(2, source="192.0.2.2")
        self.assertEqual(self.told, [])
        self.reactor.advance(1)
        self.receive(3)
        self.assertEqual(self.told, [(3, 1e9 + 1)])

    def test_restart(self) -> None:
        """A restart is told before the first status after it, also when the link came again."""
        self.listener.startService()
        self.listener.follow(SERVER, V25)
        self.receive(1000)
        self.listener.follow(SERVER, V25)
        self.receive(2)
        self.assertEqual(self.told[1:], [("restarted", 1e9), (2, 1e9)])

    def test_other_server(self) -> None:
        """Another server counts for itself."""
        self.listener.startService()
        self.listener.follow(SERVER, V25)
        self.receive(1000)
        self.listener.follow("192.0.2.9", V25)
        self.receive(2, source="192.0.2.9")
        self.assertEqual(self.told[1:], [(2, 1e9)])

    def test_full_packet(self) -> None:
        """A tick that fills its packet is told a moment later, with the time at which it came."""
        self.listener.startService()
        self.listener.follow(SERVER, V25)
        more = message("/channel/1/stage/layer/9/foreground/color", "x" * 2000)
        self.receive(5, more)
        self.assertEqual(self.told, [])
        self.reactor.advance(0.01)
        self.receive(6, more)
        self.reactor.advance(0.005)
        self.assertEqual(self.told, [(5, 1e9)])
        self.receive(7)
        self.assertEqual([each[0] for each in self.told], [5, 6, 7])  # type: ignore[index]
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_stopped_while_waiting(self) -> None:
        """Stopped, it leaves nothing behind."""
        self.listener.startService()
        self.listener.follow(SERVER, V25)
        self.receive(5, message("/channel/1/x", "x" * 2000))
        self.listener.stopService()
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_old_servers(self) -> None:
        """Servers before 2.4 send to the default port, and it is listened on once."""
        self.listener.startService()
        self.assertTrue(self.listener.follow(SERVER, V23))
        self.assertTrue(self.listener.follow(SERVER, V23))
        self.assertEqual([each.number for each in self.reactor.ports], [40001, DEFAULT_PORT])
        self.receive(5, port=1)
        self.assertEqual(self.told, [(5, 1e9)])

    def test_default_port_taken(self) -> None:
        """When it is taken, there is no telemetry, and that is said."""
        self.listener.startService()
        self.reactor.taken.add(DEFAULT_PORT)
        self.assertFalse(self.listener.follow(SERVER, V23))

    def test_not_listening(self) -> None:
        """Nor is there when it is stopped."""
        self.assertFalse(self.listener.follow(SERVER, V25))

    def test_port_taken(self) -> None:
        """A port that is taken keeps the service from starting."""
        self.reactor.taken.add(0)
        with self.assertRaises(CannotListenError):
            self.listener.startService()

    def test_faulty_listener(self) -> None:
        """A fault in one who is told does not end the listening."""
        self.listener.startService()
        self.listener.follow(SERVER, V25)
        self.patch(self.listener, "_on_status", lambda *_: 1 / 0)
        self.receive(5)
        self.receive(6)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)
