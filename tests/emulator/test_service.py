"""The emulator on the network, in memory."""

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.media import Library, Media
from rtgplayout.emulator.server import Server
from rtgplayout.emulator.service import EmulatorService
from tests.emulator.network import Client, NetworkReactor


class EmulatorServiceTests(SynchronousTestCase):
    """A service of its own ticks, its ports, and its faults."""

    def setUp(self) -> None:
        self.reactor = NetworkReactor()
        self.server = Server(library=Library.of([Media("a.mp4", 100)]))
        self.deaths = 0
        self.service = EmulatorService(self.server, self.reactor, osc_port=6250, on_death=self.died)
        self.service.startService()
        self.addCleanup(self.stop)

    def died(self) -> None:
        """The server was killed."""
        self.deaths += 1

    def stop(self) -> None:
        """Stopping leaves nothing behind."""
        if self.service.running:
            self.successResultOf(self.service.stopService())
        self.assertEqual([], self.reactor.getDelayedCalls())
        self.assertFalse(self.reactor.datagrams.listening)

    def ask(self, client: Client, *lines: str) -> bytes:
        """Send and wait for the answer."""
        client.send(*lines)
        self.reactor.pass_time(0.02)
        return client.received()

    def test_it_ticks_at_the_rate_of_the_channel(self) -> None:
        """Ticks that were missed are made up, however many."""
        self.reactor.pass_time(1)
        self.assertEqual(25, self.server.tick)
        self.reactor.advance(0.2)
        self.assertEqual(30, self.server.tick)
        self.reactor.advance(3600)
        self.assertEqual(90030, self.server.tick)

    def test_clients_get_osc_as_long_as_they_are_there(self) -> None:
        """On the default port, once a tick for all of them; and where they subscribe."""
        self.reactor.pass_time(0.4)
        self.assertEqual([], self.reactor.datagrams.ports())
        first, second = Client(self.reactor), Client(self.reactor)
        self.reactor.pass_time(0.4)
        self.assertEqual([6250] * 10, self.reactor.datagrams.ports())
        self.assertEqual(b"202 OSC SUBSCRIBE OK\r\n", self.ask(first, "OSC SUBSCRIBE 7000"))
        self.reactor.datagrams.ports()
        self.reactor.pass_time(0.08)
        self.assertEqual([6250, 7000] * 2, self.reactor.datagrams.ports())
        self.ask(first, "OSC UNSUBSCRIBE 7000")
        first.protocol.connectionLost()
        second.protocol.connectionLost()
        self.reactor.datagrams.ports()
        self.reactor.pass_time(0.4)
        self.assertEqual([], self.reactor.datagrams.ports())

    def test_osc_leaves_at_the_end_of_the_tick(self) -> None:
        """A command is seen between one and two ticks later."""
        client = Client(self.reactor)
        self.reactor.pass_time(0.2)
        self.assertEqual(b"202 PLAY OK\r\n", self.ask(client, "PLAY 1-10 a"))
        self.reactor.datagrams.sent.clear()
        told = []
        for _ in range(6):
            self.reactor.pass_time(0.02)
            told.append(any(b"/stage/" in data for data, _ in self.reactor.datagrams.sent))
        self.assertEqual([False, False, True, True, True, True], told)

    def test_a_restart(self) -> None:
        """Everybody is thrown out, the port is closed a while, then all is empty."""
        client = Client(self.reactor)
        self.ask(client, "PLAY 1-10 a")
        self.reactor.pass_time(1)
        self.service.restart()
        self.assertTrue(client.transport.disconnecting)
        self.reactor.pass_time(0.3)
        self.assertEqual(0, self.server.tick)
        self.assertEqual(1, len(self.reactor.tcpServers))
        self.reactor.pass_time(0.5)
        self.assertEqual(10, self.server.tick)
        self.assertEqual(2, len(self.reactor.tcpServers))
        self.assertEqual({}, self.server.channels[1].layers)
        self.assertEqual(self.service.port, self.reactor.tcpServers[1][0])

    def test_the_restart_command(self) -> None:
        """Does the same."""
        client = Client(self.reactor)
        self.ask(client, "RESTART")
        self.reactor.pass_time(1)
        self.assertEqual(2, len(self.reactor.tcpServers))
        self.assertEqual(0, self.deaths)

    def test_death(self) -> None:
        """A command that kills it: no more ticks, no port, and whoever runs it is told."""
        client = Client(self.reactor)
        self.ask(client, "CHANNEL_GRID")
        tick = self.server.tick
        self.reactor.pass_time(1)
        self.assertEqual((1, tick), (self.deaths, self.server.tick))
        self.assertTrue(client.transport.disconnecting)
        self.assertEqual(b"", self.ask(client, "VERSION"))

    def test_silence(self) -> None:
        """No OSC for a while; a second silence replaces the first."""
        Client(self.reactor)
        self.service.silence(10)
        self.service.silence(1)
        self.reactor.pass_time(0.9)
        self.assertEqual([], self.reactor.datagrams.ports()[1:])
        self.reactor.pass_time(0.5)
        self.assertTrue(self.reactor.datagrams.ports())

    def test_a_stall(self) -> None:
        """No ticks for a while, but answers."""
        client = Client(self.reactor)
        self.service.stall(2)
        self.assertIn(b"201 VERSION OK", self.ask(client, "VERSION"))
        self.reactor.pass_time(1.9)
        self.assertEqual(0, self.server.tick)
        self.reactor.pass_time(1)
        self.assertApproximates(23, self.server.tick, 1)

    def test_a_hang(self) -> None:
        """No answers for a while; the pictures go on."""
        client = Client(self.reactor)
        client.send("VERSION")
        self.service.hang(2)
        self.reactor.pass_time(1)
        self.assertEqual((b"", 25), (client.received(), self.server.tick))
        self.reactor.pass_time(1.1)
        self.assertIn(b"201 VERSION OK", client.received())

    def test_freezing_and_slowness(self) -> None:
        """The clip on air, if there is one; every answer, from now on."""
        client = Client(self.reactor)
        self.assertFalse(self.service.freeze())
        self.ask(client, "PLAY 1-10 a")
        self.assertTrue(self.service.freeze())
        self.service.delay(1)
        self.assertEqual(b"", self.ask(client, "VERSION"))
        self.service.drop()

    def test_a_fault_in_the_ticking_is_logged(self) -> None:
        """It does not go unseen."""

        def broken(to: int) -> None:
            raise RuntimeError("broken")

        self.patch(Server, "advance", lambda server, to: broken(to))
        self.reactor.pass_time(0.1)
        self.assertEqual(1, len(self.flushLoggedErrors(RuntimeError)))
