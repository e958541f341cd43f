"""The AMCP port: lines, queues, connections."""

from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.media import Library, Media
from rtgplayout.emulator.port import AmcpFactory, Queues
from rtgplayout.emulator.server import Server
from tests.emulator.network import Client, NetworkReactor


class AmcpProtocolTests(SynchronousTestCase):
    """Clients of the port."""

    def setUp(self) -> None:
        self.reactor = NetworkReactor()
        self.server = Server(library=Library.of([Media("a.mp4", 100)]), channel_count=2)
        self.looked = 0
        self.queues = Queues(self.server, self.reactor, self.look)
        self.factory = AmcpFactory(self.server, self.queues)
        self.reactor.listenTCP(5250, self.factory)
        self.client = Client(self.reactor)

    def look(self) -> None:
        """Called after every command."""
        self.looked += 1

    def test_only_cr_lf_ends_a_line(self) -> None:
        """However the bytes are cut."""
        for byte in b"VERSION\n\r\nVERSION\r\n":
            self.client.protocol.dataReceived(bytes([byte]))
        self.reactor.pass_time(1)
        self.assertEqual(
            b"400 ERROR\r\nVERSION\n\r\n201 VERSION OK\r\n2.5.0 N/A Stable\r\n",
            self.client.received(),
        )

    def test_replies_overtake(self) -> None:
        """What the network answers comes first, then the quicker queue."""
        self.client.send("PLAY 1-10 a", "VERSION", "FOO", "PING", "PAUSE 1-10", "CLEAR 2")
        self.assertEqual(b"400 ERROR\r\nFOO\r\nPONG\r\n", self.client.received())
        self.reactor.pass_time(0.002, 0.001)
        self.assertEqual(
            b"201 VERSION OK\r\n2.5.0 N/A Stable\r\n202 CLEAR OK\r\n", self.client.received()
        )
        self.reactor.pass_time(0.01, 0.001)
        self.assertEqual(b"202 PLAY OK\r\n202 PAUSE OK\r\n", self.client.received())
        self.assertEqual(4, self.looked)

    def test_a_full_queue_refuses(self) -> None:
        """More than 128 that wait: 504, with the request's id."""
        self.client.send(*(f"REQ {number} PLAY 1-10 a" for number in range(400)))
        refused = self.client.received()
        self.assertEqual(271, refused.count(b"504 QUEUE OVERFLOW\r\n"))
        self.assertIn(b"RES 399 504 QUEUE OVERFLOW\r\n", refused)
        self.reactor.pass_time(1, 0.002)
        self.assertEqual(129, self.client.received().count(b"202 PLAY OK"))

    def test_goodbye(self) -> None:
        """BYE closes, without a word."""
        self.client.send("VERSION", "BYE")
        self.reactor.pass_time(1)
        self.assertEqual(b"201 VERSION OK\r\n2.5.0 N/A Stable\r\n", self.client.received())
        self.assertTrue(self.client.transport.disconnecting)

    def test_a_client_that_left(self) -> None:
        """What it asked for is done; nobody is answered; its lock is free."""
        self.client.send("LOCK 1 ACQUIRE x")
        self.reactor.pass_time(0.1)
        self.client.received()
        self.client.send("PLAY 1-10 a")
        self.client.protocol.connectionLost()
        self.client.protocol.lineReceived(b"VERSION")
        self.reactor.pass_time(0.1)
        self.assertEqual(b"", self.client.received())
        self.assertIn(10, self.server.channels[1].layers)
        self.assertEqual([], self.server.connections)
        self.assertTrue(self.server.locks[1].allows(self.server.connect()))

    def test_a_hung_server_reads_nothing(self) -> None:
        """It does later what waited, also for those who came meanwhile."""
        self.client.send("PLAY 1-10 a")
        self.factory.hang()
        late = Client(self.reactor)
        self.reactor.pass_time(10)
        self.assertEqual(b"", self.client.received())
        states = [each.transport.producerState for each in (self.client, late)]
        self.assertEqual(["paused", "paused"], states)
        self.factory.resume()
        self.reactor.pass_time(0.1)
        self.assertEqual(b"202 PLAY OK\r\n", self.client.received())
        self.assertEqual("producing", late.transport.producerState)

    def test_dropped_links(self) -> None:
        """Every connection breaks."""
        aborted: list[StringTransport] = []

        def abort(transport: StringTransport) -> None:
            aborted.append(transport)

        self.patch(StringTransport, "abortConnection", abort)
        self.factory.drop()
        self.assertEqual([self.client.transport], aborted)

    def test_slow_commands(self) -> None:
        """A file takes longer than a word; a delay is added to every command."""
        self.queues.delay = 2.0
        self.client.send("STOP 1-10")
        self.reactor.pass_time(1.9)
        self.assertEqual(b"", self.client.received())
        self.reactor.pass_time(0.2)
        self.assertEqual(b"202 STOP OK\r\n", self.client.received())
