"""
A day of broadcasting: what the viewer saw, against what was promised.
"""

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.viewer import Picture, Shown
from rtgplayout.playout.asrun import Entry, PlayEnd, PlayStart

from .audit import Audit, lines, replay
from .day import Day, Fault, Rehearsal
from .stage import Era


class DayTests(SynchronousTestCase):
    """
    Never black, never a lost or held frame at a healthy junction, every hard start on its frame,
    and an as-run log that tells what was seen.
    """

    def test_a_day_with_everything(self) -> None:
        """
        24 hours: about 700 items, hard starts, live items, operators, and all that breaks. In a
        process of its own, which no tracing slows down: it takes half a minute.
        """
        command = [sys.executable, "-m", "tests.simulation", "--days", "1", "--seed", "1"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}
        root = Path(__file__).parents[2]
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 0, f"{done.stdout}\n{done.stderr}")
        counts = re.search(
            r"(\d+) airings, \d+ junctions, (\d+) of them healthy\n(\d+) hard starts, "
            r"the worst (\d+) frames off\n(\d+) troubles: (.*)\n",
            done.stdout,
        )
        assert counts is not None, done.stdout
        airings, healthy, hard_starts, worst, troubles = map(int, counts.groups()[:5])
        self.assertGreater(airings, 600)
        self.assertGreater(healthy, 500)
        self.assertGreater(hard_starts, 10)
        self.assertLessEqual(worst, 1)
        self.assertGreater(troubles, 20)
        for fault in set(Fault) - {Fault.BAD_FILE}:
            self.assertIn(fault.value, counts[6])

    def test_an_hour_without_a_cover(self) -> None:
        """Where there is neither filler nor slate, gaps hold the last frame: never black."""
        day = Day(Rehearsal(seed=3, days=1 / 24))
        audit = Audit(day, day.run()).run()
        self.assertEqual(audit.faults, [], "\n".join((replay(day), *lines(audit))))


class AuditTests(SynchronousTestCase):
    """The audit finds what is wrong: each promise broken once, on a day that kept them all."""

    def setUp(self) -> None:
        self.day = Day(Rehearsal(seed=5, days=1 / 48, faults=False, edits=False))
        self.eras = self.day.run()

    def told(self, n: int, *instead: Entry) -> str:
        """What the audit says when those entries stand in the place of the C{n}th."""
        kept = self.day.stage.entries
        at = kept[n][0]
        self.day.stage.entries = kept[:n] + [(at, each) for each in instead] + kept[n + 1 :]
        return " ".join(self.found(self.eras[0].runs))

    def some_entry(self, kind: type) -> int:
        """The index of an entry of that kind, somewhere in the middle."""
        all_ = [n for n, (_, entry) in enumerate(self.day.stage.entries) if type(entry) is kind]
        return all_[len(all_) // 2]

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

    def test_not_closed(self) -> None:
        """An end that is missing."""
        said = self.told(self.some_entry(PlayEnd))
        self.assertIn("was not closed", said)
        self.assertIn("frames that nobody wrote down", said)

    def test_closed_twice(self) -> None:
        """An end that is there twice."""
        n = self.some_entry(PlayEnd)
        _, end = self.day.stage.entries[n]
        self.assertIn("is closed, and was not open", self.told(n, end, end))

    def test_too_long(self) -> None:
        """An end that is five frames late, or tells of five frames more, or less."""
        n = self.some_entry(PlayEnd)
        _, end = self.day.stage.entries[n]
        assert isinstance(end, PlayEnd)
        self.assertIn("5 frames too many", self.told(n, evolve(end, at=end.at + 0.2)))
        self.setUp()
        self.assertIn("frames in", self.told(n, evolve(end, frames=end.frames + 10)))
        self.setUp()
        self.assertIn("nobody wrote down", self.told(n, evolve(end, at=end.at - 0.2)))

    def test_another_place(self) -> None:
        """An airing that is said to be from elsewhere in the file."""
        told = [
            evolve(entry, aired=evolve(entry.aired, first_frame=entry.aired.first_frame + 5))
            if isinstance(entry, PlayStart | PlayEnd)
            else entry
            for _, entry in self.day.stage.entries
        ]
        self.day.stage.entries = [
            (at, each) for (at, _), each in zip(self.day.stage.entries, told, strict=True)
        ]
        self.assertIn("+5 frames off", " ".join(self.found(self.eras[0].runs)))
