# -*- test-case-name: tests.api.test_views -*-
"""How a channel looks on the wire."""

import json
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.answers import data_of
from rtgplayout.api.views import (
    PIECE,
    autoplay_status,
    changed,
    on_screen,
    playlist_pieces,
    problem,
    snapshot_pages,
    status,
)
from rtgplayout.playout.status import (
    Document,
    Mode,
    OnAir,
    Published,
    Showing,
    Status,
    Upcoming,
)
from rtgplayout.rundown.item import Item, Kind, SecondaryEvent, SecondaryType, Trigger
from rtgplayout.rundown.playlist import (
    Add,
    Change,
    Clear,
    Edit,
    Move,
    Playlist,
    Remove,
    Replace,
    SetBaseStart,
    SetHardStart,
    apply,
)
from rtgplayout.rundown.schedule import Anchor, Problem, Trouble, schedule
from rtgplayout.rundown.timing import ClockTime, parse_clock_time

from .memory import START, clip

ZONE = ZoneInfo("Africa/Libreville")
PAL = Fraction(25)


def document(*items: Item, base: float | None = START, revision: int = 1) -> Document:
    playlist = Playlist(PAL, items, base)
    return Document(1, revision, playlist, schedule(playlist, Anchor(0, START), ZONE))


def shown(made: Document) -> Any:
    return json.loads(b"".join(playlist_pieces(made, "PLAYLIST_FULL", START + 1)))


class PlaylistTests(SynchronousTestCase):
    """The playlist of version 1."""

    def test_hard_start_between_frames(self) -> None:
        """Its time is shown as it was set, though the frame begins a moment before."""
        made = document(
            Item("a", "A", "a.mov", 45000),
            Item("b", "B", "b.mov", 45000, hard_start=parse_clock_time("19:29:59.990")),
        )
        entry = made.schedule.entries[1]
        self.assertNotEqual(made.schedule.instant(entry.start), entry.target)
        start = shown(made)["data"]["items"][1]["startAt"]
        self.assertEqual(start, "2026-03-01T18:29:59.990Z")

    def test_reference(self) -> None:
        """
        The example of the old system's reference: an opener cut by 15.2 seconds for the hard start
        of the news.
        """
        made = document(
            Item("item-1", "OPENER", "GEN/opener.mov", 45380, thumbnail="/thumbnails/o.jpg"),
            Item("item-2", "NEWS", "news.mxf", 45000, hard_start=parse_clock_time("19:30")),
        )
        self.assertEqual(
            shown(made),
            {
                "type": "PLAYLIST_FULL",
                "data": {
                    "id": "MAIN-CHANNEL-1",
                    "baseStartAt": "2026-03-01T18:00:00.000Z",
                    "items": [
                        {
                            "id": "item-1",
                            "name": "OPENER",
                            "file": "GEN/opener.mov",
                            "path": "GEN/opener.mov",
                            "type": "clip",
                            "durationSeconds": 1800,
                            "trimInSeconds": 0,
                            "trimOutSeconds": 15.2,
                            "thumbnail": "/thumbnails/o.jpg",
                            "hardStartTime": None,
                            "secondaryEvents": [],
                            "stopAfter": False,
                            "startAt": "2026-03-01T18:00:00.000Z",
                            "endAt": "2026-03-01T18:30:00.000Z",
                            "durationMs": 1800000,
                            "frames": 45000,
                            "backtime": {
                                "targetTime": "2026-03-01T18:30:00.000Z",
                                "remainingMs": 0,
                                "remainingSeconds": 0,
                                "formatted": "00:00:00.000",
                            },
                        },
                        {
                            "id": "item-2",
                            "name": "NEWS",
                            "file": "news.mxf",
                            "path": "news.mxf",
                            "type": "clip",
                            "durationSeconds": 1800,
                            "trimInSeconds": 0,
                            "trimOutSeconds": 0,
                            "thumbnail": None,
                            "hardStartTime": "19:30:00",
                            "secondaryEvents": [],
                            "stopAfter": False,
                            "startAt": "2026-03-01T18:30:00.000Z",
                            "endAt": "2026-03-01T19:00:00.000Z",
                            "durationMs": 1800000,
                            "frames": 45000,
                            "backtime": None,
                        },
                    ],
                },
            },
        )

    def test_gap(self) -> None:
        """A gap lengthens the slot of the item before it: less than nothing was cut off."""
        made = document(clip("a", 10), Item("b", "B", "b", 25, hard_start=ClockTime(68_420_000)))
        first = shown(made)["data"]["items"][0]
        self.assertEqual((first["durationSeconds"], first["trimOutSeconds"]), (20, -10))
        self.assertEqual(first["endAt"], "2026-03-01T18:00:20.000Z")

    def test_backtime(self) -> None:
        """It counts from an item's end to the next hard start, items between left alone."""
        hard = Item("c", "C", "c", 25, hard_start=ClockTime(68_430_000))
        items = shown(document(clip("a", 10), clip("b", 10), hard, clip("d")))["data"]["items"]
        left = [item["backtime"] and item["backtime"]["remainingSeconds"] for item in items]
        self.assertEqual(left, [20, 0, None, None])

    def test_no_base(self) -> None:
        """The base start is never null there."""
        data = shown(document(clip("a"), base=None))["data"]
        self.assertEqual(data["baseStartAt"], "2026-03-01T18:00:00.000Z")
        data = shown(document(base=None))["data"]
        self.assertEqual(data["baseStartAt"], "2026-03-01T18:00:01.000Z")

    def test_pieces(self) -> None:
        """Any length gives one JSON document."""
        for count in 0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE:
            made = document(*(clip(f"i{n}") for n in range(count)))
            items = shown(made)["data"]["items"]
            self.assertEqual([item["id"] for item in items], [f"i{n}" for n in range(count)])

    def test_safe(self) -> None:
        """
        What old pages put into HTML and scripts as it is, can do no harm there; the true path is
        beside it.
        """
        event = SecondaryEvent(
            "e", SecondaryType.CG_ADD, Trigger.START, template='"><b>', data={"a": "<"}
        )
        item = Item(
            "x",
            "N'x",
            'L\'été\\"a".mov',
            25,
            thumbnail="/thumbnails/L'été #1.jpg",
            secondary_events=(event,),
        )
        told = shown(document(item))["data"]["items"][0]
        self.assertEqual(told["path"], item.file)
        self.assertEqual(told["file"], "L\u2019été/\u201da\u201d.mov")
        self.assertEqual(told["thumbnail"], "/thumbnails/L%27%C3%A9t%C3%A9%20#1.jpg")
        self.assertNotRegex(told["secondaryEvents"][0]["template"], "[<>\"']")

    def test_live(self) -> None:
        """A live item's file is its device."""
        item = Item("x", "X", "2", 25, kind=Kind.LIVE, stop_after=True)
        told = shown(document(item))["data"]["items"][0]
        self.assertEqual((told["type"], told["file"], told["stopAfter"]), ("live", "2", True))


