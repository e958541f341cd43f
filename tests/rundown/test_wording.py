"""Problems in words."""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.schedule import Anchor, Problem, Schedule, Trouble, schedule
from rtgplayout.rundown.timing import parse_clock_time
from rtgplayout.rundown.wording import describe

from .examples import PAL, PARIS, UTC, at, item, playlist


class DescribeTests(SynchronousTestCase):
    """Each trouble says what it is and how much."""

    def test_late(self) -> None:
        """By how much at least."""
        found = schedule(
            playlist(item("film", 600), item("news", 60, "20:00")), Anchor(0, at("20:01")), UTC
        )
        self.assertEqual(
            describe(found.problems[0], found),
            "It can not start at 20:00:00: the earliest is 00:01:05.000 later.",
        )

    def test_trim_too_large(self) -> None:
        """What would have to go, and what can."""
        found = schedule(
            playlist(item("a", 10), item("b", 10), item("news", 60, "20:00")),
            Anchor(0, at("19:59:52")),
            UTC,
        )
        self.assertEqual(
            describe(found.problems[0], found),
            "What stands before it is 00:00:12.000 too long, and only 00:00:10.000 can be "
            "trimmed: items before it are dropped.",
        )

    def test_order(self) -> None:
        """Which one it is not after."""
        found = schedule(
            playlist(item("a", 10), item("b", 10, "20:00"), item("c", 10, "19:59")),
            Anchor(0, at("19:59:50")),
            UTC,
        )
        self.assertEqual(
            describe(found.problems[0], found),
            "19:59:00 is not after the hard start before it, B at 20:00:00: "
            "it follows without waiting.",
        )

    def test_no_such_time(self) -> None:
        """That the clocks skip it."""
        found = schedule(
            playlist(item("a", 3600), item("b", 10, "02:30")),
            Anchor(0, at("2026-03-29 01:30", PARIS)),
            PARIS,
        )
        self.assertEqual(
            describe(found.problems[0], found),
            "The clocks skip 02:30:00 on that day: it starts as if they had not changed yet.",
        )

    def test_of_another_schedule(self) -> None:
        """Items that are not there any more leave out what they would tell."""
        problem = Problem("x", "X", Trouble.LATE, parse_clock_time("20:00"))
        empty = Schedule(PAL, 0.0)
        self.assertIn("00:00:00.000 later", describe(problem, empty))
        self.assertIn(
            "before it: it follows", describe(evolve(problem, trouble=Trouble.ORDER), empty)
        )
