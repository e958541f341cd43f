"""
What a channel refuses, as its askers are told, and what follows from what it does.
"""

from fractions import Fraction
from zoneinfo import ZoneInfo

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.playout.status import (
    CannotDo,
    Document,
    HardStartRefused,
    Mode,
    Showing,
    Status,
    schedule_left,
)
from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import EditRefused, Playlist
from rtgplayout.rundown.schedule import Anchor, schedule

from .scene import clip


class RefusalTests(SynchronousTestCase):
    """Refusals name the field at fault and say why in a sentence."""

    def test_cannot_do(self) -> None:
        """What cannot be done now has a reason, and a field where one is at fault."""
        error = CannotDo("CasparCG is not connected")
        self.assertEqual((str(error), error.path), ("CasparCG is not connected", ""))
        self.assertEqual(CannotDo("there is no such item", "id").path, "id")

    def test_hard_start(self) -> None:
        """A hard start that cannot be kept is a refused edit, with the problems."""
        error = HardStartRefused("hardStartTime", "it is in the past", ())
        self.assertIsInstance(error, EditRefused)
        self.assertEqual((error.path, error.problems), ("hardStartTime", ()))
        self.assertEqual(str(error), "hardStartTime: it is in the past")


class ScheduleLeftTests(SynchronousTestCase):
    """How long there is something to show."""

    def left(self, mode: Mode, *items: Item) -> float | None:
        """Of a list that began at 1000, at 1002."""
        playlist = Playlist(Fraction(25), items)
        document = Document(1, 0, playlist, schedule(playlist, Anchor(0, 1000.0), ZoneInfo("UTC")))
        return schedule_left(Status(1, mode, Showing.PLAYING), document, 1002.0)

    def test_to_the_end_of_the_list(self) -> None:
        two = clip("a", 100), clip("b", 50)
        self.assertEqual(self.left(Mode.AUTO, *two), 4.0)
        self.assertEqual(self.left(Mode.ASSISTED, *two), 4.0)

    def test_nothing_more(self) -> None:
        self.assertEqual(self.left(Mode.AUTO, clip("a", 10)), 0.0)
        self.assertEqual(self.left(Mode.AUTO), 0.0)

    def test_manual(self) -> None:
        self.assertIsNone(self.left(Mode.MANUAL, clip("a", 100)))