class StatusTests(SynchronousTestCase):
    """What is on air."""

    def setUp(self) -> None:
        first = clip("a")
        second = Item(
            "b", "B", "it's.mov", 100, thumbnail="/b.jpg", hard_start=ClockTime(68_410_000)
        )
        self.document = document(first, second)
        self.on_air = OnAir(first, 0, START, 250, True)
        self.status = Status(
            1, Mode.AUTO, Showing.PLAYING, self.on_air, Upcoming(second, 1, None, 100), backtime=50
        )

    def test_version_1(self) -> None:
        """The next item has its hard start and thumbnail, and always a start."""
        told = data_of(autoplay_status(self.status, self.on_air, self.document))
        self.assertEqual(
            told,
            {
                "mode": "AUTO",
                "currentItem": {
                    "id": "a",
                    "name": "A",
                    "file": "GEN/a.mov",
                    "startAt": "2026-03-01T18:00:00.000Z",
                    "durationSeconds": 10.0,
                    "status": "PLAYING",
                },
                "nextItem": {
                    "id": "b",
                    "name": "B",
                    "file": "it\u2019s.mov",
                    "startAt": "2026-03-01T18:00:10.000Z",
                    "durationSeconds": 4.0,
                    "hardStartTime": "19:00:10",
                    "thumbnail": "/b.jpg",
                },
            },
        )

    def test_version_2(self) -> None:
        """All that the status says, in frames too."""
        told: Any = data_of(status(self.status, self.document, START))
        self.assertEqual(told["onAir"]["item"]["id"], "a")
        self.assertEqual((told["onAir"]["frames"], told["onAir"]["confirmed"]), (250, True))
        self.assertEqual(told["next"]["item"]["file"], "it's.mov")
        self.assertIsNone(told["next"]["startAt"])
        self.assertEqual(told["backtimeSeconds"], 2.0)
        self.assertEqual(told["timestamp"], "2026-03-01T18:00:00.000Z")
        empty: Any = data_of(status(Status(1, Mode.MANUAL, Showing.NOTHING), self.document, 0))
        self.assertEqual(
            (empty["onAir"], empty["next"], empty["backtimeSeconds"]), (None, None, None)
        )

    def test_on_screen(self) -> None:
        """The viewer sees an item when it plays, holds or can't be followed; no cover is one."""
        before = evolve(self.on_air, started_at=1.0)
        for showing, expected in (
            (Showing.NOTHING, None),
            (Showing.STARTING, before),
            (Showing.PLAYING, self.on_air),
            (Showing.HELD, self.on_air),
            (Showing.UNKNOWN, self.on_air),
            (Showing.FILLER, None),
            (Showing.SLATE, None),
        ):
            seen = on_screen(evolve(self.status, showing=showing), before)
            self.assertIs(seen, expected, showing)


