# -*- test-case-name: tests.amcp.test_ticks -*-
"""
Tests for L{rtgplayout.amcp.ticks}.
"""

import struct
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.status import Background, ChannelStatus, Foreground, Layer
from rtgplayout.amcp.ticks import OscTicks, ServerRestarted, Telemetry
from tests.amcp.packets import FULL, channel, clip, message, packet, packets

HALF = 0.5


def small(number: int, time: float = HALF) -> bytes:
    """A tick with one layer, in one packet."""
    return packet(number, *channel(1, *clip(10, time=time)))


def large(number: int, layers: int = 9) -> list[bytes]:
    """A tick of many layers, in several packets."""
    found = channel(1)
    for each in range(layers):
        found += clip(10 + each, cue="next")
    return list(packets(number, *found))


def ticks(found: list[Telemetry | ServerRestarted]) -> list[tuple[int, int | None]]:
    """Channel and tick of each status told."""
    return [
        (each.status.channel, each.status.tick) for each in found if isinstance(each, Telemetry)
    ]


class ReadingTests(SynchronousTestCase):
    def status(self, *messages: bytes) -> ChannelStatus:
        (told,) = OscTicks().feed(packet(7, *channel(1, *messages)), 3.0)
        assert isinstance(told, Telemetry)
        self.assertEqual(told.at, 3.0)
        return told.status

    def test_clip_and_cue(self) -> None:
        """A packet tells what INFO tells, and the tick."""
        self.assertEqual(
            self.status(*clip(10, cue="clip5")),
            ChannelStatus(
                channel=1,
                tick=7,
                rate=Fraction(25),
                format="720p2500",
                layers={
                    10: Layer(
                        Foreground(
                            producer="ffmpeg",
                            name="clip8",
                            path="/media/clip8.mp4",
                            time=0.5,
                            total=8.0,
                            clip_length=8.0,
                            frames_left=172,
                        ),
                        Background("transition", "clip5", "/media/clip5.mp4"),
                    )
                },
            ),
        )

    def test_nothing_on_air(self) -> None:
        """A channel without layers is told too."""
        self.assertEqual(self.status().layers, {})

    def test_other_sources(self) -> None:
        """Colours, live inputs, pauses, loops and transitions."""
        at = "/channel/1/stage/layer/{}/foreground/"
        empty = "/channel/1/stage/layer/{}/background/producer"
        status = self.status(
            message(empty.format(1), "empty"),
            message(at.format(1) + "color", "#FF00FF00"),
            message(at.format(1) + "paused", True),
            message(at.format(1) + "producer", "color"),
            message(empty.format(2), "empty"),
            message(at.format(2) + "file/path", 3),
            message(at.format(2) + "producer", "decklink"),
            message(empty.format(3), "empty"),
            message(at.format(3) + "loop", True),
            message(at.format(3) + "producer", "transition"),
            message(at.format(3) + "transition/frame", 13, 50),
            message(at.format(3) + "transition/producer", "decklink"),
        )
        self.assertEqual(
            {number: layer.foreground for number, layer in status.layers.items()},
            {
                1: Foreground(producer="color", paused=True),
                2: Foreground(producer="decklink", path="3"),
                3: Foreground(
                    producer="transition", loop=True, transition=(13, 50), leads_to="decklink"
                ),
            },
        )

    def test_sting(self) -> None:
        """A sting tells no frames; a transition of which nothing came is not all of the tick."""
        at = "/channel/1/stage/layer/10/"
        begun = [
            message(at + "background/producer", "empty"),
            message(at + "foreground/producer", "transition"),
        ]
        status = self.status(*begun, message(at + "foreground/transition/type", "sting"))
        self.assertEqual(status.layer(10).foreground, Foreground(producer="transition"))
        self.assertEqual(OscTicks().feed(packet(7, *channel(1, *begun)), 3.0), [])

    def test_key_is_not_fill(self) -> None:
        """The state of a key, below the fill's, is not mixed into it."""
        at = "/channel/1/stage/layer/10/foreground/keyer/file/"
        status = self.status(*clip(10), message(at + "name", "x"), message(at + "time", 1.0, 2.0))
        self.assertEqual(status.layer(10).foreground.name, "clip8")

    def test_wrong_values(self) -> None:
        """Values of unexpected kinds are taken for missing."""
        at = "/channel/1/stage/layer/10/"
        status = self.status(
            message(at + "background/producer", "empty"),
            message(at + "foreground/producer", 1.5),
            message(at + "foreground/file/name", 1.5),
            message(at + "foreground/file/time", "a", "b"),
            message(at + "foreground/file/clip", float("nan"), 1.0),
            message(at + "foreground/frames_left"),
            message(at + "foreground/transition/frame", 1),
        )
        self.assertEqual(status.layer(10).foreground, Foreground(transition=(1, 0)))


class GroupingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.ticks = OscTicks()

    def feed(self, *found: bytes, at: float = 1.0) -> list[Telemetry | ServerRestarted]:
        return [told for each in found for told in self.ticks.feed(each, at)]

    def test_one_packet(self) -> None:
        """A tick that came in one packet is told with it, not a tick later."""
        self.assertEqual(ticks(self.feed(small(5))), [(1, 5)])
        self.assertEqual(ticks(self.feed(small(6))), [(1, 6)])

    def test_several_packets(self) -> None:
        """A larger one is told with its last packet, whole."""
        *first, last = large(5)
        self.assertGreater(len(first), 1)
        self.assertEqual(self.feed(*first), [])
        (told,) = self.feed(last)
        assert isinstance(told, Telemetry)
        self.assertEqual(sorted(told.status.layers), list(range(10, 19)))

    def test_any_order(self) -> None:
        """The packets of a tick may come in any order, and twice."""
        for order in ((2, 1, 0), (1, 0, 2), (2, 0, 1, 1), (0, 0, 2, 2, 1, 0)):
            self.ticks = OscTicks()
            one, two, *rest, last = large(5)
            parts = (one, two, last)
            found = self.feed(*rest, *(parts[each] for each in order))
            self.assertEqual(ticks(found), [(1, 5)])
            assert isinstance(found[0], Telemetry)
            self.assertEqual(len(found[0].status.layers), 9)

    def test_lost_packets(self) -> None:
        """A tick that lost a packet is not told: a missing layer would look like a cleared one."""
        parts = large(5)
        for lost in range(len(parts)):
            self.ticks = OscTicks()
            found = self.feed(*parts[:lost], *parts[lost + 1 :])
            self.assertEqual(found, [])
            self.assertEqual(ticks(self.feed(small(6))), [(1, 6)])
            self.assertEqual(self.ticks.incomplete, 1)

    def test_exactly_full(self) -> None:
        """A last packet that is full is told when no other comes, or with the next tick."""
        exact = channel(1, *clip(10), *clip(12))
        spare = FULL - len(packet(5, *exact))
        exact[2:2] = [message("/channel/1/mixer/x", "x" * (spare - 32))]
        self.assertGreaterEqual(len(packet(5, *exact)), FULL)
        self.assertEqual(self.feed(packet(5, *exact), at=2.0), [])
        self.assertTrue(self.ticks.waiting)
        (told,) = self.ticks.settle()
        self.assertEqual((told.status.tick, told.at), (5, 2.0))
        self.assertFalse(self.ticks.waiting)
        self.assertEqual(self.feed(packet(6, *exact), at=3.0), [])
        first, second = self.feed(small(7), at=4.0)
        self.assertEqual(ticks([first, second]), [(1, 6), (1, 7)])
        self.assertEqual(first.at, 3.0)

    def test_two_channels(self) -> None:
        """Channels have bundles of their own, one number apart."""
        two = channel(2, *clip(10, number=2))
        self.assertEqual(
            ticks(self.feed(small(5), packet(6, *two), small(7))), [(1, 5), (2, 6), (1, 7)]
        )

    def test_two_channels_at_once(self) -> None:
        """Channels in one bundle are told each by itself."""
        both = channel(1, *clip(10)) + channel(2, *clip(10, number=2))
        self.assertEqual(ticks(self.feed(*packets(5, *both))), [(1, 5), (2, 5)])

    def test_two_channels_by_one_count(self) -> None:
        """The end of one channel's packets is not that of another's, should they share a number."""
        two = packet(5, *channel(2, *clip(10, number=2)))
        parts = large(5)
        self.assertEqual(ticks(self.feed(*parts[:2], two)), [(2, 5)])
        self.assertTrue(self.ticks.waiting)
        self.assertEqual(ticks(self.feed(*parts[2:])), [(1, 5)])

    def test_end_of_no_interest(self) -> None:
        """The last packet ends a tick also when nothing in it matters otherwise."""
        at = "/channel/1/stage/layer/13/"
        first = [
            *channel(1, *clip(10)),
            message(at + "background/producer", "empty"),
            message(at + "foreground/file/x", "x" * 1200),
            message(at + "foreground/producer", "route"),
        ]
        self.assertEqual(self.feed(packet(5, *first)), [])
        last = packet(5, message(at + "foreground/route/channel", 1))
        self.assertEqual(ticks(self.feed(last)), [(1, 5)])

    def test_duplicates(self) -> None:
        """A packet that comes twice is told once."""
        self.assertEqual(ticks(self.feed(small(5), small(5), small(5))), [(1, 5)])
        self.assertEqual(self.ticks.ignored, 2)

    def test_late(self) -> None:
        """A packet of a tick before is too late: time doesn't run backwards."""
        self.assertEqual(ticks(self.feed(small(6), small(5), small(7))), [(1, 6), (1, 7)])

    def test_restart(self) -> None:
        """A server that counts from the beginning again is another run of it."""
        self.feed(small(5000))
        found = self.feed(small(1), at=9.0)
        self.assertEqual(found[0], ServerRestarted(9.0))
        self.assertEqual(ticks(found), [(1, 1)])
        self.assertEqual(ticks(self.feed(small(2))), [(1, 2)])

    def test_restart_of_a_young_server(self) -> None:
        """Also when it had not counted far: then as soon as it cannot be late packets any more."""
        self.feed(small(30))
        found = [each for number in range(1, 29) for each in self.feed(small(number))]
        self.assertEqual(found, [])
        found = [each for _ in range(8) for each in self.feed(small(29))]
        self.assertIn(ServerRestarted(1.0), found)

    def test_lost_ticks(self) -> None:
        """Missing ticks are just not told."""
        self.assertEqual(ticks(self.feed(small(5), small(9))), [(1, 5), (1, 9)])

    def test_far_too_much(self) -> None:
        """A tick without end does not fill the memory."""
        for at in range(0, 30_000, 60):
            fill = [
                message(f"/channel/1/stage/layer/{at + n}/foreground/paused", True)
                for n in range(60)
            ]
            self.feed(packet(5, *fill))
        self.assertEqual(ticks(self.feed(small(6))), [(1, 6)])


