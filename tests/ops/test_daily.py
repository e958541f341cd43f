"""What is done once a day."""

from datetime import date
from zoneinfo import ZoneInfo

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.daily import Daily

NOON = 1_772_359_200.0
"""2026-03-01, 12:00 in Bucharest."""


class DailyTests(SynchronousTestCase):
    """Work in a station in Bucharest, from noon on."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.done: list[float] = []
        self.result: Deferred[object] | None = None
        self.skew = 0.0
        self.daily = Daily(
            "the work",
            self.work,
            ZoneInfo("Europe/Bucharest"),
            self.clock,
            lambda: NOON + self.clock.seconds() + self.skew,
        )
        self.daily.startService()
        self.addCleanup(self.daily.stopService)

    def work(self) -> Deferred[object]:
        self.done.append(self.clock.seconds())
        return succeed(None) if self.result is None else self.result

    def run_for(self, hours: float) -> None:
        self.clock.pump([30.0] * round(hours * 120))

    def test_soon_after_the_start_and_after_midnight(self) -> None:
        self.run_for(11.9)
        self.assertEqual(self.done, [60])
        self.assertEqual(self.daily.done_on, date(2026, 3, 1))
        self.run_for(0.2)
        self.assertEqual(self.done, [60, 12 * 3600])
        self.run_for(24)
        self.assertEqual(self.done, [60, 12 * 3600, 36 * 3600])

    def test_what_fails_is_tried_again_after_an_hour(self) -> None:
        self.result = fail(OSError("disk full"))
        self.run_for(0.5)
        self.assertEqual(len(self.done), 1)
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
        self.result = None
        self.run_for(1)
        self.assertEqual(len(self.done), 2)
        self.run_for(4)
        self.assertEqual(len(self.done), 2)

    def test_one_at_a_time(self) -> None:
        """However long it takes."""
        self.result = Deferred()
        self.run_for(30)
        self.assertEqual(len(self.done), 1)
        working, self.result = self.result, None
        working.callback(None)
        self.run_for(0.1)
        self.assertEqual(len(self.done), 2)

    def test_a_clock_that_is_set_back(self) -> None:
        """The day before is done again; that hurts nothing, and no day is left out."""
        self.run_for(13)
        self.skew = -7200.0
        self.run_for(3)
        self.assertEqual(len(self.done), 4)

    def test_stopped(self) -> None:
        self.daily.stopService()
        self.daily.stopService()
        self.run_for(48)
        self.assertEqual(self.done, [])
        self.daily.startService()
        self.run_for(1)
        self.daily.stopService()
        self.run_for(48)
        self.assertEqual(len(self.done), 1)