class ProblemTests(SynchronousTestCase):
    """Hard starts that can't be kept."""

    def test_fields(self) -> None:
        """Frames become seconds; what has no meaning is left out."""
        found = Problem(
            "x",
            "X",
            Trouble.ORDER,
            ClockTime(0),
            conflicting_item="y",
            conflicting_time=ClockTime(3_600_000),
        )
        told: Any = data_of(problem(found, PAL))
        self.assertEqual(
            told["conflict"], {"prevItem": "y", "prevTime": "01:00:00", "currTime": "00:00:00"}
        )
        self.assertNotIn("trimNeeded", told)
        found = Problem("x", "X", Trouble.TRIM_TOO_LARGE, ClockTime(0), 50, 25, START, START)
        told = data_of(problem(found, PAL))
        self.assertEqual((told["trimNeeded"], told["maxTrim"]), (2, 1))
        self.assertEqual(told["scheduledStart"], told["targetStart"])


class Copy:
    """A version 2 client's copy of a playlist, kept by the rules of the documentation."""

    def __init__(self, made: Document) -> None:
        self.items: list[Any] = []
        self.adjusted: dict[str, Any] = {}
        for page in snapshot_pages(made):
            data = json.loads(page)["data"]
            assert data["offset"] == len(self.items)
            self.items += data["items"]
            self.adjusted |= {each["id"]: each for each in data["adjustments"]}
            self.revision, self.base = data["revision"], data["baseStart"]

    def change(self, data: Any) -> None:
        assert data["from"] == self.revision
        self.revision = data["to"]
        for operation in data["operations"]:
            match operation:
                case {"op": "insert", "index": index, "items": items}:
                    self.items[index:index] = items
                case {"op": "delete", "index": index, "count": count}:
                    del self.items[index : index + count]
                case {"op": "move", "fromIndex": start, "toIndex": end}:
                    self.items.insert(end, self.items.pop(start))
                case {"op": "update", "index": index, "item": item}:
                    self.items[index] = item
                case {"op": "baseStart", "at": at}:
                    self.base = at
        for each in data["adjustments"]:
            self.adjusted[each["id"]] = each

    def starts(self) -> list[int]:
        """Where each item starts, in frames."""
        starts, expected = [], 0
        for item in self.items:
            adjusted = self.adjusted.get(item["id"], {})
            start = adjusted.get("start", expected)
            starts.append(start)
            long = 0 if adjusted.get("dropped") else item["frames"] - adjusted.get("trim", 0)
            expected = start + long + adjusted.get("gap", 0)
        return starts


names = st.sampled_from("abcdefgh")
times = st.none() | st.integers(0, 120).map(lambda s: ClockTime(68_400_000 + s * 1000))
items = st.builds(
    lambda name, seconds, hard: Item(name, name, name, seconds * 25, hard_start=hard),
    names,
    st.integers(1, 40),
    times,
)
edits: st.SearchStrategy[Edit] = st.one_of(
    st.builds(Add, st.tuples(items), st.none() | st.integers(0, 4)),
    st.builds(Remove, st.tuples(names)),
    st.builds(Move, st.integers(0, 4), st.integers(0, 4)),
    st.builds(Change, items),
    st.just(Clear()),
    st.builds(Replace, st.lists(items, unique_by=lambda i: i.id, max_size=5).map(tuple)),
    st.builds(SetBaseStart, st.none() | st.just(START + 60)),
    st.builds(SetHardStart, names, times),
)


class ChangedTests(SynchronousTestCase):
    """Changes of version 2."""

    @settings(deadline=None, max_examples=150, derandomize=True)
    @given(st.lists(edits, max_size=25))
    def test_a_copy_stays_true(self, asked: list[Edit]) -> None:
        """
        Whatever the edits, a copy that repeats the changes is what a fresh snapshot says: the same
        items, each starting at the same frame.
        """
        before = document(clip("a"), clip("b"), clip("c"))
        copy = Copy(before)
        for edit in asked:
            try:
                playlist, changes = apply(before.playlist, edit)
            except Exception:  # refused: nothing happens
                continue
            now = Document(
                1, before.revision + 1, playlist, schedule(playlist, Anchor(0, START), ZONE)
            )
            copy.change(json.loads(json.dumps(data_of(changed(Published(now, changes), before)))))
            fresh = Copy(now)
            self.assertEqual(copy.items, fresh.items)
            self.assertEqual((copy.base, copy.revision), (fresh.base, fresh.revision))
            expected = [entry.start for entry in now.schedule.entries]
            self.assertEqual(copy.starts(), expected)
            self.assertEqual(fresh.starts(), expected)
            before = now

    def test_problems(self) -> None:
        """Problems are told when they change."""
        before = document(clip("a"), clip("b"))
        playlist, changes = apply(before.playlist, SetHardStart("b", ClockTime(68_401_000)))
        now = Document(1, 2, playlist, schedule(playlist, Anchor(0, START), ZONE))
        told: Any = data_of(changed(Published(now, changes, by="me"), before))
        self.assertEqual([each["itemId"] for each in told["problems"]], ["b"])
        self.assertEqual(told["by"], "me")
        again: Any = data_of(changed(Published(now, changes), now))
        self.assertNotIn("problems", again)
