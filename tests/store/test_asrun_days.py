# -*- test-case-name: tests.store.test_asrun_days -*-
"""The as-run, read again."""

import gzip
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from attrs import evolve
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.playout.status import CannotDo
from rtgplayout.store import asrun_days
from rtgplayout.store.asrun import AsRunLog
from rtgplayout.store.asrun_days import AsRunDays

from .threads import Held

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()


def entry(at: str, name: str) -> dict[str, object]:
    return {"timestamp": at, "eventType": "PLAY_START", "fileName": name}


class DaysTestCase(SynchronousTestCase):
    """A folder with two days, in a zone an hour before Greenwich."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.days = AsRunDays(
            self.folder, ZoneInfo("Africa/Libreville"), lambda: NOON, maybeDeferred
        )
        self.write(
            "2026-02-28",
            entry("2026-02-28T10:00:00.000Z", "a"),
            entry("2026-02-28T22:59:59.000Z", "b"),
        )
        self.write(
            "2026-03-01",
            entry("2026-02-28T23:00:00.000Z", "c"),
            entry("2026-03-01T10:00:00.000Z", "d"),
            entry("2026-03-01T11:00:00.000Z", "e"),
        )

    def write(self, day: str, *entries: object) -> None:
        with (self.folder / f"as-run-{day}.log").open("ab") as file:
            for each in entries:
                file.write(orjson.dumps(each) + b"\n")

    def names(self, start: str, end: str, offset: int = 0, limit: int = 100) -> str:
        first, last = (datetime.fromisoformat(at).timestamp() for at in (start, end))
        found = self.successResultOf(self.days.entries(first, last, offset, limit))
        return "".join(str(each["fileName"]) for each in found)


class EntriesTests(DaysTestCase):
    """By time."""

    def test_filtered(self) -> None:
        """To the instant, not to the day; both ends belong to it."""
        self.assertEqual(self.names("2026-02-28T11:00Z", "2026-03-01T10:00Z"), "bcd")
        self.assertEqual(self.names("2026-03-01T10:00:01Z", "2026-03-01T12:00Z"), "e")
        self.assertEqual(self.names("2026-03-02T10:00Z", "2026-03-01T10:00Z"), "")

    def test_paged(self) -> None:
        self.assertEqual(self.names("2026-02-01T00:00Z", "2026-03-02T00:00Z", 1, 3), "bcd")

    def test_in_pieces(self) -> None:
        """So that others have their turn meanwhile; and no more of them than are needed."""
        self.patch(asrun_days, "_LINES", 2)
        for offset, limit, expected in ((0, 9, "abcde"), (1, 3, "bcd"), (3, 9, "de"), (5, 9, "")):
            found = self.names("2026-02-01T00:00Z", "2026-03-02T00:00Z", offset, limit)
            self.assertEqual(found, expected)
        asked: list[object] = []

        def counted(work: Callable[..., Any], *args: Any) -> Deferred[Any]:
            asked.append(work)
            return maybeDeferred(work, *args)

        days = evolve(self.days, in_thread=counted)
        self.successResultOf(days.entries(0, NOON, 0, 2))
        self.assertEqual(len(asked), 1)
        self.successResultOf(days.entries(0, NOON, 0, 9))
        self.assertEqual(len(asked), 4)

    def test_lines_that_cannot_be_read(self) -> None:
        """Cost nothing but themselves; nor does a file that is none of ours."""
        with (self.folder / "as-run-2026-03-01.log").open("ab") as file:
            file.write(b'{"timestamp": "2026\n[]\n{"timestamp": 5}\n')
        self.write("2026-03-01", entry("2026-03-01T11:30:00.000Z", "f"))
        (self.folder / "as-run-2026-03-01.log.torn").write_bytes(b"x")
        self.assertEqual(self.names("2026-03-01T00:00Z", "2026-03-02T00:00Z"), "def")

    def test_compressed(self) -> None:
        """A day that was compressed is read as before; one that is broken, as far as it goes."""
        plain = self.folder / "as-run-2026-02-28.log"
        packed = gzip.compress(plain.read_bytes())
        plain.unlink()
        (self.folder / f"{plain.name}.gz").write_bytes(packed)
        self.assertEqual(self.names("2026-02-28T00:00Z", "2026-03-02T00:00Z"), "abcde")
        (self.folder / f"{plain.name}.gz").write_bytes(packed[:-4])
        self.assertEqual(self.names("2026-02-28T00:00Z", "2026-03-02T00:00Z"), "abcde")

    def test_in_the_file_of_another_day(self) -> None:
        """After a clock was set back, and of the old system, whose days were those of Greenwich."""
        self.write("2026-03-02", entry("2026-03-01T12:00:00.000Z", "f"))
        self.assertEqual(self.names("2026-03-01T11:30Z", "2026-03-01T13:00Z"), "f")
        self.write("2026-03-31", entry("2026-03-31T23:30:00.000Z", "g"))
        self.assertEqual(self.names("2026-03-31T23:10Z", "2026-04-01T10:00Z"), "g")

    def test_no_such_time(self) -> None:
        """A time that no calendar has finds nothing."""
        for start, end in ((-1e18, 0.0), (0.0, 1e18), (-1e11, 1e12)):
            self.assertEqual(self.successResultOf(self.days.entries(start, end, 0, 9)), ())

    def test_no_folder(self) -> None:
        """Nothing was written yet."""
        empty = AsRunDays(self.folder / "no", UTC, lambda: NOON, maybeDeferred)
        self.assertEqual(self.successResultOf(empty.entries(0, NOON, 0, 10)), ())


class ReportTests(DaysTestCase):
    """A day's report."""

    def test_written(self) -> None:
        """It stands beside the files, and the counts are told; nothing else is left."""
        name, counts = self.successResultOf(self.days.report(date(2026, 2, 28)))
        self.assertEqual(name, "report-2026-02-28.txt")
        self.assertEqual((counts["totalEvents"], counts["playStarts"]), (2, 2))
        text = (self.folder / name).read_text()
        self.assertIn("AS-RUN REPORT - 2026-02-28\n", text)
        self.assertIn("Generated: 2026-03-01T12:00:00.000Z\n", text)
        self.assertEqual(len(list(self.folder.iterdir())), 3)

    def test_today(self) -> None:
        """Without a day it is the station's present one."""
        name, counts = self.successResultOf(self.days.report(None))
        self.assertEqual((name, counts["totalEvents"]), ("report-2026-03-01.txt", 3))

    def test_nothing_that_day(self) -> None:
        self.failureResultOf(self.days.report(date(2026, 1, 1)), FileNotFoundError)

    def test_of_the_day(self) -> None:
        """Entries count on their own day, wherever they stand; without a time, on their file's."""
        self.write(
            "2026-03-02",
            entry("2026-03-01T12:00:00.000Z", "f"),
            entry("2026-03-02T12:00:00.000Z", "g"),
            {"eventType": "PLAY_START"},
        )
        for day, count in ((date(2026, 3, 1), 4), (date(2026, 3, 2), 2)):
            _, counts = self.successResultOf(self.days.report(day))
            self.assertEqual(counts["totalEvents"], count)


