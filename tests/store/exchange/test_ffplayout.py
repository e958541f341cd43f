"""
Tests of imports of a day of ffplayout.
"""

import json
from typing import Any
from zoneinfo import ZoneInfo

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.exchange import Format, Imported
from tests.rundown.examples import PARIS, at
from tests.store.exchange.texts import imported, lines


def told(*clips: object, zone: ZoneInfo = PARIS, **day: Any) -> Imported:
    """What a day with these clips, each in a line of its own, says."""
    others = "".join(f"{json.dumps(key)}: {json.dumps(value)}," for key, value in day.items())
    entries = ",\n".join(json.dumps(each) for each in clips)
    text = f'{{{others} "program": [\n{entries}]}}'
    return imported(Format.FFPLAYOUT, text, roots=("/media",), zone=zone)


def clip(**fields: object) -> dict[str, object]:
    return {"in": 0, "out": 10, "duration": 10.0, "source": "/media/a.mov", **fields}


class DayTests(SynchronousTestCase):
    """The form that its documentation and its examples have."""

    def test_day(self) -> None:
        """C{in} and C{out} are points of the file; categories are passed over tacitly."""
        found = told(
            clip(**{"in": 2.5, "category": "advertisement"}),
            clip(out=647.68, duration=647.68, source="/media/sub/clip 1.mp4", title="Clip"),
            clip(source="NEWS/b.mxf", out=1800, duration=1800.04),
            channel="Test 1", date="2026-03-01",
        )  # fmt: skip
        self.assertEqual((found.faults, found.warnings), ((), ()))
        self.assertEqual(
            [(each.name, each.file, each.in_point, each.duration) for each in found.items],
            [("a", "a.mov", 63, 188), ("Clip", "sub/clip 1.mp4", 0, 16192),
             ("b", "NEWS/b.mxf", 0, 45000)],
        )  # fmt: skip
        self.assertIsNone(found.base_start)

    def test_out_left_out(self) -> None:
        """Then it ends with its file, as far as anybody knows that."""
        found = told(
            {"source": "a.mov", "in": 4}, {"source": "x.mov", "out": 0, "duration": "6", "in": None}
        )
        self.assertEqual([each.duration for each in found.items], [150, 150])

    def test_passed_over(self) -> None:
        """What CasparCG does not do is told once, unless it says nothing."""
        found = told(clip(audio=""), clip(audio="x.mp3", custom_filter="hflip"), clip(audio="y"))
        self.assertEqual(
            lines(found.warnings),
            [
                (3, "'audio' of items is passed over."),
                (3, "'custom_filter' of items is passed over."),
            ],
        )
        self.assertEqual(
            lines(told(clip(), loop=True).warnings), [(1, "'loop' is not known; passed over.")]
        )

    def test_faults(self) -> None:
        """Each with its line."""
        found = told(
            clip(),
            "x",
            clip(source=None),
            clip(source="https://example.org/x.webm", title="T"),
            clip(source="/other/a.mov"),
            clip(source="../a.mov"),
            clip(out=3, **{"in": 3}),
            clip(out=-1),
            clip(**{"in": "x"}),
            {"source": "unknown.mov"},
            clip(title="a\nb"),
        )
        self.assertEqual(
            lines(found.faults),
            [
                (3, "Item 2 is not a JSON object."),
                (4, "Item 3 has the source None."),
                (5, "Item 4 'T': 'https://example.org/x.webm' is not a file of the library."),
                (6, "Item 5: '/other/a.mov' is not below the media folder."),
                (7, "Item 6: '../a.mov' has .. in it."),
                (8, "Item 7: it ends at 3 s, not after its start 3 s."),
                (9, "Item 8: its out is -1."),
                (10, "Item 9: its in is 'x'."),
                (11, "Item 10: nothing says how long 'unknown.mov' lasts."),
                (12, "Item 11 'a\\nb': the name has line ends or other control characters."),
            ],
        )

    def test_no_program(self) -> None:
        found = imported(Format.FFPLAYOUT, '{"items": []}')
        self.assertEqual(lines(found.faults), [(0, 'It has no "program".')])


class StartTests(SynchronousTestCase):
    """When the day begins."""

    def start(self, **day: Any) -> tuple[float | None, int]:
        found = told(clip(), **day)
        return found.base_start, len(found.warnings)

    def test_begin(self) -> None:
        """With a date and a time of day it is an instant, in the channel's zone."""
        expected = at("2026-07-01 06:00:00.500", PARIS)
        self.assertEqual(self.start(date="2026-07-01", begin="06:00:00.500"), (expected, 0))

    def test_says_nothing(self) -> None:
        """Newer versions have the beginning of the day in their configuration."""
        for day in (
            {"date": "2026-07-01"},
            {"begin": "06:00:00"},
            {"date": "2026-07-01", "begin": "now"},
            {"date": "2026-07-01", "begin": ""},
            {"date": "2026-07-01", "begin": None},
        ):
            self.assertEqual(self.start(**day), (None, 0))

    def test_no_time(self) -> None:
        """What is no time is told, and left out."""
        for day in (
            {"date": "2026-02-30", "begin": "06:00:00"},
            {"date": None, "begin": "06:00:00"},
            {"date": "1999-01-01", "begin": "06:00:00"},
            {"date": "2026-02-01", "begin": "26:00:00"},
            {"date": "2026-02-01", "begin": 21600},
        ):
            self.assertEqual(self.start(**day), (None, 1))
