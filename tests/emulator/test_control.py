"""Being told to misbehave."""

from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.control import USAGE, ControlFactory, obey
from rtgplayout.emulator.server import Server
from rtgplayout.emulator.service import EmulatorService
from tests.emulator.network import NetworkReactor


class ControlTests(SynchronousTestCase):
    """Lines and what they do."""

    def setUp(self) -> None:
        self.reactor = NetworkReactor()
        self.server = Server()
        self.service = EmulatorService(self.server, self.reactor)
        self.service.startService()

    def test_each_word(self) -> None:
        """In any case; the seconds where they belong."""
        for line in ("restart", "SILENCE 5", "hang 1", "STALL 0.5", "DELAY 0", "DROP"):
            self.assertEqual("OK", obey(self.service, line), line)
        self.assertTrue(self.server.silent)
        self.assertEqual("nothing to freeze there", obey(self.service, "FREEZE 1-10"))

    def test_anything_else(self) -> None:
        """What it could have been."""
        for line in ("", "FOO", "HANG", "HANG x", "HANG -1", "DROP it", "FREEZE x", "FREEZE 9-1"):
            self.assertEqual(USAGE, obey(self.service, line), line)

    def test_the_port(self) -> None:
        """A line, an answer."""
        control = ControlFactory(self.service).buildProtocol(None)
        transport = StringTransport()
        control.makeConnection(transport)
        control.dataReceived(b"DROP\nwhat\xff\n")
        self.assertEqual(f"OK\n{USAGE}\n".encode(), transport.value())
