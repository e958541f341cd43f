# -*- test-case-name: tests.ops.test_drift -*-
"""CasparCG's frame clock against ours, from the ticks that were heard."""

import random
from fractions import Fraction

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.drift import Drift
from rtgplayout.playout.tickclock import TickClock

RATE = Fraction(25)


def clock(zero: float, mono: float, channels: int = 1) -> TickClock:
    """As it is known at C{mono}, when tick 0 ended at C{zero}."""
    tick = int((mono - zero) * 25)
    return TickClock(RATE, zero, tick, tick, channels)


class DriftTests(SynchronousTestCase):
    def follow(self, ppm: float, seconds: int, channels: int = 1) -> Drift:
        """A server whose ticks are that much longer, telling each with a little delay."""
        dice, drift = random.Random(1), Drift()
        period = 0.04 * (1 + ppm / 1e6)
        heard = TickClock.started(RATE, 1000, 50.0, channels)
        for n in range(1, seconds * 25):
            at = 50.0 + n * period
            heard = heard.heard(1000 + n * channels, at + abs(dice.gauss(0, 0.001)))
            if n % 375 == 0:
                drift.look(heard, at)
        return drift

    def test_a_slow_server(self) -> None:
        """Its frames come ever later."""
        drift = self.follow(200, 1200)
        ppm, offset = drift.ppm(), drift.offset
        assert ppm is not None
        assert offset is not None
        self.assertLess(abs(ppm - 200), 3)
        self.assertLess(abs(offset - 0.24), 0.01)

    def test_a_fast_one(self) -> None:
        ppm = self.follow(-100, 1200).ppm()
        assert ppm is not None
        self.assertLess(abs(ppm + 100), 3)

    def test_a_good_one(self) -> None:
        """When packets come is no drift."""
        drift = self.follow(0, 1200)
        self.assertLess(abs(drift.ppm() or 99), 3)
        self.assertLess(abs(drift.offset or 0), 0.005)

    def test_frames_that_were_lost(self) -> None:
        """Half a second in which the server did nothing is half a second that it is behind."""
        drift = Drift()
        drift.look(clock(10.0, 100.0), 100.0)
        drift.look(clock(10.5, 110.0), 110.0)
        self.assertEqual(drift.offset, 0.5)

    def test_what_takes_its_time(self) -> None:
        """How fast is told after five minutes, how far at once; after an hour it is forgotten."""
        drift = Drift()
        for n in range(31):
            self.assertIs(drift.ppm(), None)
            drift.look(clock(10.0, 100.0 + n * 10), 100.0 + n * 10)
            self.assertEqual(drift.offset, 0)
        self.assertEqual(drift.ppm(), 0)
        for n in range(31, 2000):
            drift.look(clock(10.0, 100.0 + n * 10), 100.0 + n * 10)
        self.assertEqual(len(drift._points), 361)

    def test_looking_often_costs_nothing(self) -> None:
        drift = Drift()
        for n in range(200):
            drift.look(clock(10.0, 100.0 + n / 10), 100.0 + n / 10)
        self.assertEqual(len(drift._points), 2)

    def test_a_counter_that_is_shared_tells_nothing(self) -> None:
        drift = self.follow(0, 600, channels=2)
        self.assertEqual((drift.offset, drift.ppm()), (None, None))
        drift = self.follow(0, 600)
        drift.look(clock(10.0, 700.0, channels=2), 700.0)
        drift.look(clock(11.0, 710.0), 710.0)
        self.assertEqual(drift.offset, 0)

    def test_no_telemetry(self) -> None:
        """Nothing is told meanwhile, and all is known when it is back."""
        drift = Drift()
        drift.look(None, 90.0)
        self.assertEqual((drift.offset, drift.ppm()), (None, None))
        drift.look(clock(10.0, 100.0), 100.0)
        drift.look(None, 110.0)
        self.assertEqual((drift.offset, drift.ppm()), (None, None))
        drift.look(clock(10.25, 500.0), 500.0)
        self.assertEqual(drift.offset, 0.25)
        self.assertAlmostEqual(drift.ppm() or 0, 625)

    def test_a_server_that_was_restarted_is_another(self) -> None:
        """Whether it counts less than before, or more by now; with another rate, too."""
        for zero, at, rate in ((99.0, 200.0, RATE), (210.0, 900.0, RATE), (10.0, 210.0, 50)):
            drift = Drift()
            drift.look(clock(10.0, 200.0), 200.0)
            again = TickClock(Fraction(rate), zero, int((at - zero) * 25), 1)
            drift.look(again, at)
            self.assertEqual(drift.offset, 0, (zero, at, rate))
            self.assertIs(drift.ppm(), None)
