# -*- test-case-name: tests.api.test_pace -*-
"""Whose turn it is."""

from attrs import define
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.pace import Pace

from .memory import TurnClock


@define(eq=False)
class Taker:
    """One for whom something waits: so many frames of so many bytes."""

    name: str
    went: list[str]
    frames: int
    size: int = 50_000
    breaks: bool = False

    def go_on(self) -> int:
        if self.breaks:
            raise ZeroDivisionError
        if not self.frames:
            return 0
        self.frames -= 1
        self.went.append(self.name)
        return self.size


class PaceTests(SynchronousTestCase):
    """Turns of the reactor, and of those in line."""

    def setUp(self) -> None:
        self.clock = TurnClock()
        self.pace = Pace(self.clock)
        self.went: list[str] = []

    def taker(self, name: str, frames: int, size: int = 50_000) -> Taker:
        taker = Taker(name, self.went, frames, size)
        self.pace.queue(taker)
        return taker

    def turn(self) -> list[str]:
        """What went in one turn of the reactor."""
        self.went.clear()
        self.assertLessEqual(self.clock.turn(), 1)
        return list(self.went)

    def test_by_turns(self) -> None:
        """A frame of each in its turn, and only so many bytes a turn of the reactor."""
        for name in "abc":
            self.taker(name, 5)
        self.assertEqual(self.went, [])
        turns = [self.turn() for _ in range(4)]
        self.assertEqual("".join(map("".join, turns)), "abcabcabcabcabc")
        self.assertEqual([len(turn) for turn in turns], [6, 6, 3, 0])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_many(self) -> None:
        """Five hundred that take all they can get don't make one turn longer."""
        for n in range(500):
            self.taker(str(n), 3)
        lengths = []
        while turn := self.turn():
            lengths.append(len(turn))
        self.assertEqual(sum(lengths), 1500)
        self.assertLessEqual(max(lengths) * 50_000, 300_000)

    def test_in_line_once(self) -> None:
        """Who is in line already gets no second place in it."""
        a, b = self.taker("a", 3), self.taker("b", 3)
        self.pace.queue(a)
        self.pace.queue(b)
        self.assertEqual(self.turn()[:4], ["a", "b", "a", "b"])

    def test_who_does_not_take_it(self) -> None:
        """Who takes nothing leaves the line, and comes back when it does."""
        taker = self.taker("a", 0)
        self.assertEqual(self.turn(), [])
        self.assertEqual(self.clock.getDelayedCalls(), [])
        taker.frames = 1
        self.pace.queue(taker)
        self.assertEqual(self.turn(), ["a"])

    def test_a_bug(self) -> None:
        """What fails for one is logged, and nothing to the others."""
        self.taker("bad", 1).breaks = True
        self.taker("good", 1)
        self.assertEqual(self.turn(), ["good"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
