"""The whole daemon leaves nothing behind, however long it runs."""

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from .week import HOUR, Week


class WeekTests(SynchronousTestCase):
    """Some hours of one, with all that happens to it every day, an hour at a time."""

    def test_nothing_is_left_behind(self) -> None:
        """
        After the first hour, what waits for something does not grow: Deferreds that did not fire,
        and timers. C{scripts/bench week} looks at memory, too, and over a whole week.
        """
        week = Week(Path(self.mktemp()))
        self.addCleanup(week.stop)
        first = week.run(HOUR)
        last = week.run(2 * HOUR)
        self.assertGreater(last.junctions - first.junctions, 40)
        self.assertLessEqual(abs(last.deferreds - first.deferreds), 3)
        self.assertLessEqual(abs(last.timers - first.timers), 3)
