"""The emulated server as a whole, driven by its ticks."""

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.amcp import execute
from rtgplayout.emulator.media import Library, Media
from rtgplayout.emulator.server import Server
from rtgplayout.emulator.viewer import Picture, Shown


class JunctionTests(SynchronousTestCase):
    """What the viewer sees when one clip follows another."""

    def setUp(self) -> None:
        self.server = Server(
            library=Library.of([Media("a.mp4", 125), Media("b.mp4", 200), Media("c.mp4", 250)])
        )
        self.connection = self.server.connect()

    def send(self, line: str) -> bytes:
        """Send a line; everything answered."""
        replies = execute(self.server, line.encode(), self.connection)
        return b"".join(each.data for each in replies)

    def test_auto_is_gapless(self) -> None:
        """LOADBG AUTO: every frame of every clip once, and no tick between them."""
        self.send('PLAY 1-10 "a"')
        for name in "bc":
            self.server.advance(self.server.tick + 60)
            self.assertEqual(b"202 LOADBG OK\r\n", self.send(f'LOADBG 1-10 "{name}" AUTO'))
            self.server.advance(self.server.tick + 150)
        self.server.advance(600)
        *_, a, b, c, held = self.server.shown(1, 10)
        self.assertEqual((124, 199), (a.last_frame, b.last_frame))
        start = a.end_tick
        self.assertEqual(
            [
                Shown(start, start + 200, Picture("clip", "/media/b.mp4", 0), 1),
                Shown(start + 200, start + 450, Picture("clip", "/media/c.mp4", 0), 1),
            ],
            [b, c],
        )
        self.assertEqual((249, 0), (held.first_frame, held.step))
