# -*- test-case-name: tests.store.test_asrun_days -*-
"""The as-run, read again."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
from twisted.internet.defer import maybeDeferred
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.asrun_days import AsRunDays

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

    def test_lines_that_cannot_be_read(self) -> None:
        """Cost nothing but themselves; nor does a file that is none of ours."""
        with (self.folder / "as-run-2026-03-01.log").open("ab") as file:
            file.write(b'{"timestamp": "2026\n[]\n{"timestamp": 5}\n')
        self.write("2026-03-01", entry("2026-03-01T11:30:00.000Z", "f"))
        (self.folder / "as-run-2026-03-01.log.torn").write_bytes(b"x")
        self.assertEqual(self.names("2026-03-01T00:00Z", "2026-03-02T00:00Z"), "def")

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
