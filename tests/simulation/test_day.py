"""
A day of broadcasting: what the viewer saw, against what was promised.
"""

from itertools import pairwise

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.viewer import Picture, Shown

from .audit import Audit, lines, replay
from .day import Day, Fault, Rehearsal
from .stage import Era


class DayTests(SynchronousTestCase):
    """
    Never black, never a lost or held frame at a healthy junction, every hard start on its frame,
    and an as-run log that tells what was seen.
    """

    def audited(self, plan: Rehearsal) -> Audit:
        """Let that day pass; its audit, which finds nothing."""
        day = Day(plan)
        audit = Audit(day, day.run()).run()
        self.assertEqual(audit.faults, [], "\n".join((replay(day), *lines(audit))))
        return audit

    def test_a_day_with_everything(self) -> None:
        """24 hours: about 700 items, hard starts, live items, operators, and all that breaks."""
        audit = self.audited(Rehearsal(seed=1, filler=True))
        self.assertGreater(audit.airings, 600)
        self.assertGreater(audit.healthy, 500)
        self.assertGreater(len(audit.hard_errors), 10)
        kinds = {trouble.fault for trouble in audit.day.troubles}
        self.assertEqual(kinds, set(Fault) - {Fault.BAD_FILE})

    def test_an_hour_without_a_cover(self) -> None:
        """Where there is neither filler nor slate, gaps hold the last frame: never black."""
        self.audited(Rehearsal(seed=3, days=1 / 24))


class AuditTests(SynchronousTestCase):
    """The audit finds what is wrong: each promise broken once, on a day that kept them all."""

    def setUp(self) -> None:
        self.day = Day(Rehearsal(seed=5, days=1 / 48, faults=False, edits=False))
        self.eras = self.day.run()

    def found(self, runs: tuple[Shown, ...]) -> list[str]:
        """What the audit says of a viewer who saw that."""
        return Audit(self.day, [Era(self.eras[0].starts, runs)]).run().faults

    def some_junction(self) -> int:
        """The index of a run that follows another one without a gap, somewhere in the middle."""
        runs = self.eras[0].runs
        moving = [n for n, (a, b) in enumerate(pairwise(runs)) if a.step == b.step == 1]
        return moving[len(moving) // 2] + 1

    def test_nothing(self) -> None:
        """A day as it was."""
        self.assertEqual(self.found(self.eras[0].runs), [])

    def test_black(self) -> None:
        """One frame of black."""
        runs, n = list(self.eras[0].runs), self.some_junction()
        first = runs[n].start_tick
        runs[n : n + 1] = [
            Shown(first, first + 1, Picture("black")),
            evolve(runs[n], start_tick=first + 1),
        ]
        self.assertIn("black for 1 frames", " ".join(self.found(tuple(runs))))

    def test_held_frame(self) -> None:
        """A junction that is two frames late, with the last frame held."""
        runs, n = list(self.eras[0].runs), self.some_junction()
        before, after = runs[n - 1], runs[n]
        last = evolve(before.picture, frame=before.last_frame)
        runs[n - 1 : n + 1] = [
            evolve(before, end_tick=before.end_tick - 2),
            Shown(before.end_tick - 2, before.end_tick, last, 0),
            after,
        ]
        self.assertIn("frames held before", " ".join(self.found(tuple(runs))))

    def test_lost_frame(self) -> None:
        """A clip that starts at its second frame."""
        runs, n = list(self.eras[0].runs), self.some_junction()
        picture = runs[n].picture
        runs[n] = evolve(runs[n], picture=evolve(picture, frame=picture.frame + 1))
        self.assertIn("starts at frame", " ".join(self.found(tuple(runs))))

    def test_not_in_the_as_run(self) -> None:
        """A clip that nobody wrote down."""
        runs, n = list(self.eras[0].runs), self.some_junction()
        runs[n] = evolve(runs[n], picture=evolve(runs[n].picture, name="/media/other.mp4"))
        said = " ".join(self.found(tuple(runs)))
        self.assertIn("is not in the as-run", said)
        self.assertIn("was not seen", said)