class VerifyTests(DaysTestCase):
    """The chain."""

    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(self.mktemp())
        self.days = AsRunDays(self.folder, UTC, lambda: NOON, maybeDeferred)
        log = AsRunLog(self.folder, UTC, lambda: NOON, maybeDeferred)
        for n in range(10):
            self.successResultOf(log.append(entry(f"2026-03-0{1 + n // 4}T12:00Z", str(n))))

    def test_good(self) -> None:
        self.assertEqual(self.successResultOf(self.days.verify()), "")

    def test_bad(self) -> None:
        """The file and the line."""
        path = self.folder / "as-run-2026-03-02.log"
        path.write_bytes(path.read_bytes().replace(b"PLAY", b"play", 1))
        self.assertEqual(
            self.successResultOf(self.days.verify()), f"{path.name}, line 1: was changed"
        )

    def test_compressed(self) -> None:
        path = self.folder / "as-run-2026-03-01.log"
        (self.folder / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
        self.assertEqual(self.successResultOf(self.days.verify()), "")

    def test_in_pieces(self) -> None:
        """The thread is free for others between them."""
        self.patch(asrun_days, "_LINES", 3)
        thread = Held()
        found = AsRunDays(self.folder, UTC, lambda: NOON, thread).verify()
        while thread.waiting:
            self.assertEqual(len(thread.waiting), 1)
            self.assertNoResult(found)
            thread.work()
        self.assertEqual(self.successResultOf(found), "")
        self.assertEqual(thread.begun, 1 + 4)

    def test_no_folder(self) -> None:
        days = AsRunDays(self.folder / "no", UTC, lambda: NOON, maybeDeferred)
        self.assertEqual(self.successResultOf(days.verify()), "")


class ExportTests(DaysTestCase):
    """Tables of what was on air."""

    def export(self, first: str, last: str, form: str = "csv") -> str:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
        return self.successResultOf(self.days.export(begin, end, form))

    def refused(self, first: str, last: str, form: str = "csv") -> tuple[str, str]:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
        failed = self.failureResultOf(self.days.export(begin, end, form), CannotDo).value
        return failed.path, failed.reason

    def test_written(self) -> None:
        """In each form, whole, with nothing beside it; only what started on these days."""
        for form in ("csv", "json", "xlsx"):
            name = self.export("2026-03-01", "2026-03-01", form)
            self.assertEqual(name, f"export-2026-03-01-2026-03-01.{form}")
        names = {path.name for path in self.folder.iterdir()}
        self.assertEqual({each for each in names if not each.startswith(("as-run", "exp"))}, set())
        text = (self.folder / "export-2026-03-01-2026-03-01.csv").read_text()
        self.assertEqual(
            [row.split(",")[4] for row in text.splitlines() if row.startswith("airing")],
            ["c", "d", "e"],
        )

    def test_refused(self) -> None:
        self.assertEqual(self.refused("2026-03-01", "2026-03-01", "doc")[0], "form")
        self.assertEqual(self.refused("2026-03-01", "2026-02-28")[0], "last")
        self.assertEqual(
            self.refused("2025-01-01", "2026-03-01"), ("last", "an export has at most 400 days")
        )

    def test_ends_of_time(self) -> None:
        """The first and the last days that there are."""
        self.export("0001-01-01", "0001-01-02")
        self.export("9999-12-30", "9999-12-31")

    def test_disk_full(self) -> None:
        """An error, and nothing left."""

        def refuse(*_: object) -> None:
            raise OSError("No space left on device")

        self.patch(Path, "replace", refuse)
        for form in ("csv", "json", "xlsx"):
            day = date(2026, 3, 1)
            self.failureResultOf(self.days.export(day, day, form), OSError)
        self.assertEqual(len(list(self.folder.iterdir())), 2)

    def test_in_pieces_and_one_after_the_other(self) -> None:
        self.patch(asrun_days, "_LINES", 2)
        thread = Held()
        days = AsRunDays(self.folder, UTC, lambda: NOON, thread)
        both = [days.export(date(2026, 3, 1), date(2026, 3, 1), form) for form in ("csv", "json")]
        while thread.waiting:
            self.assertEqual(len(thread.waiting), 1)
            thread.work()
        for each in both:
            self.successResultOf(each)
        self.assertGreater(thread.begun, 12)


class FileTests(DaysTestCase):
    """Reports and exports, by name."""

    def refused(self, name: str) -> str:
        failed = self.failureResultOf(self.days.file(name), CannotDo).value
        self.assertEqual(failed.path, "file")
        return str(failed.reason)

    def test_file(self) -> None:
        name, _ = self.successResultOf(self.days.report(None))
        self.assertEqual(
            self.successResultOf(self.days.file(name)), (self.folder / name).read_bytes()
        )

    def test_others(self) -> None:
        """In the same words whatever it is: nobody learns what else is there."""
        (self.folder / "export-2026-03-01-2026-03-01.csv").mkdir()
        os.symlink("/etc/passwd", self.folder / "report-2026-03-02.txt.x")
        words = {
            self.refused(name)
            for name in (
                "report-2026-03-09.txt",
                "as-run-2026-03-01.log",
                "../report-2026-03-01.txt",
                "report-2026-03-02.txt.x",
                "report-2026-03-01.txt\n",
                "export-2026-03-01-2026-03-01.csv",
                "",
                "/etc/passwd",
                "report-2026-03-01.txt\0",
            )
        }
        self.assertEqual(words, {"there is no such report or export"})

    def test_large(self) -> None:
        self.patch(asrun_days, "LARGEST", 1 << 20)
        (self.folder / "report-2026-03-01.txt").write_bytes(b"x" * ((1 << 20) + 1))
        self.assertIn("more than 1 MB", self.refused("report-2026-03-01.txt"))
