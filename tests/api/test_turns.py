# -*- test-case-name: tests.api.test_turns -*-
"""What comes in at once, and what of it is done in a turn."""

from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.turns import Turns

from .memory import TurnClock


class TurnsTests(SynchronousTestCase):
    """Work that takes a millisecond a part."""

    def setUp(self) -> None:
        self.clock = TurnClock()
        self.turns = Turns(self.clock)
        self.done = ""

    def work(self, name: str, parts: int = 1, takes: float = 0.001) -> Callable[[], bool]:
        left = parts

        def part() -> bool:
            nonlocal left
            left -= 1
            self.done += name
            self.clock.rightNow += takes
            return left > 0

        return part

    def test_at_once(self) -> None:
        """What a turn has time for is done when it comes."""
        self.turns.take(self.work("a", 2))
        self.assertEqual(self.done, "aa")

    def test_in_turn(self) -> None:
        """What it has no time for is done in the next ones, a part of each at a time."""
        self.turns.take(self.work("a", 5))
        self.turns.take(self.work("b", 3))
        self.assertEqual(self.done, "aaa")
        self.clock.turn()
        self.assertEqual(self.done, "aaaaba")
        self.clock.turn()
        self.assertEqual(self.done, "aaaababb")
        self.clock.turn()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_order(self) -> None:
        """What comes while others wait is done after them, though the turn is another."""
        self.turns.take(self.work("a", 4))
        self.turns.take(self.work("b"))
        self.clock.turn()
        self.turns.take(self.work("c"))
        self.assertEqual(self.done, "aaaabc")

    def test_no_time(self) -> None:
        """What takes no time leaves nothing behind."""
        self.turns.take(self.work("a", 9, 0))
        self.assertEqual(self.done, "a" * 9)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_within(self) -> None:
        """What comes of work is not done within it."""

        def work() -> bool:
            self.turns.take(self.work("b"))
            self.done += "a"
            return False

        self.turns.take(work)
        self.assertEqual(self.done, "ab")

    def test_failure(self) -> None:
        """What fails is logged, and the others go on."""

        def fail() -> bool:
            raise ValueError("mistake")

        self.turns.take(self.work("a", 4))
        self.turns.take(fail)
        self.turns.take(self.work("b"))
        self.clock.turn()
        self.assertEqual(self.done, "aaaab")
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
