"""OSC, read by another's parser."""

from pythonosc.osc_bundle import OscBundle
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.amcp import execute
from rtgplayout.emulator.media import Library, Media
from rtgplayout.emulator.osc import encode
from rtgplayout.emulator.producer import Long
from rtgplayout.emulator.server import Server


def read(packets: list[bytes]) -> dict[str, list[object]]:
    """The messages of those bundles."""
    return {
        message.address: list(message.params) for packet in packets for message in OscBundle(packet)
    }


class PacketsTests(SynchronousTestCase):
    """What leaves every tick."""

    def setUp(self) -> None:
        self.server = Server(library=Library.of([Media("été.mp4", 100)]))
        self.connection = self.server.connect()

    def send(self, line: str) -> None:
        """Send a line."""
        execute(self.server, line.encode(), self.connection)

    def test_the_whole_state_every_tick(self) -> None:
        """As other software reads it, float32 and all."""
        self.send("PLAY 1-10 été")
        self.send("LOADBG 1-10 été AUTO")
        self.server.advance(50)
        (packet,) = self.server.osc_packets(1)
        told = read([packet])
        layer = "/channel/1/stage/layer/10"
        self.assertEqual(["720p2500"], told["/channel/1/format"])
        self.assertEqual([25, 1], told["/channel/1/framerate"])
        self.assertEqual(["été"], told[f"{layer}/foreground/file/name"])
        self.assertEqual([False], told[f"{layer}/foreground/paused"])
        self.assertEqual(["transition"], told[f"{layer}/background/producer"])
        at, total = told[f"{layer}/foreground/file/time"]
        assert isinstance(at, float)
        self.assertEqual(4.0, total)
        self.assertEqual([100 - round(at * 25)], told[f"{layer}/foreground/frames_left"])
        self.assertEqual(packet, self.server.osc_packets(1)[0])

    def test_the_time_tag_counts_ticks(self) -> None:
        """It is no time; it starts at 1, and again after a restart."""
        self.assertEqual([], self.server.osc_packets(1))
        for _ in range(2):
            self.server.advance(1)
            (packet,) = self.server.osc_packets(1)
            self.assertEqual(b"#bundle\0" + bytes(7) + b"\x01", packet[:16])
            self.server.restart()

    def test_many_layers_take_several_packets(self) -> None:
        """Of about 2 kB, with the same tag."""
        for layer in range(1, 10):
            self.send(f"PLAY 1-{layer} été LOOP")
        self.server.advance(10)
        packets = self.server.osc_packets(1)
        self.assertTrue(2 < len(packets) < 6)
        self.assertTrue(all(2048 <= len(packet) < 2148 for packet in packets[:-1]))
        self.assertEqual(1, len({packet[:16] for packet in packets}))
        self.assertEqual(9, sum(name.endswith("/paused") for name in read(packets)))

    def test_silence_and_death(self) -> None:
        """Nothing is sent."""
        self.server.advance(1)
        self.server.silent = True
        self.assertEqual([], self.server.osc_packets(1))
        self.server.silent = False
        self.server.die()
        self.assertEqual([], self.server.osc_packets(1))

    def test_two_channels_lose_ticks(self) -> None:
        """6 to 9 of 500 each, always the same ones for a seed."""
        server = Server(channel_count=2, seed=3)
        lost = {1: 0, 2: 0}
        for tick in range(1, 5001):
            server.advance(tick)
            for channel in lost:
                lost[channel] += not server.osc_messages(channel)
        self.assertTrue(all(50 < count < 110 for count in lost.values()), lost)

    def test_numbers_of_64_bits(self) -> None:
        """Only where the server has them."""
        self.assertEqual(
            b"/a\0\0,hi\0" + bytes(7) + b"\x05" + bytes(3) + b"\x06", encode("/a", (Long(5), 6))
        )
