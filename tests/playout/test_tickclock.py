"""
Tests of L{rtgplayout.playout.tickclock}.
"""

import random
from fractions import Fraction

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.playout.tickclock import TickClock

from .scene import Scene, auto, clip, seen, stage

RATE = Fraction(25)


class OwnCounterTests(SynchronousTestCase):
    """A server with one channel: the counter is the tick."""

    def test_late_packets(self) -> None:
        """Packets come late, never early: the earliest one tells the time."""
        clock = TickClock.started(RATE, 100, 10.02)
        for counter, late in ((101, 0.015), (102, 0.0), (103, 0.03), (105, 0.001)):
            clock = clock.heard(counter, 10.0 + (counter - 100) * 0.04 + late)
        self.assertEqual(clock.tick, 105)
        self.assertAlmostEqual(clock.start_of(106), 10.2, places=2)

    def test_drift(self) -> None:
        """A server clock that is 50 ppm slow is followed for an hour, to a fraction of a frame."""
        clock = TickClock.started(RATE, 1, 0.04)
        for counter in range(2, 90_000, 10):
            clock = clock.heard(counter, counter * 0.04 * 1.00005)
        self.assertAlmostEqual(clock.start_of(90_000), 89_999 * 0.04 * 1.00005, places=2)

    def test_when_to_send(self) -> None:
        """A command goes out in the middle of the tick before the one it is to take effect at."""
        clock = TickClock.started(RATE, 1, 0.04)
        self.assertAlmostEqual(clock.send_at(10), 8.5 * 0.04)
        self.assertEqual(clock.tick_near(0.359), 10)


class SharedCounterTests(SynchronousTestCase):
    """
    A server with several channels: one counter goes up with each tick of each (measured on a real
    2.5.0 with two channels).
    """

    def test_ticks_are_told_by_arrival(self) -> None:
        """Also when the order of the channels' packets changes, and when ticks are lost."""
        chance = random.Random(1)
        clock = TickClock.started(RATE, 2, 0.04, channels=2)
        for tick in range(2, 5000):
            if chance.random() < 0.02:
                continue
            counter = 2 * tick + chance.choice((-1, 0))
            clock = clock.heard(counter, tick * 0.04 * 1.00002 + chance.uniform(0, 0.004))
            self.assertEqual(clock.tick, tick + 1)
        self.assertAlmostEqual(clock.start_of(5001), 4999 * 0.04 * 1.00002, places=2)

    def test_late_to_look(self) -> None:
        """
        Packets that were kept from us for two seconds, and come together then, are of as many ticks
        as they count, give or take a few; when ticks start is right again with the last of them.
        """
        chance = random.Random(1)
        clock = TickClock.started(RATE, 2, 0.04, channels=2)
        for tick in range(2, 400):
            arrived = max(tick * 0.04, 10.0) if tick > 200 else tick * 0.04
            clock = clock.heard(2 * tick + chance.choice((-1, 0)), arrived)
            self.assertLessEqual(abs(clock.tick - (tick + 1)), 8)
            if not 200 < tick <= 251:
                self.assertLessEqual(abs(clock.start_of(clock.tick + 1) - arrived), 0.041)

    def test_server_stops_for_a_while(self) -> None:
        """The ticks that it did not make are none."""
        clock = TickClock.started(RATE, 2, 0.04, channels=2)
        for tick in range(2, 400):
            clock = clock.heard(2 * tick, tick * 0.04 + (2.0 if tick > 200 else 0.0))
            self.assertEqual(clock.tick, tick + 1)
            self.assertLess(clock.start_of(tick), tick * 0.04 + 2)
        self.assertAlmostEqual(clock.start_of(401), 399 * 0.04 + 2, places=0)

    def two_channels(self, *items: object) -> Scene:
        """A stage whose server has two channels."""
        it = stage(*items, connected=False)  # type: ignore[arg-type]
        it.server.channel_count = 2
        it.server.restart()
        it.connect()
        return it

    def test_gapless(self) -> None:
        """Junctions are exact, and no clip is taken for standing still."""
        items = [clip(name, 100) for name in "abcde"]
        it = self.two_channels(*items)
        auto(it)
        it.run_for(22)
        self.assertEqual([each[2] for each in seen(it)[:5]], [100] * 5)
        self.assertEqual([n for _, n in it.notices if n.level == "error"], [])

    def test_hard_start(self) -> None:
        """And a hard start is on its frame."""
        it = self.two_channels(clip("a", 200), clip("b", 100, hard=6))
        auto(it)
        it.run_for(10)
        (second,) = [run for run in it.finish()[0].runs if "b.mp4" in run.picture.name][:1]
        self.assertAlmostEqual(it.eras[0].starts + (second.start_tick - 1) * 0.04, 6, places=1)
