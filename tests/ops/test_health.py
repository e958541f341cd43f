"""How the daemon is."""

from fractions import Fraction
from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.health import GRACE, verdict
from rtgplayout.ops.vitals import Vitals
from rtgplayout.playout.status import Mode, Showing, Status, Upcoming
from tests.playout.scene import clip

FINE = Status(1, Mode.AUTO, Showing.PLAYING, connected=True, telemetry=True)
DUE = Upcoming(clip("a"), 0, 1000.0, 100)


class VerdictTests(SynchronousTestCase):
    """A word, and why."""

    def of(self, **more: Any) -> tuple[str, tuple[str, ...]]:
        return verdict(evolve(Vitals(1000.0, statuses=(FINE,)), **more))

    def test_healthy(self) -> None:
        self.assertEqual(self.of(), ("healthy", ()))

    def test_a_link_that_is_down(self) -> None:
        """A moment is nothing to wake somebody for; more than that is."""
        self.assertEqual(self.of(away=GRACE)[0], "degraded")
        word, reasons = self.of(away=GRACE + 1, why_away="refused")
        self.assertEqual((word, reasons), ("failing", ("CasparCG is not connected: refused",)))
        self.assertEqual(self.of(away=0.0)[1], ("CasparCG is not connected",))

    def test_a_server_that_does_not_answer(self) -> None:
        self.assertEqual(self.of(answers=False), ("degraded", ("CasparCG does not answer",)))

    def test_telemetry(self) -> None:
        """Its silence is told while there is a link; without one it says nothing new."""
        silent = (evolve(FINE, telemetry=False),)
        self.assertEqual(self.of(statuses=silent)[0], "degraded")
        self.assertEqual(len(self.of(statuses=silent, away=1.0)[1]), 1)

    def test_another_frame_rate(self) -> None:
        """Lengths are only nearly those that were asked for; somebody has to know why."""
        rates = {1: (Fraction(25), Fraction(30000, 1001))}
        expected = "channel 1: CasparCG runs at 25 frames a second, and the settings say 30000/1001"
        self.assertEqual(self.of(other_rates=rates), ("degraded", (expected,)))

    def test_the_slate(self) -> None:
        found = self.of(statuses=(evolve(FINE, showing=Showing.SLATE),))
        self.assertEqual(found, ("degraded", ("channel 1: the slate is on air",)))

    def test_nothing_on_air(self) -> None:
        """It is bad when something should be, by itself, for some time."""
        black = evolve(FINE, showing=Showing.NOTHING)
        due = evolve(black, upcoming=DUE)
        self.assertEqual(self.of(statuses=(black,))[0], "healthy")
        self.assertEqual(self.of(statuses=(due,))[0], "healthy")
        self.assertEqual(self.of(statuses=(due,), wall=1001.0 + GRACE)[0], "failing")
        manual = evolve(due, mode=Mode.MANUAL)
        waiting = evolve(due, upcoming=evolve(DUE, start_at=None))
        self.assertEqual(self.of(statuses=(manual, waiting), wall=1001.0 + GRACE)[0], "healthy")

    def test_what_could_not_be_saved(self) -> None:
        found = self.of(unsaved={"the playlist of channel 1": "disk full"})
        expected = ("the playlist of channel 1 could not be saved: disk full",)
        self.assertEqual(found, ("degraded", expected))

    def test_a_part_that_does_not_work(self) -> None:
        found = self.of(broken={"the library": "while it is begun: no"})
        expected = ("the library does not work: while it is begun: no",)
        self.assertEqual(found, ("degraded", expected))

    def test_a_broken_chain(self) -> None:
        found = self.of(chain="as-run-2026-03-01.log, line 3")
        expected = ("the as-run is not whole: as-run-2026-03-01.log, line 3",)
        self.assertEqual(found, ("degraded", expected))

    def test_the_worst_counts(self) -> None:
        """All reasons are told, the grave ones first."""
        black = evolve(FINE, channel=2, showing=Showing.NOTHING, upcoming=DUE)
        word, reasons = self.of(answers=False, statuses=(FINE, black), wall=2000.0)
        self.assertEqual(word, "failing")
        self.assertEqual(reasons, ("channel 2: nothing is on air", "CasparCG does not answer"))
