"""The whole daemon leaves nothing behind, however long it runs."""

import json
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).parents[2]


class WeekTests(SynchronousTestCase):
    """Some hours of one, with all that happens to it every day, in a process of its own."""

    def test_nothing_is_left_behind(self) -> None:
        """
        After the first hour, what waits for something does not grow: Deferreds that did not fire,
        and timers. C{scripts/bench week} looks at memory, too, and over a whole week.
        """
        told = subprocess.run(
            [sys.executable, "-m", "tests.simulation.week", "1", "2"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            timeout=600,
        )
        first, last = map(json.loads, told.stdout.splitlines())
        self.assertGreater(last["junctions"] - first["junctions"], 40)
        self.assertLessEqual(abs(last["deferreds"] - first["deferreds"]), 3)
        self.assertLessEqual(abs(last["timers"] - first["timers"]), 3)
