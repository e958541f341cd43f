"""
Tests of imports of C{playlist.json}.
"""

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.item import Kind
from rtgplayout.store.exchange import Format, Imported
from tests.store.exchange.texts import imported, lines

EVENT = {
    "id": "e",
    "type": "CG_ADD",
    "trigger": "START",
    "offsetMs": 0,
    "template": "rtg-bug/index",
}


def told(*items: object, **document: object) -> Imported:
    """What a document with these items, each in a line of its own, says."""
    entries = ",\n".join(json.dumps(each) for each in items)
    others = "".join(
        f"{json.dumps(key)}: {json.dumps(value)},\n" for key, value in document.items()
    )
    return imported(Format.JSON, f'{{{others}"items": [\n{entries}]}}')


def clip(**fields: object) -> dict[str, object]:
    return {"id": "i1", "name": "N", "file": "a.mov", "durationSeconds": 5, **fields}


class PlaylistTests(SynchronousTestCase):
    """The old system's format, tolerantly; nothing tacitly."""

    def test_old_file(self) -> None:
        """Everything that the old system wrote is taken, its flags passed over."""
        found = told(
            clip(type="live", file="1", trimInSeconds=1.5, hardStartTime="20:00", thumbnail=None),
            clip(id=None, secondaryEvents=[{**EVENT, "executed": True}]),
            id="MAIN-CHANNEL-1",
            baseStartAt="2026-03-01T18:00:00.000Z",
        )
        self.assertEqual((found.faults, found.warnings), ((), ()))
        live, other = found.items
        self.assertEqual((live.id, live.kind, live.in_point), ("i1", Kind.LIVE, 38))
        self.assertEqual(str(live.hard_start), "20:00:00")
        self.assertEqual(other.id, "item-new1")
        self.assertEqual(other.secondary_events[0].template, "rtg-bug/index")
        self.assertEqual(found.base_start, 1772388000.0)

    def warned(self, **fields: object) -> Any:
        found = told(clip(id="first"), clip(**fields))
        self.assertEqual(found.faults, ())
        ((line, message),) = lines(found.warnings)
        self.assertEqual(line, 3)
        return found.items[1], message

    def test_trims_are_restored(self) -> None:
        """What a hard start took is given back, and told with the line."""
        item, message = self.warned(durationSeconds=2, trimOutSeconds=3)
        self.assertEqual(item.duration, 125)
        self.assertEqual(message, "Item 2 'N' was trimmed or extended by a hard start; undone.")

    def test_repairs(self) -> None:
        """Each is a warning with the line of its item."""
        for fields, said in (
            ({"durationSeconds": "5"}, "Item 2 'N' has a duration in quotes"),
            ({"type": "stream"}, "unknown type 'stream'"),
            ({"hardStartTime": "99:99"}, "no time of day"),
            ({"trimInSeconds": "x"}, "in point"),
            ({"id": "first"}, "Item 2 'N' got another id: 'first'"),
            ({"id": 7}, "Item 2 'N' got another id: 7"),
            ({"durationSeconds": 0.001}, "shorter than a frame"),
        ):
            self.assertIn(said, self.warned(**fields)[1])
        self.assertIn("had no name", self.warned(name=" ")[1])

    def test_unknown_members(self) -> None:
        """They are named once, not an item."""
        found = told(clip(color=1), clip(id="i2", color=2, zoom=3), owner="x")
        self.assertEqual(
            lines(found.warnings),
            [
                (1, "'owner' is not known; passed over."),
                (0, "Items have members that are not known; passed over: 'color', 'zoom'."),
            ],
        )

    def test_faults(self) -> None:
        """What would be left out is a fault, each with its line; nothing is imported."""
        found = told(
            clip(),
            3,
            {"name": "N", "file": "a.mov"},
            {"name": ["N"], "durationSeconds": 4},
            clip(type="live"),
            clip(secondaryEvents=[EVENT, {}]),
            clip(secondaryEvents="x"),
            clip(file="../x"),
            clip(durationSeconds=8 * 86_400),
            clip(secondaryEvents=[{**EVENT, "template": "<b>"}]),
            baseStartAt=None,
        )
        self.assertEqual(found.items, ())
        for (line, message), (expected, said) in zip(
            lines(found.faults),
            (
                (4, "Item 2 is not a JSON object."),
                (5, "Item 3 'N' has the duration None."),
                (6, "Item 4 names no file but None."),
                (7, "Item 5 'N' is live but 'a.mov' is no DeckLink device number."),
                (8, "Item 6 'N' has a secondary event 2 without sense:"),
                (9, "Item 7 'N' has secondary events that are no list."),
                (10, "Item 8 'N': the file has .. in its path."),
                (11, "Item 9 'N': the duration is longer than 7 days."),
                (12, "Item 10 'N': secondary event e: the template has quotes"),
            ),
            strict=True,
        ):
            self.assertEqual(line, expected)
            self.assertTrue(message.startswith(said), message)

    def test_base_start(self) -> None:
        """One that is no instant of this century is left out, and that is told."""
        written: object
        for written in ("yesterday", "2026-03-01T18:00:00", "1969-01-01T00:00:00Z", [], 5):
            found = told(clip(), baseStartAt=written)
            self.assertIsNone(found.base_start)
            self.assertEqual([fault.line for fault in found.warnings], [1], written)

    def test_no_json(self) -> None:
        """The sentence says where."""
        found = imported(Format.JSON, '{"items": [\n{"a":}]}')
        self.assertEqual(lines(found.faults), [(2, "It is not JSON: Expecting value.")])

    def test_empty(self) -> None:
        """An empty list does not empty the playlist."""
        self.assertEqual(lines(told().faults), [(0, "There are no items in it.")])
