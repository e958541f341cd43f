"""Parts that fail are begun again by themselves."""

from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.supervision import Part, Supervision


@define
class Fragile:
    """A part that does as it is told."""

    clock: Clock
    why: str = ""
    cures: bool = True
    error: Exception | None = None
    slow: Deferred[Any] | None = None
    restarts: list[float] = field(factory=list)

    def fault(self) -> str:
        if self.error is not None:
            raise self.error
        return self.why

    def restart(self) -> object:
        self.restarts.append(self.clock.seconds())
        if self.slow is not None:
            return self.slow
        if self.cures:
            self.why, self.error = "", None
        else:
            raise OSError("no")
        return None


class SupervisionTests(SynchronousTestCase):
    """One part that fails now and then beside one that never does."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.one, self.other = Fragile(self.clock), Fragile(self.clock)
        self.watch = Supervision(self.clock)
        for name, each in (("one", self.one), ("other", self.other)):
            self.watch.look_after(Part(name, each.fault, each.restart))
        self.watch.startService()
        self.addCleanup(self.watch.stopService)

    def run_for(self, seconds: int) -> None:
        self.clock.pump([1] * seconds)

    def test_a_part_that_works_is_left_alone(self) -> None:
        self.run_for(1000)
        self.assertEqual((self.one.restarts, self.watch.broken()), ([], {}))
        self.assertEqual(self.watch.restarts(), {"one": 0, "other": 0})

    def test_a_part_that_fails_is_begun_again(self) -> None:
        """After a second; it is told as broken until it works, and the other is left alone."""
        self.one.why = "the cat sat on it"
        self.run_for(1)
        self.assertEqual(self.watch.broken(), {"one": "the cat sat on it"})
        self.assertEqual(self.one.restarts, [])
        self.run_for(1)
        self.assertEqual(self.one.restarts, [2])
        self.run_for(1)
        self.assertEqual(self.watch.broken(), {})
        self.assertEqual(self.watch.restarts(), {"one": 1, "other": 0})
        self.assertEqual(self.other.restarts, [])

    def test_one_that_heals_itself_is_not_begun_again(self) -> None:
        self.one.why = "a hiccup"
        self.run_for(1)
        self.one.why = ""
        self.run_for(100)
        self.assertEqual((self.one.restarts, self.watch.broken()), ([], {}))

    def test_less_and_less_often_for_ever(self) -> None:
        """The waits double up to a minute; nobody gives up."""
        self.one.why, self.one.cures = "worn out", False
        self.run_for(3600)
        waits = [b - a for a, b in zip(self.one.restarts, self.one.restarts[1:], strict=False)]
        self.assertEqual(waits[:6], [2, 4, 8, 16, 32, 60])
        self.assertEqual(set(waits[5:]), {60})
        self.assertEqual(len(self.flushLoggedErrors(OSError)), len(self.one.restarts))

    def test_one_that_fails_soon_again_waits_longer(self) -> None:
        """Working for a moment is not working; after two minutes it is."""
        for _ in range(3):
            self.one.why = "again"
            self.run_for(30)
        before = len(self.one.restarts)
        self.one.why = "again"
        self.run_for(10)
        self.assertEqual(len(self.one.restarts), before)
        self.run_for(60)
        self.assertEqual(len(self.one.restarts), before + 1)
        self.run_for(200)
        self.one.why = "much later"
        self.run_for(2)
        self.assertEqual(len(self.one.restarts), before + 2)

    def test_one_that_cannot_be_asked_is_broken(self) -> None:
        self.one.error = ValueError("what?")
        self.run_for(1)
        self.assertIn("ValueError('what?')", self.watch.broken()["one"])
        self.run_for(2)
        self.assertEqual((len(self.one.restarts), self.watch.broken()), (1, {}))

    def test_a_restart_that_never_ends_is_tried_again(self) -> None:
        """And holds up nobody."""
        self.one.why, self.one.slow = "stuck", Deferred()
        self.other.why = "unlucky too"
        self.run_for(3)
        self.assertEqual((len(self.one.restarts), len(self.other.restarts)), (1, 1))
        self.one.slow = None
        self.run_for(30)
        self.assertEqual((len(self.one.restarts), self.watch.broken()), (2, {}))
        self.assertEqual(len(self.flushLoggedErrors()), 1)

    def test_stopped(self) -> None:
        """Once stopped, nothing is begun again; it can be stopped twice."""
        self.one.why = "the end"
        self.watch.stopService()
        self.watch.stopService()
        self.run_for(100)
        self.assertEqual(self.one.restarts, [])