class HostileTests(SynchronousTestCase):
    def test_no_osc(self) -> None:
        """What is no bundle of CasparCG's is ignored, also what would keep python-osc for ever."""
        found = OscTicks()
        head = b"#bundle\0" + struct.pack(">Q", 5)
        for data in (
            b"",
            b"#bundle\0",
            b"hello",
            message("/channel/1/format", "x"),
            head + struct.pack(">i", -4),
            head + struct.pack(">i", 0),
            head + struct.pack(">i", 1 << 30) + b"x",
            head + b"\0\0",
        ):
            self.assertEqual(found.feed(data, 0.0), [])
        self.assertEqual(found.ignored, 8)

    @settings(deadline=None, max_examples=300, derandomize=True)
    @given(st.lists(st.tuples(st.integers(0, 700), st.binary(max_size=6)), max_size=4))
    def test_damaged(self, damage: list[tuple[int, bytes]]) -> None:
        """Nothing that comes raises."""
        found = OscTicks()
        data = packet(5, *channel(1, *clip(10, cue="next")))
        for at, instead in damage:
            data = data[:at] + instead + data[at + len(instead) :]
        found.feed(data, 0.0)
        found.feed(data[: len(data) // 2], 0.0)
        found.settle()
        found.feed(small(1 << 62), 0.0)
        self.assertEqual(ticks(found.feed(small((1 << 62) + 1), 0.0)), [(1, (1 << 62) + 1)])

    @settings(deadline=None, max_examples=100, derandomize=True)
    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=40))
    def test_any_losses(self, order: list[tuple[int, int]]) -> None:
        """Whatever is lost, doubled or out of order: what is told is whole, and only once."""
        found, parts = OscTicks(), {tick: large(100 + tick) for tick in range(6)}
        told = []
        for tick, part in order:
            told += found.feed(parts[tick][part % len(parts[tick])], 0.0)
        numbers = ticks(told)
        self.assertEqual(numbers, sorted(set(numbers)))
        for each in told:
            assert isinstance(each, Telemetry)
            self.assertEqual(len(each.status.layers), 9)
