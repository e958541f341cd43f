# -*- test-case-name: tests.media.test_cache -*-
"""Tests for L{rtgplayout.media.cache}."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from zlib import crc32

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.logger import (
    ILogObserver,
    LogEvent,
    LogLevel,
    capturedLogs,
    eventAsText,
    globalLogPublisher,
)
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from rtgplayout.media.cache import Cache
from rtgplayout.media.facts import AudioTrack, Facts, FieldOrder, MediaKind
from rtgplayout.media.library import Entry, State

FACTS = Facts(
    MediaKind.VIDEO,
    Fraction(1001, 250),
    Fraction(30000, 1001),
    120,
    1920,
    1080,
    FieldOrder.TOP_FIRST,
    "h264",
    "mov,mp4",
    (AudioTrack("aac", 2, "stereo", 48000),),
)
DAY = 86_400.0
SIZE = 28_000
"""About as many bytes as a database of 60 files has."""


def ready(file: str, size: int = 7) -> Entry:
    return Entry(file, size, 2**62, State.READY, FACTS)


class CacheTests(SynchronousTestCase):
    def setUp(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        self.path = folder / "library.sqlite3"
        self.now = 1_800_000_000.0
        self.cache = self.open()

    def open(self) -> Cache:
        cache = Cache(self.path, lambda: self.now)
        self.addCleanup(cache.close)
        return cache

    def reopen(self) -> Cache:
        self.cache.close()
        self.cache = self.open()
        return self.cache

    def warnings(self) -> list[str]:
        """What was logged since this was asked last."""
        texts = [eventAsText(event, includeTimestamp=False) for event in self.events]
        self.events.clear()
        return texts

    def watch_log(self) -> None:
        self.events: list[LogEvent] = []

        @implementer(ILogObserver)
        def hear(event: LogEvent) -> None:
            if event["log_level"] is not LogLevel.info:
                self.events.append(event)

        globalLogPublisher.addObserver(hear)
        self.addCleanup(globalLogPublisher.removeObserver, hear)

    def execute(self, statement: str, values: Sequence[object] = ()) -> None:
        with closing(sqlite3.connect(self.path)) as base, base:
            base.execute(statement, tuple(values))

    def test_what_was_kept_is_there_after_a_restart(self) -> None:
        """Faults too."""
        names = ["a.mp4", 'é"😀\n.mp4', "d\\xff/x.mp4"]
        entries = [*map(ready, names), Entry("b.mp4", 0, 5, State.BROKEN, fault="no picture")]
        self.cache.write(entries, (), ())
        self.assertCountEqual(self.reopen().load(list), entries)

    def test_nothing_is_kept_at_first(self) -> None:
        self.assertEqual(self.cache.load(list), [])
        self.assertEqual(self.cache.find(["a.mp4"]), {})

    def test_the_last_one_holds(self) -> None:
        self.cache.write([ready("a.mp4", 1)], (), ())
        self.cache.write([ready("a.mp4", 2)], (), ())
        self.assertEqual(self.reopen().load(list), [ready("a.mp4", 2)])

    def test_what_is_gone_can_only_be_found(self) -> None:
        self.cache.write([ready("a.mp4"), ready("b.mp4")], (), ())
        self.cache.write((), ["a.mp4", "never.mp4"], ())
        self.assertEqual(self.reopen().load(list), [ready("b.mp4")])
        self.assertEqual(self.cache.find(["a.mp4", "?"]), {"a.mp4": ready("a.mp4")})

    def test_what_is_back_is_there(self) -> None:
        self.cache.write([ready("a.mp4")], (), ())
        self.cache.write((), ["a.mp4"], ())
        self.cache.write((), (), ["a.mp4"])
        self.assertEqual(self.reopen().load(list), [ready("a.mp4")])

    def test_what_is_gone_is_forgotten_after_ninety_days(self) -> None:
        self.cache.write([ready("a.mp4"), ready("b.mp4")], (), ())
        self.cache.write((), ["a.mp4"], ())
        self.now += 89 * DAY
        self.reopen().load(list)
        self.assertEqual(set(self.cache.find(["a.mp4", "b.mp4"])), {"a.mp4", "b.mp4"})
        self.now += 2 * DAY
        self.reopen().load(list)
        self.assertEqual(set(self.cache.find(["a.mp4", "b.mp4"])), {"b.mp4"})

    def test_many(self) -> None:
        entries = [ready(f"{n}.mp4") for n in range(1000)]
        self.cache.write(entries, (), ())
        self.assertEqual(len(self.reopen().load(list)), 1000)
        found = self.cache.find([entry.file for entry in entries])
        self.assertEqual(found, {entry.file: entry for entry in entries})

    def test_a_row_that_cannot_be_read_is_a_row_that_is_not_there(self) -> None:
        self.cache.write([ready("a.mp4")], (), ())
        self.cache.close()
        bad: tuple[tuple[object, ...], ...] = (
            ("b.mp4", 1, 1, b"{}"),
            ("c.mp4", 1, 1, b"no JSON"),
            ("d.mp4", 1, 1, b'{"facts": {}}'),
            ("e.mp4", 1, 1, b'{"fault": ""}'),
            ("f.mp4", 1, 1, b"[" * 10_000),
            ("g.mp4", "x", 1, b'{"fault": "y"}'),
            ("h.mp4", 1, 1.5, b'{"fault": "y"}'),
            ("i.mp4", 1, 1, 5),
            ("j.mp4", 1, 1, b'{"fault": 7}'),
        )
        for file, size, modified_ns, told in bad:
            written = told if isinstance(told, bytes) else b""
            checksum = crc32(written, crc32(f"{file}/{size}/{modified_ns}".encode()))
            row = file, size, modified_ns, told, checksum
            self.execute("INSERT INTO known VALUES (?, ?, ?, NULL, ?, ?)", row)
        self.assertEqual(self.cache.load(list), [ready("a.mp4")])

    def test_a_row_that_changed_by_itself_is_not_believed(self) -> None:
        """A digit that a disk lost would make a clip longer than it is."""
        self.cache.write([ready("a.mp4"), ready("b.mp4")], (), ())
        self.cache.close()
        content = self.path.read_bytes()
        self.path.write_bytes(content.replace(b"1001", b"9001", 1))
        self.assertEqual(len(self.reopen().load(list)), 1)

    def test_text_that_cannot_be_read(self) -> None:
        """Names that are no UTF-8 cannot be read at all, nor what comes after them."""
        self.cache.write([ready("a.mp4"), ready("b.mp4")], (), ())
        self.cache.close()
        self.path.write_bytes(self.path.read_bytes().replace(b"a.mp4", b"\xff.mp4"))
        self.watch_log()
        self.assertEqual(self.cache.load(list), [])
        self.assertIn("set aside", *self.warnings())

    @settings(deadline=None, max_examples=150, derandomize=True)
    @given(
        st.none() | st.integers(0, SIZE),
        st.lists(st.tuples(st.integers(0, SIZE) | st.integers(0, 100), st.integers(0, 255))),
    )
    def test_damaged_anywhere(self, end: int | None, flips: list[tuple[int, int]]) -> None:
        """
        Cut off or overwritten, what can still be read is what was written, and what is learnt from
        then on is there after the next start.
        """
        for path in self.path.parent.iterdir():
            path.unlink()
        entries = [ready(f"{n}.mp4") for n in range(60)]
        cache = self.reopen()
        cache.write(entries, (), ())
        cache.close()
        content = bytearray(self.path.read_bytes())
        for place, value in flips:
            content[place % len(content)] = value
        self.path.write_bytes(content[:end])
        self.assertLessEqual(set(cache.load(list)), set(entries))
        self.assertLessEqual(set(cache.find(["1.mp4", "2.mp4"]).values()), set(entries))
        cache.write([ready("new.mp4")], ["1.mp4"], ["2.mp4"])
        self.assertIn(ready("new.mp4"), self.reopen().load(list))

    def test_what_is_no_database_is_set_aside(self) -> None:
        self.watch_log()
        self.path.write_bytes(b"no database at all" * 100)
        self.assertEqual(self.cache.load(list), [])
        self.assertIn("set aside as library.sqlite3.damaged", *self.warnings())
        self.assertTrue(self.path.with_name("library.sqlite3.damaged").exists())
        self.cache.write([ready("a.mp4")], (), ())
        self.assertEqual(self.reopen().load(list), [ready("a.mp4")])
        self.assertEqual(self.warnings(), [])

    def test_a_database_that_is_damaged_inside_is_set_aside(self) -> None:
        self.cache.write([ready(f"{n}.mp4") for n in range(500)], (), ())
        self.cache.close()
        content = bytearray(self.path.read_bytes())
        content[4096:] = bytes(len(content) - 4096)
        self.path.write_bytes(content)
        with capturedLogs() as events:
            self.assertEqual(self.cache.load(list), [])
        self.assertIn("set aside", eventAsText(events[0]))
        self.cache.write([ready("a.mp4")], (), ())
        self.assertEqual(self.reopen().load(list), [ready("a.mp4")])

    def test_another_version_s_is_set_aside(self) -> None:
        self.execute("CREATE TABLE known (x)")
        self.execute("PRAGMA user_version = 99")
        self.watch_log()
        self.assertEqual(self.cache.load(list), [])
        self.assertIn("version 99", *self.warnings())
        self.cache.write([ready("a.mp4")], (), ())
        self.assertEqual(self.reopen().load(list), [ready("a.mp4")])

    def test_where_it_cannot_be_kept_is_said_once(self) -> None:
        self.watch_log()
        self.path.mkdir()
        self.assertEqual(self.cache.load(list), [])
        self.cache.write([ready("a.mp4")], (), ())
        self.assertEqual(self.cache.find(["a.mp4"]), {})
        self.assertIn("cannot be kept", *self.warnings())
        self.path.rmdir()
        self.cache.write([ready("a.mp4")], (), ())
        self.assertEqual(self.cache.load(list), [ready("a.mp4")])

    def test_a_full_disk_costs_only_the_caching(self) -> None:
        self.cache.write([ready("a.mp4")], (), ())
        base = self.cache._base
        assert base is not None
        pages = base.execute("PRAGMA page_count").fetchone()[0]
        base.execute(f"PRAGMA max_page_count = {pages}")
        self.watch_log()
        many = [ready(f"{n}.mp4") for n in range(500)]
        self.cache.write(many, (), ())
        self.cache.write(many, (), ())
        self.assertIn("full", *self.warnings())
        self.assertEqual(self.cache.load(list), [ready("a.mp4")])
        self.assertEqual(self.reopen().load(list), [ready("a.mp4")])

    def test_what_cannot_be_set_aside_is_left_alone(self) -> None:
        self.path.write_bytes(b"no database at all" * 100)
        self.path.with_name("library.sqlite3.damaged").mkdir()
        self.watch_log()
        self.assertEqual(self.cache.load(list), [])
        self.assertIn("cannot be kept", *self.warnings())

    def test_closed_twice(self) -> None:
        self.cache.load(list)
        self.cache.close()
        self.cache.close()
