"""
Tests of what the fields of an item may hold.
"""

from types import MappingProxyType
from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.item import Kind, SecondaryEvent, SecondaryType, Trigger
from rtgplayout.store.exchange.bounds import outside
from tests.rundown.examples import NTSC, PAL, item

EVENT = SecondaryEvent("e1", SecondaryType.CG_ADD, Trigger.START, 0, 20, "rtg-bug/index")
WEEK = 7 * 86_400


class OutsideTests(SynchronousTestCase):
    """The bounds are those of the messages that operators send."""

    def wrong(self, **fields: Any) -> str | None:
        return outside(evolve(item("a", 1), **fields), PAL)

    def test_fine(self) -> None:
        """What is just inside may be imported."""
        for fields in (
            {"name": "é" * 500},
            {"file": "x" * 1000},
            {"file": "a/..b/c..mov"},
            {"duration": WEEK * 25, "in_point": WEEK * 25},
            {"kind": Kind.LIVE, "file": "64"},
            {"thumbnail": None},
            {"thumbnail": "/thumbnails/" + "%C3%A9" * 600},
            {"secondary_events": (EVENT, evolve(EVENT, id="e2", data=MappingProxyType({"a": 1})))},
        ):
            self.assertIsNone(self.wrong(**fields), fields)

    def test_texts(self) -> None:
        """Neither empty, nor too long, nor with control characters or halves of characters."""
        self.assertEqual(self.wrong(name=" "), "the name is empty")
        self.assertEqual(self.wrong(name="x" * 501), "the name is longer than 500 characters")
        self.assertEqual(self.wrong(file="x" * 1001), "the file is longer than 1000 characters")
        for sign in "\n\x00\x7f\x85\u2028\ud800":
            for field in ("name", "file", "thumbnail"):
                self.assertIn("control characters", self.wrong(**{field: f"a{sign}b"}) or "")

    def test_paths(self) -> None:
        """No path leads up."""
        for up in ("..", "../a", "a/../b", "a\\..\\b"):
            self.assertEqual(self.wrong(file=up), "the file has .. in its path")

    def test_times(self) -> None:
        """A week is the most, at every rate."""
        self.assertEqual(self.wrong(duration=WEEK * 25 + 1), "the duration is longer than 7 days")
        self.assertEqual(self.wrong(in_point=WEEK * 25 + 1), "the in point is longer than 7 days")
        week = evolve(item("a", 1), duration=int(WEEK * NTSC))
        self.assertIsNone(outside(week, NTSC))
        self.assertIsNotNone(outside(evolve(week, duration=week.duration + 1), NTSC))

    def test_devices(self) -> None:
        """A live input has the number of a DeckLink device."""
        for file in ("0", "65", "07", "x", "1 ", "٣", "9999"):
            self.assertIn("1 to 64", self.wrong(kind=Kind.LIVE, file=file) or "")

    def test_events(self) -> None:
        """Graphics are held to the bounds of graphics."""
        for fields, said in (
            ({"id": "x" * 101}, "the id is longer than 100 characters"),
            ({"offset_ms": WEEK * 1000 + 1}, "the offset is longer than 7 days"),
            ({"layer": 10_000}, "the layer is not one of 0 to 9999"),
            ({"template": '"x"'}, "the template has quotes"),
            ({"template": "../x"}, "the template has .. in its path"),
            ({"template": "x" * 501}, "the template is longer than 500"),
            ({"data": MappingProxyType({"a": "x" * 65_536})}, "the data is longer than 65536"),
            ({"data": MappingProxyType({"a": "\ud800"})}, "the data can not be written"),
        ):
            found = self.wrong(secondary_events=(evolve(EVENT, **fields),))
            self.assertIn(said, found or "")

    def test_what_no_playlist_may_hold(self) -> None:
        """The playlist's own rules are asked too."""
        self.assertIn("duration: it must be", self.wrong(duration=0) or "")
        self.assertIn("another event", self.wrong(secondary_events=(EVENT, EVENT)) or "")
